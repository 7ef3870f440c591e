"""What can go wrong, as codes. The sentences live in the catalogues, in the reader's language."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be granted, and that the person asking can do something about.

    `code` is `<area>.<name>`; its sentence stands in the catalogue at `<area>.refused.<name>`, filled with `params`.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def text_key(self) -> str:
        """Where the sentence stands in the catalogues."""
        area, _, name = self.code.partition(".")
        return f"{area}.refused.{name}"


class Duplicate(Exception):
    """A request whose idempotency key has been committed before: nothing was written this time."""


class Conflict(Exception):
    """Somebody else wrote first: what was read is out of date. Read again and repeat."""


class ConfigurationFault(Exception):
    """A setting is missing or wrong. The message names it in one sentence, without its value."""
