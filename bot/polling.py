"""Long polling that acknowledges an update only once it is finished.

`getUpdates` forgets what lies before its offset (https://core.telegram.org/bots/api#getupdates), so the
offset stays at the first unfinished update. Those after it go on meanwhile: a chat that waits halts no other.
"""

from __future__ import annotations

import asyncio

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot.application import ALLOWED_UPDATES, Bot

_LONG_S = 50
_SHORT_S = 0.5
"""Until the next look, while something is unfinished and nothing new has come."""
_LONGEST_PAUSE_S = 30.0

log = structlog.get_logger()


class Polling:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._offset = 0
        """Still to be told to Telegram; 0: nothing is."""
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._finished: set[int] = set()
        """Those that are not yet acknowledged, because an earlier one is unfinished."""

    async def run(self) -> None:
        """Until cancelled. What is under way then is not acknowledged, and comes again."""
        pause = 1.0
        try:
            while True:
                try:
                    fresh = await self._look()
                except TelegramError as fault:
                    log.warning("telegram_polling_failed", exc_info=fault)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_S)
                    continue
                pause = 1.0
                if not fresh and self._under_way:
                    await asyncio.wait(
                        self._under_way.values(), timeout=_SHORT_S, return_when=asyncio.FIRST_COMPLETED
                    )
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _look(self) -> bool:
        """Fetch once, and begin what is new."""
        acknowledged = self._offset
        updates = await self._bot.application.bot.get_updates(
            offset=acknowledged or None,
            timeout=0 if self._under_way else _LONG_S,
            allowed_updates=ALLOWED_UPDATES,
        )
        if self._offset == acknowledged:
            self._offset = 0  # after a quiet week update ids begin anywhere, perhaps lower
        fresh = [
            update
            for update in updates
            if update.update_id not in self._under_way and update.update_id not in self._finished
        ]
        for update in fresh:
            self._under_way[update.update_id] = asyncio.create_task(self._finish(update))
        return bool(fresh)

    async def _finish(self, update: Update) -> None:
        pause = 0.2
        while True:
            try:
                await self._bot.take(update)
                break
            except Exception:  # it is counted and logged; the last time it is given up
                await asyncio.sleep(pause)
                pause *= 4
        del self._under_way[update.update_id]
        self._finished.add(update.update_id)
        self._acknowledge()

    def _acknowledge(self) -> None:
        self._offset = min(self._under_way) if self._under_way else max(self._finished) + 1
        self._finished = {each for each in self._finished if each >= self._offset}
