"""Senders in memory, for tests of whoever sends. They keep the contract of the real ones, tests/contracts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from core.messages.segments import segments
from core.ports import Clock, Receipt, SendingFailed


@dataclass(frozen=True)
class Sent:
    """`text` is empty for a call, `path` for an SMS."""

    to: str
    reference: str
    provider_id: str
    at: datetime
    text: str = ""
    path: str = ""


class _Sender:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[Sent] = []
        """What the provider took, oldest first; also what it took without saying so."""
        self._failures: deque[tuple[SendingFailed, bool]] = deque()

    def fail_next(self, kind: str, code: str = "", *, taken: bool = False) -> None:
        """The next request fails; with `taken` the provider carries it out all the same."""
        self._failures.append((SendingFailed(kind, code), taken))

    def _take(self, sent: Sent) -> None:
        failure, taken = self._failures.popleft() if self._failures else (None, True)
        if taken:
            self.sent.append(sent)
        if failure:
            raise failure

    def _newest(self, to: str, since: datetime, text: str = "") -> Sent | None:
        fitting = (sent for sent in reversed(self.sent) if (sent.to, sent.text) == (to, text))
        return next((sent for sent in fitting if sent.at >= since.replace(microsecond=0)), None)


class FakeTexts(_Sender):
    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.forgotten: list[str] = []
        """Ids of messages whose words the provider has deleted."""

    async def send(self, to: str, text: str, reference: str) -> Receipt:
        provider_id = f"SM{len(self.sent):032x}"
        self._take(Sent(to, reference, provider_id, self._clock.now(), text=text))
        return Receipt(provider_id, segments(text).count)

    async def find(self, to: str, text: str, since: datetime) -> Receipt | None:
        sent = self._newest(to, since, text)
        return Receipt(sent.provider_id, segments(text).count) if sent else None

    async def forget(self, provider_id: str) -> None:
        self.forgotten.append(provider_id)


class FakeCalls(_Sender):
    async def call(self, to: str, reference: str, path: str) -> Receipt:
        provider_id = f"CA{len(self.sent):032x}"
        self._take(Sent(to, reference, provider_id, self._clock.now(), path=path))
        return Receipt(provider_id)

    async def find(self, to: str, since: datetime) -> Receipt | None:
        sent = self._newest(to, since)
        return Receipt(sent.provider_id) if sent else None
