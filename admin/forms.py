"""Forms: declared once, read whole, shown again with what was typed and every fault beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from admin.fields import Field, Wrong
from core.dialog.words import Text, Words
from core.errors import Refused
from edge.bodies import Fields

T = TypeVar("T")


class Form:
    """Some fields, and where their words stand: `Form("staff.invite", LOGIN, ROLES)` has the label of LOGIN at
    `staff.invite.login.label`, an optional hint at `.hint`.
    """

    def __init__(self, words: str, *fields: Field[Any]) -> None:
        self.words = words
        self.fields: Mapping[str, Field[Any]] = {field.name: field for field in fields}

    def empty(self, **values: object) -> Filled:
        """The form before anybody typed; `values` stand in it."""
        typed = {name: self.fields[name].write(value) for name, value in values.items()}
        return Filled(self, typed, {}, {})

    def read(self, sent: Fields) -> Filled:
        """What was sent, judged whole: all faults at once."""
        typed = {name: sent.get(name, ()) for name in self.fields}
        values: dict[str, Any] = {}
        faults: dict[str, Words] = {}
        for name, field in self.fields.items():
            try:
                values[name] = field.read(typed[name])
            except Wrong as wrong:
                faults[name] = wrong.words
        return Filled(self, typed, values, faults)


class Filled:
    """A form as somebody filled it in. `filled[FIELD]` is the value, in the field's own type."""

    def __init__(
        self,
        form: Form,
        typed: Mapping[str, tuple[str, ...]],
        values: Mapping[str, Any],
        faults: dict[str, Words],
    ) -> None:
        self.form = form
        self.typed = typed
        self.faults = faults
        """By field; a fault of the form as a whole stands at ""."""
        self._values = values

    def __getitem__(self, field: Field[T]) -> T:
        value: T = self._values[field.name]
        return value

    @property
    def is_right(self) -> bool:
        return not self.faults

    def blame(self, fault: Refused | Words, field: Field[Any] | None = None) -> Filled:
        """Put a fault beside a field, or above the form; returns itself."""
        words = Text(fault.text_key, fault.params) if isinstance(fault, Refused) else fault
        self.faults.setdefault(field.name if field else "", words)
        return self
