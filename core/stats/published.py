"""What the feeds of open data have said, so that they can say what has changed since.

OpenActive's Realtime Paged Data Exchange 1.0, ordered by change number: an item that changes takes the next number;
one that is gone says so for a week and is then forgotten (section "Deleted items").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.database import Database
from core.db.work import Work
from core.db.writer import Writer
from core.ports import Clock
from core.stats.model import opendata_items

PAGE = 500
_REMEMBERED = timedelta(days=7)
_c = opendata_items.c


@dataclass(frozen=True)
class Item:
    """One line of a page: `data` is None when the item is gone."""

    id: str
    change: int
    data: Mapping[str, Any] | None


class Published:
    def __init__(self, database: Database, writer: Writer, clock: Clock) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    async def publish(self, kind: str, items: Mapping[str, Mapping[str, Any]]) -> None:
        """Say of this kind exactly what `items` say. What is the same keeps its number; where nothing has changed
        nothing is written."""
        async with self._database.reading() as connection:
            if _Changes(await _said(connection, kind), items).none:
                return

        async def job(transaction: AsyncConnection, _work: Work) -> None:
            await self._write(transaction, kind, items)

        work = Work()
        work.job(job)
        await self._writer.commit(work)

    async def page(self, kind: str, after: int) -> Sequence[Item]:
        """What has changed after that number, at most `PAGE` items, in order."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_PAGE, {"kind": kind, "after": after})).all()
        return [Item(row.id, row.change, row.data if row.state == "updated" else None) for row in rows]

    async def _write(
        self, transaction: AsyncConnection, kind: str, items: Mapping[str, Mapping[str, Any]]
    ) -> None:
        now = self._clock.now()
        said = await _said(transaction, kind)
        changes = _Changes(said, items)
        number = int((await transaction.execute(_LAST, {"kind": kind})).scalar_one() or 0)
        rows: list[dict[str, Any]] = []
        for item_id in (*changes.told, *changes.gone):
            number += 1
            data = items.get(item_id)
            state = "deleted" if data is None else "updated"
            row = {"kind": kind, "id": item_id, "change": number, "changed_at": now, "state": state}
            rows.append({**row, "data": None if data is None else dict(data)})
        known = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["id"] in said]
        new = [row for row in rows if row["id"] not in said]
        if known:
            await transaction.execute(_CHANGE, known)
        if new:
            await transaction.execute(insert(opendata_items), new)
        await transaction.execute(_FORGET, {"the_kind": kind, "until": now - _REMEMBERED, "last": number})


class _Changes:
    def __init__(
        self, said: Mapping[str, Mapping[str, Any] | None], items: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.told = [item_id for item_id, data in items.items() if said.get(item_id) != data]
        self.gone = [item_id for item_id, data in said.items() if data is not None and item_id not in items]

    @property
    def none(self) -> bool:
        return not (self.told or self.gone)


async def _said(connection: AsyncConnection, kind: str) -> dict[str, Mapping[str, Any] | None]:
    rows = await connection.execute(select(_c.id, _c.data).where(_c.kind == kind))
    return {row.id: row.data for row in rows}


_LAST = select(func.max(_c.change)).where(_c.kind == bindparam("kind"))
_PAGE = (
    select(opendata_items)
    .where(_c.kind == bindparam("kind"), _c.change > bindparam("after"))
    .order_by(_c.change)
    .limit(PAGE)
)
_CHANGE = (
    update(opendata_items)
    .where(_c.kind == bindparam("new_kind"), _c.id == bindparam("new_id"))
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in (_c.change, _c.changed_at, _c.state, _c.data)
        }
    )
)
_FORGET = delete(opendata_items).where(
    # The newest stays, or its number would be given again.
    _c.kind == bindparam("the_kind"),
    _c.state == "deleted",
    _c.changed_at < bindparam("until", type_=_c.changed_at.type),
    _c.change < bindparam("last"),
)
