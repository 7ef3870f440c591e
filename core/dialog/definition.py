"""A dialog as data: which questions, in which order, under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.dialog.said import Option
from core.dialog.words import Words

Answer = str | int | list[str]
Answers = Mapping[str, Answer]
"""Step key -> what was answered. Days are ISO dates, hours `HH:MM` in the town's time, both as text."""


@dataclass(frozen=True)
class Step:
    """One question.

    Steps stay in their order; `when` skips one, there are no jumps. `source` names where its options come from when
    they are not fixed. `depends_on` names the steps from whose answers its options follow: when one of those changes,
    this answer is dropped. `picture` is shown before the question (`week` or `day`).
    """

    key: str
    kind: str
    prompt: Words
    options: tuple[Option, ...] = ()
    source: str = ""
    depends_on: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    minimum: int | None = None
    maximum: int | None = None
    optional: bool = False
    picture: str = ""
    columns: int = 1
    title: Words | None = None
    """How the review calls it; a step without a title is not reviewed."""


@dataclass(frozen=True)
class Definition:
    """A dialog. Its `revision` stays with a conversation that began with it."""

    name: str
    steps: tuple[Step, ...]
    revision: int = 1

    def step(self, key: str) -> Step:
        """Raises `KeyError` for a key it does not have."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)
