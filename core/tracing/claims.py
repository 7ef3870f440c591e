"""A warning as somebody ordered it: who is meant, in which words, to whom it would go, and the hash of it all.

The panel makes one to show it, the worker another to check what the panel wrote. Neither needs a key.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.config import Settings
from core.ports import Clock
from core.tracing import groups, wording
from core.tracing.finding import Finder, Found
from core.tracing.groups import Group
from core.tracing.wording import Wording, Wordings, cost
from core.visits.retention import midnight_of

NOBODY = "nobody"


@dataclass(frozen=True)
class Claim:
    group: Group
    wording: Wording
    found: Found
    texts: Mapping[str, str]
    """The exact text by language."""

    @property
    def counts(self) -> dict[str, Any]:
        """What may be shown: how many, and what it costs."""
        media = Counter(way.medium or NOBODY for way in self.found.citizens.values())
        return {
            "people": len(self.found.citizens),
            "persons": self.found.persons,
            "unknown": self.found.unknown,
            "sms": media["sms"],
            "calls": media["call"],
            "chats": media["telegram"],
            "unreachable": media[NOBODY],
            "segments": cost(self.texts, self.found.citizens.values()),
        }

    def hash(self, warning_id: int, drafter_id: int) -> bytes:
        """Of everything an officer is shown and everyone it goes to: whatever changes of these, changes it."""
        recipients = [
            [citizen, way.medium, way.language] for citizen, way in sorted(self.found.citizens.items())
        ]
        whole = {
            "warning": warning_id,
            "drafter": drafter_id,
            "group": groups.write(self.group),
            "wording": wording.write(self.wording),
            "texts": dict(self.texts),
            "recipients": recipients,
        }
        written = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"paso warning 1\x00" + written.encode()).digest()

    @property
    def group_hash(self) -> bytes:
        written = json.dumps(groups.write(self.group), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).digest()


class Claims:
    def __init__(self, finder: Finder, wordings: Wordings, clock: Clock, settings: Settings) -> None:
        self._finder = finder
        self._wordings = wordings
        self._clock = clock
        self._settings = settings

    async def make(self, group: Group, words: Wording) -> Claim:
        """Raises `Refused` with the reason, from the group, from who was found, or from the words."""
        now = self._clock.now()
        groups.check(
            group, now, midnight_of(now - timedelta(days=self._settings.presence_days), self._settings.zone)
        )
        found = await self._finder.find(group, now)
        return Claim(group, words, found, await self._wordings.said(words, group, found))

    async def read(self, group: Any, words: Any) -> Claim:
        """The same from what stands in the database, which anybody may have written."""
        return await self.make(groups.read(group), wording.read(words))
