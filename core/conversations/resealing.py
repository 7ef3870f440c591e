"""After a rotation of keys: the worker seals every box anew, and puts new MACs under orders that wait.

It goes through the tables in small batches, by row id, and again until no older key is left. Each batch is one short
transaction in which a row changes only if it is still what was opened: whoever dies in between, or writes the row
meanwhile, loses nothing, and a second worker does no harm. Nothing is to be remembered of where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Table, func, select, update

from core.bookings.model import answers, companions
from core.db import audit
from core.db.database import Database
from core.db.work import Work
from core.messages.model import outbox
from core.messages.outbox import is_ours, mac_of
from core.messages.worker import Chore
from core.people.model import addresses, citizens
from core.ports import BrokenBox, Clock, Opener, Origin, Sealer
from core.tracing.model import enrolments, officers

log = logging.getLogger(__name__)

BOXES: tuple[Table, ...] = (citizens, addresses, companions, answers, officers, enrolments)
"""Tables whose `box` is bound to their name and row (`id`) and nothing else. The box of the outbox is under a MAC too."""
BATCH = 100
EVERY = timedelta(milliseconds=500)
AGAIN = timedelta(minutes=1)
"""After everything was gone through: until the older key is retired, a straggler may still have written under it."""


class Marked(Protocol):
    @property
    def mark(self) -> bytes:
        """What begins everything made under the newest key."""
        ...


class MarkedSealer(Sealer, Marked, Protocol): ...


class MarkedOrigin(Origin, Marked, Protocol): ...


class Resealing:
    """The worker's alone: it opens. `rotating` says whether there is any older key."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        opener: Opener,
        sealer: MarkedSealer,
        origin: MarkedOrigin,
        rotating: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._opener = opener
        self._sealer = sealer
        self._origin = origin
        self._rotating = rotating
        self._place = (0, -1)
        """Which table, and the row that was done last."""
        self._not_before: datetime | None = None

    @property
    def chore(self) -> Chore:
        return Chore("boxes sealed anew", EVERY, self.do)

    async def do(self, work: Work) -> None:
        """One batch."""
        now = self._clock.now()
        if not self._rotating() or (self._not_before is not None and now < self._not_before):
            return
        number, after = self._place
        if number < len(BOXES):
            last = await self._reseal(work, BOXES[number], after, now)
        else:
            last = await self._order_again(work, after, now)
        if last is not None:
            self._place = (number, last)
        elif number < len(BOXES):
            self._place = (number + 1, -1)
        else:
            self._place, self._not_before = (0, -1), now + AGAIN

    async def _reseal(self, work: Work, table: Table, after: int, now: datetime) -> int | None:
        """The id of the last row looked at; None when there was none."""
        mark = self._sealer.mark
        query = (
            select(table.c.id, table.c.box)
            .where(table.c.id > after, func.substr(table.c.box, 1, len(mark)) != mark)
            .order_by(table.c.id)
            .limit(BATCH)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            if (box := self._anew(table.name, row.id, row.box)) is not None:
                same = table.c.id == row.id, table.c.box == row.box
                work.run(update(table).where(*same).values(box=box))
        self._note(work, table, len(rows), now)
        return rows[-1].id if rows else None

    async def _order_again(self, work: Work, after: int, now: datetime) -> int | None:
        """Orders under an older origin key, believed once more before they get a new MAC."""
        old_mac = func.substr(outbox.c.mac, 1, len(self._origin.mark)) != self._origin.mark
        old_box = func.substr(outbox.c.box, 1, len(self._sealer.mark)) != self._sealer.mark
        query = (
            select(outbox).where(outbox.c.id > after, old_mac | old_box).order_by(outbox.c.id).limit(BATCH)
        )
        async with self._database.reading() as connection:
            rows = [dict(row) for row in (await connection.execute(query)).mappings()]
        boxes = 0
        for row in rows:
            if not is_ours(row, self._origin):
                continue  # its box was erased, so it is final; or it is nobody's
            new = {**row}
            if row["box"] is not None:
                boxes += 1
                new["box"] = self._anew(outbox.name, row["id"], row["box"]) or row["box"]
            changes: dict[str, Any] = {"box": new["box"], "mac": mac_of(new, self._origin)}
            same = outbox.c.box.is_(None) if row["box"] is None else outbox.c.box == row["box"]
            work.run(update(outbox).where(outbox.c.id == row["id"], same).values(**changes))
        self._note(work, outbox, boxes, now)
        return rows[-1]["id"] if rows else None

    def _anew(self, table: str, row_id: int, box: bytes) -> bytes | None:
        try:
            return self._sealer.seal(table, row_id, self._opener.open(table, row_id, box))
        except BrokenBox:  # `paso keys status` counts it; it stays as it is
            log.error("row %s of %s does not open", row_id, table)
            return None

    def _note(self, work: Work, table: Table, boxes: int, now: datetime) -> None:
        if boxes:
            facts: audit.Facts = {"why": "rotation", "boxes": boxes, "table": table.name}
            audit.append(work, at=now, actor="worker", action="opened", facts=facts)
