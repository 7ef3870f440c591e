"""A page as a browser without JavaScript has it: its words, and its forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_BLOCKS = frozenset({"p", "div", "li", "h1", "h2", "tr", "button", "section", "summary", "caption", "label"})


@dataclass
class Form:
    action: str
    kind: str
    """Its class."""
    fields: dict[str, str] = field(default_factory=dict)
    """What is sent whichever button is pressed."""
    buttons: list[Button] = field(default_factory=list)


@dataclass
class Button:
    form: Form
    name: str
    value: str
    place: str
    """`choice` (an answer to the question), `deed`, or the class of its form."""
    label: str = ""

    @property
    def sent(self) -> dict[str, str]:
        return {**self.form.fields, **({self.name: self.value} if self.name else {})}


class Page(HTMLParser):
    """`latest`: the words of what the city said last; `links`: addresses of the page's links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.language = ""
        self._button: Button | None = None
        self._open: list[tuple[str, str, str]] = []
        self._latest: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"unclosed: {self._open}"

    @property
    def latest(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._latest).split("\n"))
        return "\n".join(line for line in lines if line)

    @property
    def buttons(self) -> list[Button]:
        """Answers to the question first, then deeds, the newest first, then all others."""
        found = [button for form in self.forms for button in form.buttons]
        choices = [button for button in found if button.place == "choice"]
        deeds = [button for button in reversed(found) if button.place == "deed"]
        return choices + deeds + [each for each in found if each.place not in ("choice", "deed")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _EMPTY:
            self._open.append((tag, given.get("id", ""), given.get("class", "")))
        match tag:
            case "html":
                self.language = given["lang"]
            case "a":
                self.links.append(given.get("href", ""))
            case "img":
                self.images.append(given["src"])
            case "form":
                assert given["method"] == "post"
                self.forms.append(Form(given["action"], given.get("class", "")))
            case "input":
                self.forms[-1].fields[given["name"]] = given.get("value", "")
            case "button" if given.get("type") != "button":  # such a one does nothing without a script
                self._button = Button(
                    self.forms[-1], given.get("name", ""), given.get("value", ""), self._place()
                )
                self.forms[-1].buttons.append(self._button)
        if tag in _BLOCKS or tag == "br":
            self._latest.append("\n")

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1][0] == tag, (tag, self._open)
        self._open.pop()
        if tag == "button":
            self._button = None
        if tag in _BLOCKS:
            self._latest.append("\n")

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.label = " ".join(f"{self._button.label} {data}".split())
        elif any(name == "latest" for _, name, _ in self._open):
            self._latest.append(data)

    def _place(self) -> str:
        classes = {name for _, _, kinds in self._open for name in kinds.split()}
        if "choices" in classes:
            return "choice"
        return "deed" if "deeds" in classes else self.forms[-1].kind
