"""What can be booked, as data.

The words are OpenActive's (Modelling Opportunity Data): a FacilityUse has slots on a calendar, perhaps for
each of its individual facilities; a SessionSeries is a class; an Event is a concert or a film. Read
documents with `loading.load`, which checks what no single field can say; the models alone know shapes only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.activities.calendar import Calendar, Occasion, Rule
from core.activities.parts import Bilingual, Key, Label, Part
from core.activities.places import Capacity, Contact, Facility, IndividualFacility, Picture, Reserved, Venue
from core.activities.rules import Gate, People, Rules
from core.activities.steps import Step


class Activity(Part):
    """One activity, complete: everything that makes its dialog, its slots, its passes and its rules."""

    key: Key
    """Its name in links; it never changes."""
    type: Literal["FacilityUse", "SessionSeries", "Event"]
    category: Literal["sport", "culture"]
    """For the key figures."""
    name: Label
    summary: Bilingual
    venue: Venue
    picture: Picture | None = None
    contact: Contact
    facility: Facility
    capacity: Capacity
    reserved: Reserved = Reserved()
    calendar: Calendar
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=40)]
    people: People = People()
    rules: Rules = Rules()
    gate: Gate = Gate()
    tracing: bool = True
    """Off: no interval of presence outlives the day."""
    booked_as: Literal["session", "term"] = "session"
    """`term`: a booking is for every session of a rule, from its `from` to its `until`."""

    def places_of(self, source: Rule | Occasion) -> tuple[IndividualFacility, ...]:
        """The individual facilities that its slots are divided into; empty when a slot is one whole."""
        every = self.facility.individual_facilities
        if source.places is not None:
            return tuple(place for place in every if place.key in source.places)
        return every if self.capacity.per_slot is None else ()

    def place(self, key: str) -> IndividualFacility | None:
        """The lane, court or kind of place of that key."""
        return next((place for place in self.facility.individual_facilities if place.key == key), None)

    def short_name(self, key: str) -> str:
        """What heads a place's column in the occupancy picture. Raises `ValueError` for an unknown place."""
        keys = [place.key for place in self.facility.individual_facilities]
        index = keys.index(key)
        return self.facility.individual_facilities[index].short or str(index + 1)

    def occasion_name(self, key: str) -> Label | None:
        """The name of the occasion (film, concert) or rule (group of a class) of that key, if it has one."""
        sources: tuple[Rule | Occasion, ...] = (*self.calendar.occasions, *self.calendar.rules)
        return next((source.name for source in sources if source.key == key), None)

    def step(self, key: str) -> Step | None:
        """The step of that key."""
        return next((step for step in self.steps if step.key == key), None)
