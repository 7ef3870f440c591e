"""Where an activity happens, and how much room there is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from core.activities.parts import FILE, Bilingual, Email, Key, Label, Part, Phone


class Contact(Part):
    """Whom citizens may ask: a person or a desk, named to them, never a private number."""

    name: Label
    phone: Phone
    email: Email


class Venue(Part):
    """Where to go."""

    name: Label
    address: Label
    access: Bilingual | None = None
    """How to get in without steps, where to park, which door."""


class Picture(Part):
    """A picture of the activity. `spoken` says the same where a picture cannot go: phone, screen reader."""

    file: Annotated[str, StringConstraints(pattern=FILE, max_length=60)]
    spoken: Bilingual


class IndividualFacility(Part):
    """A lane, a court, or a kind of place (OpenActive: IndividualFacilityUse)."""

    key: Key
    name: Label
    capacity: Annotated[int, Field(ge=1, le=100_000)]
    """Of one slot, in the activity's unit."""
    short: Annotated[str, StringConstraints(min_length=1, max_length=4)] | None = None
    """Heads its column in the occupancy picture; without it, its number in the order of the list."""


class Facility(Part):
    """The thing that is used (OpenActive: FacilityUse). Several activities may name the same one."""

    key: Key
    number: Annotated[int, Field(ge=1, le=65535)]
    """Stands for the facility in a pass's token (two bytes). Never given to another facility."""
    name: Label
    individual_facilities: tuple[IndividualFacility, ...] = ()


class Capacity(Part):
    """How much fits a slot.

    With `per_slot` a slot is one whole; without it there is one slot for each individual facility, with that
    one's own capacity. A rule or occasion that names `places` is always divided.
    """

    unit: Literal["persons", "bookings"]
    """`persons`: each person takes one. `bookings`: a court is taken by one booking, however many play."""
    per_slot: Annotated[int, Field(ge=1, le=100_000)] | None = None


class Reserved(Part):
    """Units of each slot (of each place, when it is divided) that only one channel may give away."""

    desk: Annotated[int, Field(ge=0)] = 0
    phone: Annotated[int, Field(ge=0)] = 0
