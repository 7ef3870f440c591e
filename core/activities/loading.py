"""Documents in, activities out; or every fault at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from core.activities.checks_calendar import calendar_faults
from core.activities.checks_people import people_faults, place_faults, rule_faults, type_faults
from core.activities.checks_steps import step_faults
from core.activities.definition import Activity
from core.activities.draft import draft
from core.activities.faults import Fault, Faults, in_document_order, shape_faults
from core.activities.places import Facility
from core.activities.relative import resolve


def parse(text: str | bytes) -> Any:
    """The document of a JSON file (RFC 8259, UTF-8). Raises `Faults`, also for a name given twice in one
    section."""
    try:
        return json.loads(
            text.removeprefix(b"\xef\xbb\xbf") if isinstance(text, bytes) else text, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise Faults([Fault("", "not_json", {"line": error.lineno, "column": error.colno})]) from None
    except (UnicodeDecodeError, RecursionError):
        raise Faults([Fault("", "not_json", {"line": 1, "column": 1})]) from None


def check(document: Any, today: date) -> list[Fault]:
    """All faults of a definition, in the order of the document; empty when it may be published.

    `today` is what relative days are counted from.
    """
    if not isinstance(document, Mapping):
        return [Fault("", "not_a_section")]
    plain = _plain(document, today)
    found: list[Fault] = []
    try:
        Activity.model_validate_json(json.dumps(plain))
    except ValidationError as error:
        found += shape_faults(error, plain)
    read = draft(plain, today)
    seen = {fault.path for fault in found}
    checks = (type_faults, place_faults, calendar_faults, step_faults, people_faults, rule_faults)
    # What has no shape has been told already: a second sentence about the same spot would only confuse.
    found += [fault for check in checks for fault in check(read) if fault.path not in seen]
    return in_document_order(found, plain)


def load(document: Any, today: date) -> Activity:
    """The activity, its relative days made plain. Raises `Faults` with all of them."""
    found = check(document, today)
    if found:
        raise Faults(found)
    return Activity.model_validate_json(json.dumps(_plain(document, today)))


def dump(activity: Activity) -> dict[str, Any]:
    """The document of an activity, as it is stored and exported; `restore` reads it back."""
    return activity.model_dump(mode="json", exclude_none=True)


def restore(document: Mapping[str, Any]) -> Activity:
    """A stored definition, which was checked when it was published."""
    return Activity.model_validate_json(json.dumps(document))


def facility_faults(facility: Facility, others: Iterable[Facility]) -> list[Fault]:
    """Whether a facility keeps its number among those that are known: one number, one facility, for good."""
    found: list[Fault] = []
    for other in others:
        if other.key == facility.key and other.number != facility.number:
            found.append(Fault("facility.number", "facility_has_other_number", {"number": other.number}))
        if other.key != facility.key and other.number == facility.number:
            found.append(
                Fault("facility.number", "number_taken", {"number": other.number, "facility": other.key})
            )
    return list({(fault.code, str(fault.params)): fault for fault in found}.values())


def _plain(document: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Relative days resolved; `$schema` is for editors and left out."""
    return {key: resolve(value, today) for key, value in document.items() if key != "$schema"}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    section = dict(pairs)
    if len(section) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Faults([Fault("", "name_twice", {"name": twice})])
    return section
