"""Definitions that staff are writing: kept between visits, offered to nobody until they are published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import bindparam, delete, select, update

from core.activities.definition import Activity
from core.activities.faults import Fault, in_document_order, shape_faults
from core.activities.loading import check, dump, facility_faults
from core.activities.model import activities, drafts
from core.activities.places import Facility
from core.activities.relative import resolve
from core.activities.service import Activities
from core.db.database import Database
from core.db.work import Work
from core.errors import Conflict, Refused
from core.ports import Clock, Codes

Document = dict[str, Any]


@dataclass(frozen=True)
class DraftView:
    id: int
    revises: str
    """Key of the activity it revises; empty: a new one."""
    document: Document
    version: int
    changed_at: datetime


class Drafts:
    def __init__(self, database: Database, clock: Clock, codes: Codes, published: Activities) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._published = published

    async def all(self) -> list[DraftView]:
        """The latest first."""
        async with self._database.reading() as connection:
            return [DraftView(*row) for row in await connection.execute(_ALL)]

    async def get(self, draft_id: int) -> DraftView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_ONE, {"draft": draft_id})).one_or_none()
        return None if row is None else DraftView(*row)

    def create(
        self, work: Work, document: Mapping[str, Any], revises: str, today: date, staff_id: int
    ) -> int:
        """Add a draft; its id. Days counted from today become plain ones."""
        draft_id = self._codes.new_id()
        work.insert(
            drafts,
            id=draft_id,
            revises=revises,
            document=plain(document, today),
            version=1,
            changed_at=self._clock.now(),
            changed_by=staff_id,
        )
        return draft_id

    def save(self, work: Work, draft: DraftView, document: Document, staff_id: int) -> None:
        """Committing raises `Conflict` where somebody saved it meanwhile."""
        work.run(
            update(drafts)
            .where(drafts.c.id == draft.id, drafts.c.version == draft.version)
            .values(
                document=document,
                version=draft.version + 1,
                changed_at=self._clock.now(),
                changed_by=staff_id,
            ),
            or_else=Conflict("another version was saved meanwhile"),
        )

    def drop(self, work: Work, draft_id: int) -> None:
        """Committing raises `Refused("activities.unknown_draft")` where it is gone."""
        work.run(
            delete(drafts).where(drafts.c.id == draft_id), or_else=Refused("panel_activities.unknown_draft")
        )

    async def faults(self, draft: DraftView, today: date) -> list[Fault]:
        """All that stands against publishing it, beside other activities too."""
        document = draft.document
        found = check(document, today)
        others = [each for each in await self._published.in_use() if each.key != draft.revises]
        key = document.get("key")
        if draft.revises and key != draft.revises:
            found.append(Fault("key", "key_never_changes", {"key": draft.revises}))
        elif not draft.revises and key in await self.keys():
            found.append(Fault("key", "activity_exists", {"key": key}))
        try:
            facility = Facility.model_validate_json(json.dumps(document.get("facility")))
        except ValidationError:
            facility = None
        if facility is not None:
            found += facility_faults(facility, (each.facility for each in others))
        return in_document_order(found, document)

    async def copy_of(self, key: str) -> Document:
        """The current definition of an activity, to be revised. Raises `Refused("activities.unknown")`."""
        return dump(await self._published.get(key))

    async def keys(self) -> set[str]:
        """Of every activity there is or ever was."""
        async with self._database.reading() as connection:
            return set((await connection.execute(select(activities.c.key))).scalars())

    async def free_number(self) -> int:
        """A facility number that nothing in use has."""
        used = {each.facility.number for each in await self._published.in_use()}
        return next(number for number in range(1, 65536) if number not in used)


def plain(document: Mapping[str, Any], today: date) -> Document:
    """Without what is for editors and with relative days made plain."""
    return {name: resolve(value, today) for name, value in document.items() if name != "$schema"}


def misshapen(document: Mapping[str, Any]) -> set[str]:
    """Paths of what no definition can hold there: the wrong kind, too long, missing."""
    try:
        Activity.model_validate_json(json.dumps(document))
    except ValidationError as error:
        return {fault.path for fault in shape_faults(error, document)}
    return set()


_ALL = select(
    drafts.c.id, drafts.c.revises, drafts.c.document, drafts.c.version, drafts.c.changed_at
).order_by(drafts.c.changed_at.desc(), drafts.c.id)
_ONE = _ALL.where(drafts.c.id == bindparam("draft"))
