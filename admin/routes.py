"""Routes name the permission they need; one that names none is not reachable at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp import web

from core.people.staff_roles import Permission

if TYPE_CHECKING:
    from admin.visit import Visit


class Open(Enum):
    """What else than a permission a route may name."""

    TO_MACHINES = auto()
    """Health, metrics, static parts: no session is looked for."""
    TO_ANYONE = auto()
    """Pages before signing in. Forms are protected all the same."""
    BETWEEN_FACTORS = auto()
    """The password was right, the second factor is missing."""


Needs = Permission | Open
Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]
NEEDS: web.AppKey[dict[web.AbstractRoute, Needs]] = web.AppKey("needs", dict)


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation and a card of the home page, for those who have the permission.

    Its words are at `<words>.nav` and `<words>.about`; entries stand in the order of the page modules.
    """

    path: str
    needs: Permission
    words: str


@dataclass(frozen=True)
class _Route:
    method: str
    path: str
    needs: Needs
    handler: Handler
    json: bool


class Routes:
    """The routes of a page module, by decorators like aiohttp's own, with `needs` beside the path.

    `json=True`: the body is a JSON object (`visit.json`) sent by a script with the header `X-CSRF-Token`.
    """

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries
        self._routes: list[_Route] = []

    def get(self, path: str, *, needs: Needs) -> Callable[[Handler], Handler]:
        return self._add("GET", path, needs, False)

    def post(self, path: str, *, needs: Needs, json: bool = False) -> Callable[[Handler], Handler]:
        return self._add("POST", path, needs, json)

    def _add(self, method: str, path: str, needs: Needs, json: bool) -> Callable[[Handler], Handler]:
        def added(handler: Handler) -> Handler:
            self._routes.append(_Route(method, path, needs, handler, json))
            return handler

        return added

    def attach(self, application: web.Application) -> None:
        from admin.visit import receive

        for route in self._routes:
            made = application.router.add_route(
                route.method, route.path, receive(route.handler, route.needs, route.json)
            )
            application[NEEDS][made] = route.needs


def open_to_machines(application: web.Application, routes: Iterable[web.AbstractRoute]) -> None:
    """Declare routes that were added without `Routes`."""
    for route in routes:
        application[NEEDS].setdefault(route, Open.TO_MACHINES)
