"""Shares of places that are kept for the desk and the telephone, told to everybody who looks."""

from __future__ import annotations

from core.activities.definition import Activity
from core.dialog.words import Text, Words, say


def shares_words(activity: Activity) -> Words | None:
    """«Κρατάμε κάθε ώρα: 1 θέση για όσους έρχονται στο γραφείο»; None where nothing is kept."""
    kept = (("desk", activity.reserved.desk), ("phone", activity.reserved.phone))
    parts = tuple(
        say(f"fair.shares.{name}.{activity.capacity.unit}", n=units) for name, units in kept if units
    )
    if not parts:
        return None
    divided = activity.capacity.per_slot is None
    return Text("fair.shares.each_place" if divided else "fair.shares.each", {"shares": parts})


def with_shares(words: Words, shares: Words | None) -> Words:
    """The words of an occupancy picture, and beside what is free what is kept."""
    return words if shares is None else say("fair.shares.beside", words=words, shares=shares)
