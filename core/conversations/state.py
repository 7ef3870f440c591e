"""A conversation under way, as it is kept between turns (encrypted, and erased when it ends)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from core.conversations.codec import pack, unpack
from core.conversations.reply import Line
from core.dialog.definition import Answer
from core.dialog.engine import Offer
from core.dialog.kinds import Offered
from core.dialog.said import Said

LONGEST_HISTORY = 30


@dataclass
class Frame:
    """A dialog that has begun. Dialogs stack: registration on top of a booking, a cancellation on top of either."""

    dialog: str
    subject: str = ""
    """What it is about: an activity's key, or a booking's id."""
    revision: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    wishes: dict[str, list[str]] = field(default_factory=dict)
    """Kind of question -> what the person has already said about it."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What the city knows of it: the hold, the code that was sent."""


@dataclass
class State:
    frames: list[Frame] = field(default_factory=lambda: [Frame("home")])
    offer: Offer | None = None
    told: list[Said] = field(default_factory=list)
    """What was said with the current question, the question itself left out."""
    question: str = ""
    """The current question as the person read it."""
    history: list[Line] = field(default_factory=list)
    """Lines of earlier turns."""

    @property
    def top(self) -> Frame:
        return self.frames[-1]

    def pop(self) -> Frame:
        """Leave the uppermost dialog; at the bottom there is always the menu."""
        frame = self.frames.pop()
        if not self.frames:
            self.frames.append(Frame("home"))
        return frame

    def remember(self, who: str, words: str) -> None:
        self.history = [*self.history, Line(who, words)][-LONGEST_HISTORY:]

    def to_bytes(self) -> bytes:
        data = {
            "frames": [asdict(frame) for frame in self.frames],
            "offer": self.offer and asdict(self.offer),
            "told": pack(self.told),
            "question": self.question,
            "history": [[line.who, line.words] for line in self.history],
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> State:
        data = json.loads(kept)
        offer = data["offer"]
        return cls(
            frames=[Frame(**frame) for frame in data["frames"]],
            offer=offer
            and Offer(offer["id"], offer["step"], tuple(Offered(**each) for each in offer["options"])),
            told=list(unpack(data["told"])),
            question=data["question"],
            history=[Line(who, words) for who, words in data["history"]],
        )
