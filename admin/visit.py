"""One request to the panel: who asks, in which language, what they sent, and how they are answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp_jinja2
from aiohttp import web
from aiohttp.typedefs import Handler as HttpHandler

from admin.routes import Entry, Handler, Needs, Open
from admin.side import LANGUAGE_COOKIE, SIDE, THEME_COOKIE, THEMES
from core.db import audit
from core.db.work import Work
from core.dialog.words import Words
from core.errors import Duplicate
from core.people.staff_roles import Permission
from core.people.staff_sessions import FULL, HALF, SignedIn, new_token
from edge.bodies import Fields, read_fields

if TYPE_CHECKING:
    from core.bootstrap.staff import StaffSide

ENTRIES: web.AppKey[tuple[Entry, ...]] = web.AppKey("entries", tuple)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_DONE = re.compile(r"([a-z_]{1,20})\.([a-z_]{1,40})", re.ASCII)
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~-]{0,200}", re.ASCII)
_LONGEST_COOKIE_AGE = 365 * 86400


class Visit:
    """What a page's handler is given. Everything it answers is made here: `page`, `go`, `commit`."""

    def __init__(self, request: web.Request, token: str, who: SignedIn | None) -> None:
        self.request = request
        self.side: StaffSide = request.config_dict[SIDE]
        self.fields: Fields = {}
        """What the form sent (`Form.read(visit.fields)`)."""
        self.json: Mapping[str, Any] = {}
        """What a script sent, on routes with `json=True`."""
        self.seen = who
        """The person, where there is one; half signed in counts too."""
        self._token = token
        self._set_token: str | None = None
        self.language = _language_of(request)

    # -- who asks

    @property
    def who(self) -> SignedIn:
        """The person. Only on routes that need a permission, or stand between the factors."""
        assert self.seen is not None
        return self.seen

    @property
    def is_signed_in(self) -> bool:
        return self.seen is not None and self.seen.stage == FULL

    def may(self, permission: Permission) -> bool:
        return self.seen is not None and permission in self.seen.permissions

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the address (`/staff/{id}`)."""
        return self.request.match_info

    def number(self, name: str) -> int:
        """A part of the address that is a row's id. Raises `HTTPNotFound` for anything else."""
        value = self.path[name]
        if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) < 2**63):
            raise web.HTTPNotFound
        return int(value)

    # -- words

    def t(self, key: str | Words, **params: object) -> str:
        """A sentence of the catalogues, by its whole key, in the reader's language."""
        return self.side.texts.say(key, self.language, **params)

    def has(self, key: str) -> bool:
        return self.side.texts.has(key, self.language)

    # -- writing

    def work(self) -> Work:
        """A unit of work that this form can do once, however often it is sent."""
        nonce = (self.fields.get("once") or (str(self.json.get("once", "")),))[0]
        if not _NONCE.fullmatch(nonce):
            raise web.HTTPBadRequest
        bound = hmac.new(self._token.encode(), nonce.encode(), hashlib.sha256).hexdigest()
        return Work(once=f"panel:{bound}")

    async def commit(self, work: Work, action: str, **facts: str | int | bool) -> bool:
        """Write it, with its entry in the audit log (facts: ids, codes and counts; never personal data).

        False when the same form had been sent before: nothing was written this time. Raises `Refused`.
        """
        audit.append(work, at=self.side.clock.now(), actor=self.who.actor, action=action, facts=facts)
        try:
            await self.side.writer.commit(work)
        except Duplicate:
            return False
        return True

    # -- answering

    @property
    def csrf(self) -> str:
        """What a form must bring along; it does not tell the session's id."""
        return _csrf_of(self._token)

    def nonce(self) -> str:
        return new_token(self.side.codes)

    def page(self, template: str, *, status: int = 200, **facts: Any) -> web.Response:
        """Render a template with `t`, `visit` and these facts."""
        if not self._token:
            self.leave_session()
        settings = self.side.settings
        theme = self.request.cookies.get(THEME_COOKIE, "")
        common = {
            "t": self.t,
            "visit": self,
            "language": self.language,
            "languages": self.side.texts.languages,
            "town": settings.municipality_el if self.language == "el" else settings.municipality_en,
            "theme": theme if theme in THEMES else THEMES[0],
            "themes": THEMES,
            "here": self.request.path,
            "entries": self.entries,
            "done": self._said("done"),
            "undone": self._said("undone"),
        }
        response = aiohttp_jinja2.render_template(template, self.request, {**common, **facts}, status=status)
        return self._dressed(response)

    def go(self, path: str, *, done: str = "") -> web.Response:
        """Lead on (303). `done` = `<area>.<name>`: the next page says `<area>.done.<name>` at its top, or, where it was
        not done, `<area>.undone.<name>`."""
        location = f"{path}{'&' if '?' in path else '?'}{urlencode({'done': done})}" if done else path
        return self._dressed(web.Response(status=303, headers={"Location": location}))

    @property
    def entries(self) -> list[Entry]:
        """The pages that this person may open."""
        return [entry for entry in self.request.config_dict[ENTRIES] if self.may(entry.needs)]

    # -- what only signing in and out need

    @property
    def token(self) -> str:
        return self._token

    def take_session(self, token: str) -> None:
        """Answer with a new session id."""
        self._token = self._set_token = token

    def leave_session(self) -> None:
        """Answer with an id that is nobody's."""
        self.take_session(new_token(self.side.codes))

    def _dressed(self, response: web.Response) -> web.Response:
        if self._set_token is not None:
            secure = is_https(self.request)
            response.set_cookie(
                cookie_name(self.request),
                self._set_token,
                path="/",
                httponly=True,
                samesite="Lax",
                secure=secure,
            )
        return response

    def _said(self, how: str) -> str:
        named = _DONE.fullmatch(self.request.query.get("done", ""))
        key = f"{named[1]}.{how}.{named[2]}" if named else ""
        return self.t(key) if key and self.has(key) else ""


