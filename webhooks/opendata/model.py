"""What we offer in the words of OpenActive's Modelling Opportunity Data 2.0: FacilityUse and its Slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.activities.definition import Activity
from core.activities.places import IndividualFacility
from core.bookings.queries import SlotView
from core.bookings.rules import zone_of
from core.conversations.house import House

CONTEXT = ["https://openactive.io/"]
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_LANGUAGE = "el"


def facility_use(house: House, activity: Activity) -> dict[str, Any]:
    """An activity of type FacilityUse, with its lanes or courts. Nothing costs anything."""
    say, base = house.texts.say, _base(house)
    place = {
        "@type": "Place",
        "@id": f"{base}/places#{activity.facility.key}",
        "url": f"{house.settings.public_url}/",
        "telephone": activity.contact.phone,
        "name": say(activity.venue.name.written(), _LANGUAGE),
        # A whole PostalAddress would need a postal code, which definitions do not carry.
        "address": say(activity.venue.address.written(), _LANGUAGE),
    }
    uses = [_individual(base, activity, each, house) for each in activity.facility.individual_facilities]
    return {
        "@context": CONTEXT,
        "@type": "FacilityUse",
        "@id": facility_id(base, activity.key),
        "identifier": activity.key,
        "name": say(activity.name.written(), _LANGUAGE),
        "description": say(activity.summary.written(), _LANGUAGE),
        "url": f"{house.settings.public_url}/chat?start={activity.key}",
        "location": place,
        "provider": {
            "@type": "Organization",
            "name": house.settings.municipality_el,
            "url": f"{house.settings.public_url}/",
            "telephone": activity.contact.phone,
            "email": activity.contact.email,
        },
        "facilityType": [
            {
                "@type": "Concept",
                "@id": f"{base}/facility-types#{activity.facility.key}",
                "prefLabel": say(activity.facility.name.written(), _LANGUAGE),
                "inScheme": f"{base}/facility-types",
            }
        ],
        "offers": [_free_of_charge(house, facility_id(base, activity.key))],
        **({"individualFacilityUse": uses} if uses else {}),
    }


def slot(house: House, activity: Activity, view: SlotView) -> dict[str, Any]:
    """A slot; `remainingUses` is what can be booked here and now."""
    base, zone = _base(house), zone_of(activity)
    of = individual_id(base, activity.key, view.place) if view.place else facility_id(base, activity.key)
    return {
        "@context": CONTEXT,
        "@type": "Slot",
        "@id": f"{base}/slots/{view.id}",
        "identifier": str(view.id),
        "facilityUse": of,
        "startDate": view.starts_at.astimezone(zone).isoformat(),
        "endDate": view.ends_at.astimezone(zone).isoformat(),
        "duration": iso_duration(view.ends_at - view.starts_at),
        "remainingUses": view.free,
        "maximumUses": view.capacity,
        "offers": [_free_of_charge(house, f"{base}/slots/{view.id}")],
    }


def slot_kind(view: SlotView) -> str:
    """As the feed of such slots calls them: of a lane or court, or of the facility as a whole."""
    return "IndividualFacilityUse/Slot" if view.place else "FacilityUse/Slot"


def iso_duration(length: timedelta) -> str:
    """ISO 8601: `PT1H30M`."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes or not hours else ''}"


def facility_id(base: str, key: str) -> str:
    return f"{base}/facility-uses/{key}"


def individual_id(base: str, key: str, place: str) -> str:
    return f"{facility_id(base, key)}/{place}"


def _individual(base: str, activity: Activity, place: IndividualFacility, house: House) -> dict[str, Any]:
    return {
        "@type": "IndividualFacilityUse",
        "@id": individual_id(base, activity.key, place.key),
        "identifier": place.key,
        "name": house.texts.say(place.name.written(), _LANGUAGE),
    }


def _free_of_charge(house: House, of: str) -> dict[str, Any]:
    name = house.texts.say("figures.opendata.free_of_charge", _LANGUAGE)
    return {"@type": "Offer", "@id": f"{of}#free", "name": name, "price": 0, "priceCurrency": "EUR"}


def _base(house: House) -> str:
    return f"{house.settings.public_url}/opendata"
