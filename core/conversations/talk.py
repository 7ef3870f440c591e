"""One turn of a conversation: what is known, what is said, and what will be written."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, update

from core.bookings.queries import SlotView
from core.conversations.model import conversations
from core.conversations.reply import Speaker
from core.conversations.state import Frame, State
from core.db.work import Work
from core.dialog.kinds import Moment
from core.dialog.said import DeedButton, Picture, Problem, Said, Say, Show
from core.dialog.words import Text, Words
from core.errors import Conflict, Refused

if TYPE_CHECKING:
    from core.conversations.house import House

_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("row"), conversations.c.turn == bindparam("seen"))
    .values(
        {name: bindparam(name) for name in ("citizen_id", "language", "turn", "kept", "heard_at")},
    )
)
"""One statement for all, so that the saves of a batch go in one trip."""
Place = Callable[[Work, Callable[[Any, Work], None]], None]
Apply = Callable[[Any, State, list[Said]], None]


def kept_for(row_id: int, speaker: bytes, citizen_id: int | None) -> str:
    """What a kept dialog is bound to: whoever only writes the database can give it to nobody else, nor make its
    speaker a citizen."""
    return f"conversations:{row_id}:{speaker.hex()}:{citizen_id}"


class Talk:
    """The turn's context, handed to the dialogs. It writes nothing itself: `work` gathers, the service commits."""

    def __init__(
        self, house: House, speaker: Speaker, key: bytes, row_id: int, language: str, state: State
    ) -> None:
        self.house = house
        self.speaker = speaker
        self.key = key
        """Look-up of the chat or session: what the database knows the speaker by."""
        self.row_id = row_id
        self.language = language
        self.state = state
        self.citizen_id: int | None = None
        self.turn = 0
        self.is_new = True
        self.expired = False
        self.dropped: list[Frame] = []
        """Dialogs that were left before their end: what they held is freed before the commit."""
        self.stale = False
        self.moved = False
        """Something was taken: the next question is a new offer, even where it is the same step."""
        self.work = Work()
        self.said: list[Said] = []
        self.now: datetime = house.clock.now()
        local = self.now.astimezone(house.settings.zone)
        self.moment = Moment(local.date(), local.time())
        self.slots_read: dict[tuple[str, str], list[SlotView]] = {}
        self.undecided = False
        self._decided: tuple[State, list[Said]] | None = None

    # -- saying

    def say(
        self, key: str, *, standing: bool = False, deeds: tuple[DeedButton, ...] = (), **params: object
    ) -> None:
        self.said.append(Say(Text(key, params), deeds, standing))

    def show(
        self, picture: Picture, instead: Words, deeds: tuple[DeedButton, ...] = (), standing: bool = False
    ) -> None:
        self.said.append(Show(picture, instead, deeds, standing))

    def problem(self, why: Refused) -> None:
        self.said.append(Problem(Text(why.text_key, why.params)))

    # -- dialogs

    def push(self, frame: Frame) -> None:
        self.state.frames.append(frame)

    def go_home(self) -> None:
        """Leave whatever was under way."""
        self.dropped.extend(self.state.frames)
        self.state.frames = [Frame("home")]

    def begin(self, frame: Frame) -> Frame:
        """Begin a dialog from the menu, leaving whatever was under way."""
        self.go_home()
        self.push(frame)
        return frame

    # -- writing

    def decide(self, place: Place, apply: Apply) -> None:
        """Have a desk decide, and save the conversation as the decision leaves it, in the same transaction.

        `apply(decision, state, said)` may run more than once, each time on a fresh copy.
        """
        self.undecided = True
        base = copy.deepcopy(self.state)

        def then(decision: Any, work: Work) -> None:
            state, said = copy.deepcopy(base), list[Said]()
            apply(decision, state, said)
            self.save(work, state)
            self._decided = (state, said)

        place(self.work, then)

    def settle(self) -> None:
        """Have what was said so far written before the dialog goes on: what comes next depends on it."""
        self.undecided = True
        self.save(self.work, self.state)
        self._decided = (self.state, [])

    def decided(self) -> None:
        """After the commit: go on from what was decided."""
        assert self._decided is not None
        self.state, said = self._decided
        self.said.extend(said)
        self.slots_read.clear()
        self.undecided, self.moved, self._decided = False, True, None
        self.saved()

    def save(self, work: Work, state: State) -> None:
        context = kept_for(self.row_id, self.key, self.citizen_id)
        kept = self.house.keeper.keep(context, state.to_bytes())
        fields = {
            "citizen_id": self.citizen_id,
            "language": self.language,
            "turn": self.turn + 1,
            "kept": kept,
            "heard_at": self.now,
        }
        if self.is_new:
            work.insert(
                conversations, id=self.row_id, channel=self.speaker.channel, speaker=self.key, **fields
            )
            return
        work.run(
            _SAVE,
            {"row": self.row_id, "seen": self.turn, **fields},
            or_else=Conflict("another turn came first"),
        )

    def start_over(self) -> None:
        """The conversation's row goes with the citizen; this turn begins a new one that knows nobody."""
        self.row_id, self.citizen_id, self.is_new, self.turn = self.house.codes.new_id(), None, True, 0

    def saved(self) -> None:
        self.is_new = False
        self.turn += 1
        self.work = Work()
