"""A citizen's browser without JavaScript: keeps cookies, reads forms off the page, and posts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType

from aiohttp import ClientResponse, ClientSession, CookieJar


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """(name, value, label)"""


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._button: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "button" and self.forms and given.get("type") != "button":
            self._button = (given.get("name", ""), given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._button and data.strip():
            self.forms[-1].buttons.append((*self._button, data.strip()))
            self._button = None


class Citizen:
    """Walks through pages by their forms alone."""

    def __init__(self, address: str, language: str = "el") -> None:
        self.address = address
        self.html = ""
        self.last: ClientResponse | None = None
        self._language = language

    async def __aenter__(self) -> Citizen:
        headers = {"Accept-Language": self._language}
        self.client = ClientSession(self.address, cookie_jar=CookieJar(unsafe=True), headers=headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.close()

    async def visit(self, path: str) -> None:
        async with self.client.get(path) as answer:
            self.last, self.html = answer, await answer.text()

    def form(self, button: str) -> tuple[Form, str, str]:
        """The form that holds a button of that label, and the button's name and value."""
        reader = _Forms()
        reader.feed(self.html)
        for form in reader.forms:
            for name, value, label in form.buttons:
                if label == button:
                    return form, name, value
        raise AssertionError(f"no button {button}")

    async def press(self, button: str, **changes: str) -> None:
        form, name, value = self.form(button)
        fields = {**form.fields, **changes}
        if name:
            fields[name] = value
        await self.post(form.action, fields)

    async def write(self, answer: str, **changes: str) -> None:
        button = "Αποστολή" if self._language == "el" else "Send"
        await self.press(button, answer=answer, **changes)

    async def post(self, path: str, fields: dict[str, str]) -> None:
        async with self.client.post(path, data=fields) as answer:
            self.last, self.html = answer, await answer.text()
