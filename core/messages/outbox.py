"""Orders to the worker, written in the transaction of the request that wants them sent.

Whoever can write the database could write orders too. So each carries a MAC under the origin key over
everything it orders, and the worker refuses the others (`design.md`, 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.work import Work
from core.messages.model import outbox
from core.messages.states import CALL, FAILED, QUEUED, SENDING, forward
from core.ports import Clock, Codes, Origin, Sealer

TABLE = "outbox"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTEAD_OF = "instead_of"
"""Parameter of a call that takes the place of an SMS: the id of the order whose box it uses."""


@dataclass(frozen=True)
class Order:
    """A row of the outbox as the worker believes it, its MAC checked."""

    id: int
    template: str
    params: Mapping[str, Any]
    medium: str
    citizen_id: int | None
    box: bytes | None
    box_row: int
    """The row that the box is bound to: another order's where this one is `instead_of` it."""
    language: str
    expires_at: datetime
    created_at: datetime
    attempts: int
    """This attempt included: 1 for the first."""


class Outbox:
    """Where every process puts what it wants sent."""

    def __init__(self, codes: Codes, clock: Clock, origin: Origin, sealer: Sealer) -> None:
        self._clock = clock
        self._codes = codes
        self._sealer = sealer
        self._origin = origin

    def order(
        self,
        work: Work,
        template: str,
        medium: str,
        *,
        language: str,
        expires_at: datetime,
        params: Mapping[str, Any] | None = None,
        citizen_id: int | None = None,
        sealed: Mapping[str, str] | None = None,
    ) -> int:
        """Order a message to a citizen, or to the address `sealed["to"]`; the id of the order.

        `params` are ids and codes from closed lists, never free text; `sealed` is for the worker's eyes only.
        """
        row = self.row(
            self._codes.new_id(),
            template,
            medium,
            language=language,
            expires_at=expires_at,
            params=params,
            citizen_id=citizen_id,
            sealed=sealed,
        )
        work.insert(outbox, **row)
        return int(row["id"])

    def row(
        self,
        order_id: int,
        template: str,
        medium: str,
        *,
        language: str,
        expires_at: datetime,
        params: Mapping[str, Any] | None = None,
        citizen_id: int | None = None,
        sealed: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The row of an order, for a job that inserts it itself."""
        plain = None if sealed is None else json.dumps(dict(sealed)).encode()
        box = None if plain is None else self._sealer.seal(TABLE, order_id, plain)
        ordered = {
            "id": order_id,
            "template": template,
            "params": dict(params or {}),
            "medium": medium,
            "citizen_id": citizen_id,
            "box": box,
            "language": language,
            "expires_at": expires_at,
        }
        return new_row(ordered, self._origin, self._clock.now())


def new_row(ordered: dict[str, Any], origin: Origin, at: datetime) -> dict[str, Any]:
    """What was ordered, with its MAC and in its first state."""
    return {
        **ordered,
        "mac": mac_of(ordered, origin),
        "state": QUEUED,
        "attempts": 0,
        "due_at": at,
        "created_at": at,
        "changed_at": at,
    }


def mac_of(ordered: Mapping[str, Any], origin: Origin) -> bytes:
    """What says that all this was ordered by us."""
    return origin.mac(*_ordered_parts(ordered))


def is_ours(row: Mapping[str, Any], origin: Origin) -> bool:
    """Whether a row was ordered by a process that holds the origin key, and nothing of it changed since."""
    return origin.check(row["mac"], *_ordered_parts(row))


async def void(transaction: AsyncConnection, order_ids: list[int], at: datetime) -> None:
    """What is not sent yet shall not be, and what is sealed is erased."""
    if order_ids:
        under_way = outbox.c.state.in_((QUEUED, SENDING))
        await transaction.execute(
            update(outbox)
            .where(outbox.c.id.in_(order_ids))
            .values(
                box=None,
                state=case((under_way, FAILED), else_=outbox.c.state),
                fault=case((under_way, "voided"), else_=outbox.c.fault),
                changed_at=at,
            )
        )


async def call_instead(
    transaction: AsyncConnection,
    row: Mapping[str, Any],
    fault: str,
    *,
    new_id: int,
    origin: Origin,
    at: datetime,
) -> bool:
    """Fail an SMS that its number cannot take, and order a call in its place. False where it was final
    already.

    The call keeps the expiry of the SMS and uses its box, which stays until the call is final.
    """
    failed = forward(row["id"], FAILED, at, fault=fault, box=outbox.c.box)
    if (await transaction.execute(failed)).rowcount == 0:
        return False
    ordered = {name: row[name] for name in ("template", "citizen_id", "language", "expires_at")}
    ordered |= {
        "id": new_id,
        "medium": CALL,
        "box": None,
        "params": {**row["params"], INSTEAD_OF: str(row["id"])},
    }
    await transaction.execute(outbox.insert().values(new_row(ordered, origin, at)))
    return True


def _ordered_parts(row: Mapping[str, Any]) -> tuple[bytes, ...]:
    citizen_id = row["citizen_id"]
    return (
        b"order",
        str(row["id"]).encode(),
        str(row["template"]).encode(),
        json.dumps(row["params"], sort_keys=True, separators=(",", ":")).encode(),
        str(row["medium"]).encode(),
        b"" if citizen_id is None else str(citizen_id).encode(),
        row["box"] or b"",
        str(row["language"]).encode(),
        str((row["expires_at"] - _EPOCH) // timedelta(milliseconds=1)).encode(),  # as the database keeps it
    )
