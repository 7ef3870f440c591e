"""From the fields of a form to what was heard."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from core.dialog.heard import Command, Deed, GoBack, Heard, Picked, Silence, Typed

COMMANDS = ("menu", "my_bookings", "pass", "help")
"""Those that have a button below every question."""
_UNDERSTOOD = frozenset({*COMMANDS, "cancel", "language", "my_data", "account"})
_LONGEST_KEY = 100
"""What goes with `my_data`: the public half of the page's key."""


def hear(form: Mapping[str, str]) -> Heard:
    """One form is one answer. Raises `HTTPBadRequest` for one that no page of ours holds."""
    if "back" in form:
        return GoBack()
    if "command" in form:
        if form["command"] not in _UNDERSTOOD:
            raise web.HTTPBadRequest
        return Command(form["command"], form.get("argument", "")[:_LONGEST_KEY])
    if "deed" in form:
        return Deed(form["deed"][:40], form.get("subject", "")[:40])
    if "pick" in form:
        place = form["pick"]
        if not (place.isascii() and place.isdigit() and len(place) < 4):
            raise web.HTTPBadRequest
        return Picked(form.get("offer", "")[:80], int(place))
    if "answer" in form:
        return Typed(form["answer"]) if form["answer"].strip() else Silence()
    raise web.HTTPBadRequest


def is_for_the_question(heard: Heard) -> bool:
    """Whether it answers the question that the page showed, and no later one (options name their offer)."""
    return isinstance(heard, Typed | Silence | GoBack)
