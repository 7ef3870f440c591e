"""What is wrong with a definition: where, what, and a sentence for staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.activities import parts
from core.dialog.words import Text


@dataclass(frozen=True)
class Fault:
    """One fault. `path` is like `steps[2].when.level`, empty for the document as a whole."""

    path: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """Its sentence, at `activities.fault.<code>`."""
        return Text(f"activities.fault.{self.code}", self.params)


class Faults(Exception):
    """A definition that was refused: all its faults at once, in the order of the document."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.code}" for fault in found))
        self.found = tuple(found)


Location = Sequence[str | int]


def path(location: Location) -> str:
    """`("steps", 2, "when")` -> `steps[2].when`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


_CODES = {
    "extra_forbidden": "unknown_field",
    "string_type": "not_a_text",
    "int_type": "not_a_whole_number",
    "int_from_float": "not_a_whole_number",
    "int_parsing_size": "not_a_whole_number",
    "bool_type": "not_true_or_false",
    "tuple_type": "not_a_list",
    "union_tag_not_found": "missing",
    "not_a_date": "not_a_date",
    "not_a_time": "not_a_time",
    "not_a_moment": "not_a_moment",
    "not_a_condition": "not_a_condition",
}
_SECTION = {"model_type", "model_attributes_type", "dict_type", "mapping_type"}
_PATTERNS = {
    parts.KEY: "not_a_key",
    parts.PHONE: "not_a_phone",
    parts.EMAIL: "not_an_email",
    parts.FILE: "not_a_picture_file",
    parts.WORDS: "strange_characters",
}


def shape_faults(error: ValidationError, document: Any) -> list[Fault]:
    """Pydantic's errors in our words."""
    errors = error.errors(include_url=False)
    # A list whose items are all faulty is reported as too short as well: only a list without items is.
    errors = [one for one in errors if one["type"] != "too_short" or not one["input"]]
    found = [_fault(details, document) for details in errors]
    return list(
        {(fault.path, fault.code): fault for fault in found}.values()
    )  # a union reports each of its kinds


def _fault(details: ErrorDetails, document: Any) -> Fault:
    location = _without_tags(details["loc"], document)
    code, params = _code(details["type"], details.get("ctx", {}), location)
    if code == "missing" and details["type"] == "union_tag_not_found":
        location = (*location, "kind")
    if details["type"] == "union_tag_invalid":
        location = (*location, "kind")
    return Fault(path(location), code, params)


def _code(kind: str, context: Mapping[str, Any], location: Location) -> tuple[str, dict[str, object]]:
    last = location[-1] if location else ""
    if kind in ("missing", "string_too_short"):
        if last in ("el", "en"):
            return ("missing_greek" if last == "el" else "missing_english"), {}
        if last == "spoken":
            return "picture_without_words", {}
        return "missing", {}
    if kind in _CODES:
        return _CODES[kind], {}
    if kind in _SECTION:
        return "not_a_section", {}
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], "not_understood"), {}
    if kind == "string_too_long":
        return "text_too_long", {"n": context["max_length"]}
    if kind == "too_short":
        return "empty_list", {}
    if kind == "too_long":
        return "list_too_long", {"n": context["max_length"]}
    if kind == "literal_error":
        return "not_one_of", {"allowed": context["expected"].replace("'", "").replace(" or ", ", ")}
    if kind == "union_tag_invalid":
        return "not_one_of", {"allowed": context["expected_tags"].replace("'", "")}
    if kind == "greater_than_equal":
        return "too_small", {"least": context["ge"]}
    if kind == "less_than_equal":
        return "too_large", {"most": context["le"]}
    return "not_understood", {}


def _without_tags(location: Location, document: Any) -> tuple[str | int, ...]:
    """Pydantic's location names the chosen kind of a union too; the document has no such level."""
    kept: list[str | int] = []
    here = document
    for index, part in enumerate(location):
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else None
        elif isinstance(here, Mapping) and part in here:
            here = here[part]
        elif index < len(location) - 1 or not isinstance(here, Mapping):
            continue
        kept.append(part)
    return tuple(kept)


def in_document_order(found: Iterable[Fault], document: Any) -> list[Fault]:
    """Sorted as a reader meets them."""
    places: dict[str, int] = {}
    _number(document, "", places)

    def place(fault: Fault) -> tuple[int, str]:
        known = fault.path
        while known and known not in places:
            known = known[: max(known.rfind("."), known.rfind("["), 0)]
        return places.get(known, -1), fault.path

    return sorted(found, key=place)


def _number(node: Any, here: str, places: dict[str, int]) -> None:
    places[here] = len(places)
    if isinstance(node, Mapping):
        for key, child in node.items():
            _number(child, f"{here}.{key}" if here else str(key), places)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            _number(child, f"{here}[{index}]", places)
