"""Warnings under way, told to whoever watches one as the worker goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from admin.watch import Watch
from core.tracing.panel import Progress

if TYPE_CHECKING:
    from core.bootstrap.staff import StaffSide


class Orders:
    """A watch for each order that somebody has open."""

    def __init__(self, side: StaffSide) -> None:
        self._side = side
        self._watched: dict[int, Watch[Progress]] = {}

    def watch(self, warning_id: int) -> Watch[Progress]:
        self._watched = {key: each for key, each in self._watched.items() if each.is_followed}
        found = self._watched.get(warning_id)
        if found is None:
            found = self._watched[warning_id] = Watch(lambda: self._side.tracing.progress(warning_id))
        return found

    async def stop(self) -> None:
        for each in list(self._watched.values()):
            await each.stop()


ORDERS: web.AppKey[Orders] = web.AppKey("orders", Orders)
