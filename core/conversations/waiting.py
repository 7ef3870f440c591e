"""Waiting lists: buttons that stay valid, and how an entry is called."""

from __future__ import annotations

from core.activities.definition import Activity
from core.bookings.waiting_message import DECLINE, TAKE
from core.bookings.waiting_service import WaitingView
from core.conversations.naming import party_words, short_slot_words, slot_words
from core.conversations.state import Frame
from core.conversations.talk import Talk
from core.dialog.said import DeedButton
from core.dialog.words import Text, Words, say
from core.errors import Refused

LEAVE = "waiting_leave"
DEEDS = {TAKE: "take", DECLINE: "decline", LEAVE: "leave"}
"""Buttons on standing messages -> what the dialog does."""


async def begin(talk: Talk, name: str, entry_id: int) -> None:
    """Answer an offer, or leave a list, by a button that stays valid. Raises `Refused` for somebody else's."""
    entry = None
    if talk.citizen_id is not None:
        entry = await talk.house.bookings.waiting.one(talk.citizen_id, entry_id)
    if entry is None:
        raise Refused("waiting.unknown")
    if entry.is_over or (name == TAKE and not entry.is_offered):
        raise Refused("waiting.over")
    talk.push(Frame("waiting", subject=str(entry.id), answers={"deed": DEEDS[name]}))


def leave_button(entry_id: int) -> DeedButton:
    return DeedButton(say("waiting.buttons.leave"), LEAVE, str(entry_id))


def entry_words(key: str, activity: Activity, entry: WaitingView) -> Text:
    """A sentence about an entry: `key` has the places activity, slot, party_for, n and until."""
    return say(
        key,
        activity=activity.name.written(),
        slot=slot_words(activity, entry),
        party_for=party_words(entry, "dialog.party_for"),
        n=entry.position,
        until=entry.offered_until or entry.starts_at,
    )


def entry_button(activity: Activity, entry: WaitingView) -> Words:
    """For the list of one's bookings."""
    return say(
        "waiting.offered_button" if entry.is_offered else "waiting.entry_button",
        activity=activity.name.written(),
        slot=short_slot_words(activity, entry),
        n=entry.position,
        until=entry.offered_until or entry.starts_at,
    )
