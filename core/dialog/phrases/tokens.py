"""A phrase cut into tokens, each of a kind the grammar uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.dialog.phrases.letters import normalise
from core.dialog.phrases.words import LONGEST_FORM, look_up


class Unclear(Exception):
    """The phrase, or a part of it, is not understood or has several meanings: ask back."""


@dataclass(frozen=True)
class Token:
    """One thing said.

    `kind` is a word's (words.py) or a figure's: number, ordinal, clock (`19:30`), date (day, month and
    perhaps year), dotted (`8.12`, an hour or a date), year. `value` is the word's, or the figure's only
    number; `parts` are a figure's several numbers. `text` is what stood there, normalised.
    """

    kind: str
    text: str
    value: int | str | tuple[int, int] = 0
    parts: tuple[int, ...] = ()

    @property
    def number(self) -> int:
        """The value of a token whose kind has numbers for values."""
        if not isinstance(self.value, int):
            raise Unclear
        return self.value

    @property
    def in_words(self) -> bool:
        """Whether a number was written as a word: only then may "one" be an article."""
        return not any(c.isdigit() for c in self.text)


_COMMANDS = {
    "?": "help",
    "*": "repeat",
    "/back": "back",
    "/bookings": "my_bookings",
    "/cancel": "cancel",
    "/help": "help",
    "/lang": "language",
    "/language": "language",
    "/menu": "menu",
    "/my_bookings": "my_bookings",
    "/pass": "pass",
    "/repeat": "repeat",
    "/report": "report",
    "/start": "menu",
}
_AFTER_COMMAND = re.compile(r"@\w+$")  # Telegram names the bot in groups: /help@PasoBot

_APOSTROPHES = re.compile(r"(?<=[^\W\d_])['’`´](?=[^\W\d_])")
_HALF_DAY = re.compile(r"(?<![^\W\d_])([πμap])\.\s?([μm])\b\.?")  # π.μ., p.m.
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_END = r"(?![\d]|[:/.,\-]\d|\s?⁄)"
_FIGURE = re.compile(
    rf"(?P<iso>\d{{4}})-(?P<iso_month>\d{{1,2}})-(?P<iso_day>\d{{1,2}}){_END}"
    rf"|(?P<day>\d{{1,2}})(?P<mark>[/.\-])(?P<month>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_END}"
    rf"|(?P<short_day>\d{{1,2}})/(?P<short_month>\d{{1,2}}){_END}"
    rf"|(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}}){_END}"
    rf"|(?P<first>\d{{1,2}})\.(?P<second>\d{{2}}){_END}"
    rf"|(?P<ordinal>\d{{1,2}})(?:ησ?|οσ?|ου|st|nd|rd|th)\b"
    rf"|(?P<number>(?<![^\s(])-\d{{1,6}}|\d{{1,6}}){_END}"
)
_RUN = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_IGNORED = frozenset(".,!;·«»\"“”„'’():? ")
_CENTURY = 2000
_YEARS = range(_CENTURY, _CENTURY + 100)


def tokens_of(text: str) -> list[Token]:
    """The tokens of a phrase, without words that carry nothing. Raises Unclear at the first thing unknown."""
    plain = normalise(text)
    command = _COMMANDS.get(_AFTER_COMMAND.sub("", plain))
    if command:
        return [Token("command", plain, command)]
    plain = _HYPHENATED.sub(" ", _APOSTROPHES.sub("", _HALF_DAY.sub(r"\1\2 ", plain)))
    found = _joined(_meant(_cut(plain)))
    if any(token.kind == "month" for token in found):
        found = [_year(token) for token in found]
    return [token for token in found if token.kind not in {"glue", "greeting"}]


def _cut(plain: str) -> list[Token]:
    """Figures, and words not yet looked up."""
    pieces: list[Token] = []
    at = 0
    while at < len(plain):
        if plain[at] in _IGNORED:
            at += 1
            continue
        figure = _FIGURE.match(plain, at)
        run = _RUN.match(plain, at)
        if run and _is_word(run.group()):
            pieces.append(Token("word", run.group()))
            at = run.end()
        elif figure:
            pieces.append(_figure(figure))
            at = figure.end()
        elif letters := _LETTERS.match(plain, at):
            pieces.append(Token("word", letters.group()))
            at = letters.end()
        else:
            pieces.append(Token("word", plain[at]))
            at += 1
    return pieces


def _is_word(run: str) -> bool:
    """Whether letters and figures run together are one word (`8elw`) and not several (`avrio8pm`)."""
    return not run.isdecimal() and any(c.isdigit() for c in run) and look_up([run]) is not None


def _figure(match: re.Match[str]) -> Token:
    text = match.group()
    said = {name: int(figures) for name, figures in match.groupdict().items() if figures and name != "mark"}
    if "iso" in said:
        return Token("date", text, parts=(said["iso_day"], said["iso_month"], said["iso"]))
    if "year" in said:
        year = said["year"] + (_CENTURY if len(match["year"]) == 2 else 0)
        return Token("date", text, parts=(said["day"], said["month"], year))
    if "short_day" in said:
        return Token("date", text, parts=(said["short_day"], said["short_month"]))
    if "hour" in said:
        return Token("clock", text, parts=(said["hour"], said["minute"]))
    if "first" in said:
        return Token("dotted", text, parts=(said["first"], said["second"]))
    if "ordinal" in said:
        return Token("ordinal", text, said["ordinal"])
    return Token("number", text, said["number"])


def _meant(pieces: list[Token]) -> list[Token]:
    """Words looked up, the longest known form first. A form may hold figures: «στη 1»."""
    found: list[Token] = []
    at = 0
    while at < len(pieces):
        for length in range(min(LONGEST_FORM, len(pieces) - at), 0, -1):
            texts = [piece.text for piece in pieces[at : at + length]]
            if length == 1 and pieces[at].kind != "word":
                found.append(pieces[at])
                break
            meaning = look_up(texts)
            if meaning:
                found.append(Token(meaning.kind, " ".join(texts), meaning.value))
                break
        else:
            raise Unclear
        at += length
    return found


def _joined(tokens: list[Token]) -> list[Token]:
    """Written numbers of two words, and negative ones, made one: «είκοσι δύο», «μείον ένα»."""
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if token.kind == "number" and before is not None:
            if before.kind == "below":
                joined[-1] = Token("number", f"{before.text} {token.text}", -token.number)
                continue
            if before.kind == "number" and _makes_one(before, token):
                joined[-1] = Token("number", f"{before.text} {token.text}", before.number + token.number)
                continue
        joined.append(token)
    return joined


def _makes_one(tens: Token, units: Token) -> bool:
    return (
        tens.in_words
        and units.in_words
        and 20 <= tens.number <= 90
        and tens.number % 10 == 0
        and 1 <= units.number <= 9
    )


def _year(token: Token) -> Token:
    if token.kind == "number" and token.number in _YEARS:
        return Token("year", token.text, token.number)
    return token
