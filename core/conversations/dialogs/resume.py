"""From an offer of a waiting list to the booking's dialog: what is answered already, and whether something is not."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.activities.steps import TAKES_PART
from core.bookings.waiting_service import WaitingView
from core.conversations.dialogs.questions import SKIP, questions
from core.conversations.dialogs.slots import time_answer
from core.conversations.state import Frame
from core.dialog.definition import Answer
from core.dialog.journey import applies


def answers_of(activity: Activity, entry: WaitingView, zone: ZoneInfo) -> dict[str, Answer]:
    """What is answered already: where, when and for how many."""
    known: dict[str, Answer] = {
        "day": entry.starts_at.astimezone(zone).date().isoformat(),
        "time": time_answer(activity, entry, zone),
        "lane": entry.place or SKIP,
        "people": str(entry.persons),
    }
    answers = {step.key: known[step.kind] for step in activity.steps if step.kind in known}
    if activity.people.booker_takes_part == "ask":
        answers[TAKES_PART] = "yes" if entry.booker_takes_part else "no"
    return answers


def resumed(activity: Activity, entry: WaitingView, zone: ZoneInfo, until: datetime, held: str) -> Frame:
    """The booking dialog with the place held; its hold is not extended again."""
    return Frame(
        "book",
        subject=activity.key,
        revision=entry.revision,
        answers=answers_of(activity, entry, zone),
        facts={"held": held, "booking": entry.id, "until": until.timestamp(), "longer": True},
    )


def asks_more(activity: Activity, entry: WaitingView, zone: ZoneInfo) -> bool:
    """Whether something is left to ask or to show before the booking can be confirmed."""
    answers = answers_of(activity, entry, zone)
    for step in questions(activity, answers):
        if step.key not in answers and applies(step, answers):
            if not step.optional:
                return True
            answers[step.key] = SKIP
    return False
