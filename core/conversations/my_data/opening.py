"""The record opened and told: plain values, ready to be written as JSON. Only the worker comes here.

A box beside a booking says whose it is. One that says otherwise stays closed to whoever asks: its row was given to
them behind our back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.activities.definition import Activity
from core.activities.service import Activities
from core.conversations.my_data.reading import Record, Rows
from core.conversations.naming import place_words
from core.db.types import FAR_FUTURE
from core.messages.texts import Texts
from core.people.owning import Owned
from core.ports import BrokenBox, Opener

FORMAT = "paso my data 1"

Told = dict[str, Any]


class Telling:
    """One record, in the citizen's language; times are the town's, with their offset from UTC."""

    def __init__(
        self,
        record: Record,
        opener: Opener,
        activities: Activities,
        texts: Texts,
        language: str,
        zone: ZoneInfo,
    ) -> None:
        self._record = record
        self._opener = opener
        self._activities = activities
        self._texts = texts
        self._language = language
        self._zone = zone
        self._id = int(record.citizen["id"])

    async def all(self, owned: Owned, request: int, now: datetime) -> Told:
        """Everything held. `owned` are the addresses, opened before to see who asks; `request` is answered now."""
        record, citizen = self._record, self._record.citizen
        own = sorted([*owned.numbers.values(), *owned.chats.values()], key=lambda each: each.verified_at)
        return {
            "format": FORMAT,
            "made_at": self._moment(now),
            "citizen": {
                "name": json.loads(self._opener.open("citizens", self._id, citizen["box"]))["name"],
                "language": citizen["language"],
                "birth_year": citizen["birth_year"],
                "resident": citizen["resident"],
                "reminders": citizen["reminders"],
                "notice_version": citizen["notice_version"],
                "registered_at": self._moment(citizen["registered_at"]),
                "last_verified_at": self._moment(citizen["last_verified_at"]),
            },
            "addresses": [
                {"kind": each.kind, "to": each.to, "verified_at": self._moment(each.verified_at)}
                for each in own
            ],
            "bookings": await self._bookings(),
            "absences": [{**await self._slot(row), **self._some(row, "at")} for row in record.absences],
            "waiting": [
                {
                    **await self._slot(row),
                    **self._some(row, "persons", "state", "channel"),
                    **self._some(row, "joined_at", "offered_until", "ended_at"),
                }
                for row in record.waiting
            ],
            "provisional": self._each(record.provisional, "state", "until"),
            "messages": self._each(
                record.messages, "template", "medium", "state", "language", "created_at", "changed_at"
            ),
            "codes": self._each(record.codes, "number_class", "state", "sent_at"),
            "warnings": self._each(record.warnings, "released_at", "medium", "state", "heard_at"),
            "reports": self._each(record.reported, "code", "reported_at"),
            "openings": self._openings(request, now),
            "conversations": self._each(record.conversations, "channel", "language", "heard_at"),
        }

    async def _bookings(self) -> list[Told]:
        names = self._boxes("companions", self._record.companions, "names")
        said = self._boxes("answers", self._record.answers, "answers")
        passes, visits = _by_booking(self._record.passes), _by_booking(self._record.visits)
        scans = _by_booking(self._record.scans)
        notices = _by_booking(self._record.notices)
        told = []
        for row in self._record.bookings:
            activity = await self._activities.get(row["key"], row["revision"])
            told.append(
                {
                    **await self._slot(row),
                    **self._some(row, "persons", "booker_takes_part", "state", "channel"),
                    **self._some(row, "created_at", "confirmed_at", "ended_at"),
                    "companions": names.get(row["id"], []),
                    "answers": self._answers(activity, said.get(row["id"], {})),
                    "passes": self._each(passes[row["id"]], "code", "persons", "state", "issued_at"),
                    "visits": self._each(visits[row["id"]], "persons", "entered_at", "left_at", "assumed"),
                    "scans": self._each(scans[row["id"]], "direction", "persons", "verdict", "scanned_at"),
                    "notices": self._each(notices[row["id"]], "kind", "at"),
                }
            )
        return told

    def _boxes(self, table: str, rows: Rows, what: str) -> dict[int, Any]:
        found = {}
        for row in rows:
            try:
                plain = json.loads(self._opener.open(table, row["id"], row["box"]))
            except BrokenBox:
                continue
            if isinstance(plain, dict) and plain.get("citizen") == self._id:
                found[row["id"]] = plain[what]
        return found

    def _answers(self, activity: Activity, said: Mapping[str, Any]) -> list[Told]:
        """With the questions as they were asked."""
        steps = {step.key: step for step in activity.steps}
        told = []
        for key, value in said.items():
            step = steps.get(key)
            prompt = getattr(step, "prompt", None)
            options = {option.value: option.text for option in getattr(step, "options", ())}
            answer = self._texts.say(options[value].written(), self._language) if value in options else value
            question = self._texts.say(prompt.written(), self._language) if prompt else key
            told.append({"question": question, "answer": answer})
        return told

    async def _slot(self, row: Mapping[str, Any]) -> Told:
        activity = await self._activities.get(row["key"], row["revision"])
        place = place_words(activity, row["place"])
        occasion = activity.occasion_name(row["occasion"]) if row["occasion"] else None
        return {
            "activity": self._texts.say(activity.name.written(), self._language),
            "place": self._texts.say(place, self._language) if place else None,
            "occasion": self._texts.say(occasion.written(), self._language) if occasion else None,
            "starts_at": self._moment(row["starts_at"]),
            "ends_at": self._moment(row["ends_at"]),
        }

    def _openings(self, request: int, now: datetime) -> list[Told]:
        """When the worker opened something of theirs: to deliver each message, and to answer them."""
        delivered = [
            {"at": row["changed_at"], "why": "message"}
            for row in self._record.messages
            if row["attempts"] > 0
        ]
        answered = [
            {"at": row["answered_at"], "why": "my_data", "boxes": row["boxes"]}
            for row in self._record.requests
            if row["answered_at"] is not None and row["id"] != request
        ]
        answering = {"at": now, "why": "my_data", "boxes": self._record.boxes}
        all_of_them = sorted([*delivered, *answered, answering], key=lambda each: each["at"])
        return [{**each, "at": self._moment(each["at"])} for each in all_of_them]

    def _each(self, rows: Iterable[Mapping[str, Any]], *names: str) -> list[Told]:
        return [self._some(row, *names) for row in rows]

    def _some(self, row: Mapping[str, Any], *names: str) -> Told:
        return {name: self._plain(row[name]) for name in names}

    def _plain(self, value: Any) -> Any:
        return self._moment(value) if isinstance(value, datetime) else value

    def _moment(self, value: datetime) -> str | None:
        """None for what has not ended yet."""
        if value >= FAR_FUTURE:
            return None
        return value.astimezone(self._zone).isoformat(timespec="seconds")


def _by_booking(rows: Rows) -> dict[int, list[Mapping[str, Any]]]:
    found: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["booking_id"]].append(row)
    return found
