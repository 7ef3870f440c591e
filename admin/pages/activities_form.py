"""A section of a draft as a form: from the document to its fields, and from what was sent back to a document."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from admin.pages.activities_leaves import NOTHING, Leaf, Typed
from admin.pages.activities_sections import DEFAULTS, Rows, Section
from core.activities.faults import Fault
from edge.bodies import Fields

_DEED = re.compile(r"(add|remove|up):([a-z_.]{1,60})(?:\[([0-9]{1,3})\])?(?::([a-z_]{1,20}))?")
Document = dict[str, Any]


@dataclass
class Shown:
    """A field on the page."""

    leaf: Leaf
    name: str
    """Its path in the document, which is also its name in the form."""
    typed: Typed
    faults: list[Fault] = field(default_factory=list)
    note: str = ""
    """What it means, in words."""


@dataclass
class ShownRow:
    name: str
    kind: str
    fields: list[Shown]
    faults: list[Fault] = field(default_factory=list)


@dataclass
class ShownRows:
    rows: Rows
    items: list[ShownRow]
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Blamed:
    """A fault, and what of the page it is about: a list, the n-th of its items, a field; or nothing of it."""

    name: str
    rows: str
    number: int
    field: str
    fault: Fault


@dataclass
class Page:
    section: Section
    parts: list[Shown | ShownRows]
    faults: list[Fault] = field(default_factory=list)
    """Those that no field of the section is to blame for."""

    @property
    def all_faults(self) -> list[Blamed]:
        """In the order of the page."""
        found = [Blamed("", "", 0, "", fault) for fault in self.faults]
        for part in self.parts:
            if isinstance(part, Shown):
                found += [Blamed(part.name, "", 0, part.leaf.path, fault) for fault in part.faults]
                continue
            rows = part.rows.path
            found += [Blamed(rows, rows, 0, "", fault) for fault in part.faults]
            for number, row in enumerate(part.items, 1):
                found += [Blamed(row.name, rows, number, "", fault) for fault in row.faults]
                found += [
                    Blamed(each.name, rows, number, each.leaf.path, fault)
                    for each in row.fields
                    for fault in each.faults
                ]
        return found


def page_of(section: Section, document: Document, faults: Iterable[Fault]) -> Page:
    """The section's fields with what the document holds, each fault beside the field it is about."""
    page = Page(section, [])
    for part in section.parts:
        if isinstance(part, Leaf):
            page.parts.append(Shown(part, part.path, _written(part, _get(document, part.path), part.path)))
            continue
        items = _get(document, part.path)
        shown = ShownRows(part, [])
        for index, item in enumerate(items if isinstance(items, list) else []):
            name, kind = f"{part.path}[{index}]", str(item.get("kind", "")) if isinstance(item, dict) else ""
            fields = [
                Shown(leaf, f"{name}.{leaf.path}", _written(leaf, _get(item, leaf.path), ""))
                for leaf in part.fields
                if not leaf.only_for or kind in leaf.only_for
            ]
            shown.items.append(ShownRow(name, kind, fields))
        page.parts.append(shown)
    places = _places(page)
    for fault in faults:
        _nearest(places, fault.path, page.faults).append(fault)
    return page


def read(section: Section, document: Document, sent: Fields) -> Document:
    """The document with this section as it was sent."""
    changed = copy.deepcopy(document)
    for part in section.parts:
        if isinstance(part, Leaf):
            _put(changed, part.path, part.read(sent.get(part.path, ())))
            continue
        rows = [
            _row(part, f"{part.path}[{index}]", sent) for index in _indexes(part, sent) if index < part.most
        ]
        _put(changed, part.path, rows or NOTHING)
    return changed


def deed_of(sent: Fields) -> str:
    return (sent.get("do") or ("",))[0]


def done(section: Section, document: Document, deed: str) -> bool:
    """Add, remove or move an item of a list, as a button of the form asks. False for what is no such button."""
    found = _DEED.fullmatch(deed)
    rows = next(
        (part for part in section.parts if isinstance(part, Rows) and found and part.path == found[2]), None
    )
    if found is None or rows is None:
        return False
    items = list(_get(document, rows.path) or [])
    index = int(found[3]) if found[3] else -1
    match found[1]:
        case "add" if len(items) < rows.most and (not rows.kinds or found[4] in rows.kinds):
            items.append({"kind": found[4]} if rows.kinds else {})
        case "remove" if 0 <= index < len(items):
            del items[index]
        case "up" if 0 < index < len(items):
            items[index - 1], items[index] = items[index], items[index - 1]
        case _:
            return False
    _put(document, rows.path, items or NOTHING)
    return True


def _row(rows: Rows, name: str, sent: Fields) -> Document:
    item: Document = {}
    kind = (sent.get(f"{name}.kind") or ("",))[0]
    for leaf in rows.fields:
        if not leaf.only_for or kind in leaf.only_for:
            value = leaf.read(sent.get(f"{name}.{leaf.path}", ()))
            if not (leaf.show == "check" and value is False):
                _put(item, leaf.path, value)
    return item


def _indexes(rows: Rows, sent: Fields) -> Sequence[int]:
    pattern = re.compile(re.escape(rows.path) + r"\[([0-9]{1,3})\]\.")
    return sorted({int(found[1]) for name in sent if (found := pattern.match(name))})


def _written(leaf: Leaf, value: Any, path: str) -> Typed:
    return leaf.write(DEFAULTS.get(path) if value is None else value)


def _get(document: Any, path: str) -> Any:
    here = document
    for name in path.split("."):
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def _put(document: Document, path: str, value: Any) -> None:
    """Set it; what is empty is taken out, and the parts that only held it."""
    name, _, rest = path.partition(".")
    if rest:
        inner = document.get(name)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        _put(inner, rest, value)
        value = inner or NOTHING
    if value == NOTHING and not isinstance(value, bool):
        document.pop(name, None)
    else:
        document[name] = value


def _places(page: Page) -> dict[str, list[Fault]]:
    places: dict[str, list[Fault]] = {}
    for part in page.parts:
        if isinstance(part, Shown):
            places[part.name] = part.faults
            continue
        places[part.rows.path] = part.faults
        for row in part.items:
            places[row.name] = row.faults
            places |= {each.name: each.faults for each in row.fields if each.leaf.show != "hidden"}
    return places


def _nearest(places: Mapping[str, list[Fault]], path: str, otherwise: list[Fault]) -> list[Fault]:
    """Beside the field itself, the field it is part of, or the first field of what is missing altogether."""
    here = path
    within = [name for name in places if name.startswith(f"{path}.")]
    if path and path not in places and within:
        return places[within[0]]
    while here:
        if here in places:
            return places[here]
        here = here[: max(here.rfind("."), here.rfind("["), 0)]
    return otherwise
