"""Which of the offered options a person typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from core.dialog.phrases.letters import normalise, sounds
from core.dialog.phrases.words import look_up

_WORD = re.compile(r"[^\W_]+(?:[:/.][^\W_]+)*")
_LONGEST = 300
_SHORTEST_BEGINNING = 3  # "no" must not choose the north court
# Words that say too little to choose by, unless they are the whole label.
_SLIGHT = frozenset(
    {"glue", "at", "on", "for", "in", "with", "and", "or", "yes", "no", "command", "greeting", "this"}
)

Test = Callable[[list[str], list[str]], bool]


def matches_label(text: str, labels: Sequence[str]) -> int | None:
    """The index of the label that `text` names: all of it (Greeklish too), its beginning, or words in a row.

    The first of these tests that any label passes decides; None when it does not decide for one, or none
    passes. Lone numbers choose only a label that is this number: "2" may be a lane, or the places left.
    """
    if len(text) > _LONGEST:
        return None
    typed = _words(text)
    offered = [_words(label) for label in labels]
    if not typed:
        return None
    tests: tuple[Test, ...] = (_equal, _sounds_equal)
    if not _says_little(typed):
        tests += (_begins, _contains)
    for test in tests:
        passed = [index for index, label in enumerate(offered) if test(typed, label)]
        if passed:
            return passed[0] if len(passed) == 1 else None
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text))


def _says_little(typed: list[str]) -> bool:
    meanings = [look_up([word]) for word in typed]
    slight = all(meaning is not None and meaning.kind in _SLIGHT for meaning in meanings)
    return slight or all(word.isdecimal() for word in typed)


def _equal(typed: list[str], label: list[str]) -> bool:
    return typed == label


def _sounds_equal(typed: list[str], label: list[str]) -> bool:
    return len(typed) == len(label) and all(map(_same, typed, label))


def _begins(typed: list[str], label: list[str]) -> bool:
    *whole, last = typed
    if len(label) < len(typed) or not all(map(_same, whole, label)):
        return False
    return _same(last, label[len(whole)]) or _beginning(last, label[len(whole)])


def _contains(typed: list[str], label: list[str]) -> bool:
    starts = range(len(label) - len(typed) + 1)
    return any(_sounds_equal(typed, label[start : start + len(typed)]) for start in starts)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if any(c.isdigit() for c in one + other):
        return False
    return bool(sounds(one) & sounds(other))


def _beginning(start: str, word: str) -> bool:
    if len(start) < _SHORTEST_BEGINNING or any(c.isdigit() for c in start):
        return False
    if word.startswith(start):
        return True
    return any(whole.startswith(begun) for begun in sounds(start) for whole in sounds(word))
