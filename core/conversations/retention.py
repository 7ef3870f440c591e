"""Dialogs under way are erased when nobody has gone on with them for a day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from core.conversations.model import conversations
from core.db.work import Work
from core.messages.worker import Chore
from core.ports import Clock

KEPT = timedelta(days=1)


def forget_dialogs(clock: Clock) -> Chore:
    """Delete conversations that were silent for a day. Who was verified on Telegram is known by the chat still."""

    async def do(work: Work) -> None:
        work.run(delete(conversations).where(conversations.c.heard_at <= clock.now() - KEPT))

    return Chore("dialogs", timedelta(minutes=10), do)