def receive(handler: Handler, needs: Needs, takes_json: bool) -> HttpHandler:
    """The door of every page: who asks, whether they may, and whether the form came from a page of ours."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visit = request[VISIT] = await visit_of(request)
        side, who = visit.side, visit.seen
        if request.method == "POST":
            await _take_body(visit, takes_json)
        if (elsewhere := _sent_elsewhere(visit, needs)) is not None:
            return elsewhere
        if who is not None and who.stage == FULL and side.sessions.is_due(who):
            work = Work()
            side.sessions.note(work, who)
            await side.writer.commit(work)
        return await handler(visit)

    return handle


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


async def visit_of(request: web.Request) -> Visit:
    """The visit, with the person whose session the browser names, if any."""
    visit = stranger(request)
    if visit.token:
        visit.seen = await visit.side.sessions.find(visit.token)
    return visit


def stranger(request: web.Request) -> Visit:
    """The visit of somebody who was not looked up."""
    sent = request.cookies.get(cookie_name(request), "")
    return Visit(request, sent if _TOKEN.fullmatch(sent) else "", None)


def _sent_elsewhere(visit: Visit, needs: Needs) -> web.Response | None:
    """Where somebody goes who may not be here: to sign in, or away (`HTTPForbidden`)."""
    who = visit.seen
    if isinstance(needs, Permission):
        if who is None:
            back = visit.request.path if visit.request.method == "GET" else "/"
            return visit.go("/in" if back == "/" else f"/in?{urlencode({'to': back})}")
        if who.stage == HALF:
            return visit.go("/in/code")
        if not visit.may(needs):
            raise web.HTTPForbidden
    elif needs is Open.BETWEEN_FACTORS and (who is None or who.stage != HALF):
        return visit.go("/" if who else "/in")
    return None


async def _take_body(visit: Visit, takes_json: bool) -> None:
    """Read what was sent, and refuse what did not come from a page of ours (OWASP: synchroniser token)."""
    request = visit.request
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise web.HTTPForbidden
    if takes_json:
        _check_proof(visit, request.headers.get("X-CSRF-Token", ""))
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            found = json.loads(await request.read())
        except (ValueError, RecursionError):
            raise web.HTTPBadRequest from None
        if not isinstance(found, dict):
            raise web.HTTPBadRequest
        visit.json = found
    else:
        visit.fields = await read_fields(request)
        _check_proof(visit, visit.fields.get("csrf", ("",))[0])


def _check_proof(visit: Visit, proof: str) -> None:
    sent = proof.encode(errors="surrogateescape")
    if not visit.token or not hmac.compare_digest(visit.csrf.encode(), sent):
        raise web.HTTPForbidden


def own_path(wanted: str) -> str:
    """A path of the panel, to lead on to; anything else becomes the home page."""
    return wanted if _PATH.fullmatch(wanted) else "/"


def cookie_name(request: web.Request) -> str:
    # The prefix makes browsers refuse a cookie that a neighbouring host planted (RFC 6265bis, 4.1.3.2).
    return "__Host-panel" if is_https(request) else "panel"


def is_https(request: web.Request) -> bool:
    return request.config_dict[SIDE].settings.admin_url.startswith("https://")


def keep_choice(response: web.StreamResponse, name: str, value: str) -> None:
    """Remember how somebody wants the pages: a cookie for a year."""
    response.set_cookie(name, value, path="/", max_age=_LONGEST_COOKIE_AGE, httponly=True, samesite="Lax")


def _csrf_of(token: str) -> str:
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _language_of(request: web.Request) -> str:
    """What they chose here, else what their browser prefers."""
    texts = request.config_dict[SIDE].texts
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in texts.languages:
        return chosen
    for tag in request.headers.get("Accept-Language", "")[:200].split(","):
        base = tag.split(";")[0].strip().split("-")[0].lower()
        if base in texts.languages:
            return base
    return texts.choose(None)
