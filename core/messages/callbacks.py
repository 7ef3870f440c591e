"""What the provider says later about a message: heard once its signature is checked, in any order, any number
of times.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db.schema import events
from core.db.work import Work
from core.messages.delivery import CALL_INSTEAD
from core.messages.model import outbox
from core.messages.outbox import INSTEAD_OF, call_instead
from core.messages.provider_codes import kind_of
from core.messages.states import DELIVERED, FAILED, FINAL, SMS, fault_of_status, forward, state_of
from core.ports import Clock, Codes, Origin


class Callbacks:
    """Moves orders forward by what the provider reports."""

    def __init__(self, clock: Clock, codes: Codes, origin: Origin) -> None:
        self._clock = clock
        self._codes = codes
        self._origin = origin

    def report(self, work: Work, *, order_id: int, provider_id: str, status: str, error: str) -> None:
        """Note a report about one order: the provider's word for its state, and its error code or "".

        An order we do not know, a report about another message than the one we noted, and a step back change
        nothing.
        """
        new_id = self._codes.new_id()

        async def job(transaction: AsyncConnection, work: Work) -> None:
            found = await transaction.execute(select(outbox).where(outbox.c.id == order_id).with_for_update())
            row = found.mappings().one_or_none()
            if row is not None and row["provider_id"] in (None, provider_id):
                await self._apply(transaction, work, dict(row), provider_id, status, error, new_id)

        work.job(job)

    async def _apply(
        self,
        transaction: AsyncConnection,
        work: Work,
        row: dict[str, Any],
        provider_id: str,
        status: str,
        error: str,
        new_id: int,
    ) -> None:
        now = self._clock.now()
        facts = {"order": str(row["id"]), "template": row["template"], "medium": row["medium"]}
        state = state_of(row["medium"], status)
        if state is None:
            work.insert(events, at=now, name="provider_status_unknown", facts=facts)
            return
        fault = f"{kind_of(error) if error else fault_of_status(status)} {error or status}"[:24]
        if state == FAILED and row["medium"] == SMS and error in CALL_INSTEAD:
            await call_instead(transaction, row, fault, new_id=new_id, origin=self._origin, at=now)
            return
        changes = {"fault": fault} if state == FAILED else {}
        moved = await transaction.execute(forward(row["id"], state, now, provider_id=provider_id, **changes))
        if moved.rowcount == 0 or state not in FINAL:
            return
        if INSTEAD_OF in row["params"]:
            replaced = outbox.c.id == int(row["params"][INSTEAD_OF])
            await transaction.execute(update(outbox).where(replaced).values(box=None))
        name = "message_delivered" if state == DELIVERED else "message_failed"
        work.insert(events, at=now, name=name, facts={**facts, **changes})
