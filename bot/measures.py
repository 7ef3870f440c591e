"""What the bot counts (Prometheus). Nothing that a person sent becomes a label."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter


class Measures:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.updates = Counter(
            "paso_telegram_updates",
            "Updates by outcome: done, failed (they come again), given_up.",
            ("outcome",),
            registry=registry,
        )
        self.blocked = Counter(
            "paso_telegram_blocked", "Replies to people who have blocked the bot.", registry=registry
        )
        self.told_to_wait = Counter(
            "paso_telegram_told_to_wait", "Calls refused with 429.", registry=registry
        )
