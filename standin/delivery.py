"""What happens to a message or a call once it is taken: the part of the carrier and of the telephone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from standin.callee import Callee
from standin.faults import Faults
from standin.outgoing import Callback, Outgoing
from standin.store import Call, Message, Store
from standin.twiml import CallFault, converse

EVENT_OF = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}
"""Call status -> the event one must have asked for to hear of it; every final status is `completed`."""


class Delivery:
    """Carries out in the background; `stop` ends what is still under way."""

    def __init__(self, store: Store, outgoing: Outgoing, faults: Faults, callee: Callee) -> None:
        self._store = store
        self._outgoing = outgoing
        self._faults = faults
        self._callee = callee
        self._running: set[asyncio.Task[None]] = set()

    def deliver(self, message: Message) -> None:
        self._start(self._deliver(message))

    def place(self, call: Call) -> None:
        self._start(self._place(call))

    def ring(self, call: Call) -> None:
        """A person rings the town."""
        self._callee.in_hand.add(call.sender)
        self._start(self._ring(call))

    def hang_up(self, call: Call) -> None:
        call.hung_up = True
        call.keys.put_nowait("")

    async def settled(self) -> None:
        """Returns when nothing is under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await self.settled()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deliver(self, message: Message) -> None:
        fate = self._faults.fates.get(message.to)
        error = fate.undelivered if fate else None
        backwards = "out_of_order" in self._faults.callbacks
        held: list[Callback] = []
        for status in ("sent", "undelivered" if error else "delivered"):
            await self._outgoing.pause()
            message.status = status
            message.error = error if status == "undelivered" else None
            self._store.changed()
            if message.status_callback:
                held.append(self._outgoing.of_message(message, status, message.error))
            if not backwards:
                await self._outgoing.report(held)
                held = []
        await self._outgoing.report(held)

    async def _place(self, call: Call) -> None:
        progress = _Progress(call, self._store, self._outgoing, "out_of_order" in self._faults.callbacks)
        await progress.reach("queued")
        await progress.reach("ringing")
        if not self._callee.picks_up(call):
            await progress.reach("busy" if self._callee.mode_of(call) == "busy" else "no-answer")
        elif call.hung_up:
            await progress.reach("canceled")
        else:
            await progress.reach("in-progress")
            await self._talk(call)
            await progress.reach("completed")
        await progress.end()

    async def _ring(self, call: Call) -> None:
        call.status = "in-progress"
        self._store.changed()
        await self._talk(call)
        call.status = "completed"
        self._store.changed()

    async def _talk(self, call: Call) -> None:
        async def fetch(url: str, method: str, fields: dict[str, str]) -> str:
            return await self._outgoing.twiml(call, url, method, fields)

        hand = self._callee.for_call(call, self._store.changed)
        try:
            await converse(call, fetch, hand, self._store.changed)
        except CallFault as fault:
            call.error = fault.code


class _Progress:
    """Moves a call forward and tells the customer, or, on order, tells it backwards at the end."""

    def __init__(self, call: Call, store: Store, outgoing: Outgoing, backwards: bool) -> None:
        self._call = call
        self._store = store
        self._outgoing = outgoing
        self._backwards = backwards
        self._held: list[Callback] = []
        self._told = 0

    async def reach(self, status: str) -> None:
        await self._outgoing.pause()
        self._call.status = status
        self._store.changed()
        if not self._call.status_callback or EVENT_OF.get(status, "completed") not in self._call.events:
            return
        told = "initiated" if status == "queued" else status
        self._held.append(self._outgoing.of_call(self._call, told, self._told))
        self._told += 1
        if not self._backwards:
            await self.end()

    async def end(self) -> None:
        held, self._held = self._held, []
        await self._outgoing.report(held)
