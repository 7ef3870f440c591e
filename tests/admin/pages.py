"""A browser without pictures: follows redirects, reads forms, and sends them as a person would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType

from aiohttp import ClientSession, CookieJar

Sent = Mapping[str, str | Sequence[str]]


@dataclass
class FormSeen:
    """A form of a page: where it goes and what it would send."""

    action: str
    multipart: bool
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormSeen] = []
        self._area: str | None = None
        self._list = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "form":
            self.forms.append(FormSeen(found.get("action") or "", "enctype" in found))
        elif tag in ("input", "select", "textarea") and name and self.forms:
            self.forms[-1].names.add(name)
            unticked = found.get("type") in ("checkbox", "radio") and "checked" not in found
            if tag == "input" and not unticked:
                self.forms[-1].fields.setdefault(name, []).append(found.get("value") or "")
            elif tag == "select":
                self._list = name
            elif tag == "textarea":
                self._area = name
                self.forms[-1].fields[name] = [""]
        elif tag == "option" and "selected" in found and self.forms:
            self.forms[-1].fields[self._list] = [found.get("value") or ""]

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            before = self.forms[-1].fields[self._area][0]
            self.forms[-1].fields[self._area] = [(before + data).removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


@dataclass
class Seen:
    """An answer, after redirects."""

    status: int
    path: str
    html: str
    headers: Mapping[str, str]

    @property
    def forms(self) -> list[FormSeen]:
        parser = _Forms()
        parser.feed(self.html)
        return parser.forms

    def form(self, action: str) -> FormSeen:
        return next(form for form in self.forms if form.action == action)


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self, address: str, language: str = "en") -> None:
        self.address = address
        self.session = ClientSession(
            address, cookie_jar=CookieJar(unsafe=True), headers={"Accept-Language": language}
        )
        self.last = Seen(0, "", "", {})

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    async def visit(self, path: str) -> Seen:
        async with self.session.get(path) as answer:
            text = await answer.text()
            self.last = Seen(answer.status, answer.url.path, text, answer.headers)
        return self.last

    async def send(self, action: str, **typed: str | Sequence[str]) -> Seen:
        """Fill in the form of the last page that goes to `action`, and send it."""
        seen = self.last.form(action)
        fields = {**seen.fields, **{name: _several(value) for name, value in typed.items()}}
        return await self.post(action, fields)

    async def post(self, path: str, fields: Sent) -> Seen:
        pairs = [(name, one) for name, value in fields.items() for one in _several(value)]
        async with self.session.post(path, data=pairs) as answer:
            text = await answer.text()
            self.last = Seen(answer.status, answer.url.path, text, answer.headers)
        return self.last

    def cookie(self, name: str = "panel") -> str:
        return next((one.value for one in self.session.cookie_jar if one.key == name), "")

    def set_cookie(self, value: str, name: str = "panel") -> None:
        from yarl import URL

        self.session.cookie_jar.update_cookies({name: value}, URL(self.address))


def _several(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
