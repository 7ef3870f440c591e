"""Questions and deeds as buttons (https://core.telegram.org/bots/api#inlinekeyboardmarkup).

Callback data: `o:<offer>:<place>` an answer, `b:<offer>` one question back, `p:<offer>:<page>` more options,
`d:<deed>:<subject>` a deed. `bot/hear.py` reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from core.dialog.said import Ask, DeedButton, Option
from core.messages.texts import Texts

_MOST_ON_ONE_PAGE = 90
"""Telegram takes 100 buttons; the way back needs some."""
_PAGE = 60
_LONGEST = 60
_FITS_BESIDE = {2: 22, 3: 14, 4: 10, 5: 8}
"""Buttons in a row -> characters that a small phone shows of each."""


def question_keyboard(ask: Ask, texts: Texts, language: str, page: int = 0) -> InlineKeyboardMarkup | None:
    """The options, ways to other pages where there are too many, and back. None without any button."""
    options = ask.options
    first, last = 0, len(options)
    if last > _MOST_ON_ONE_PAGE:
        page = min(page, (last - 1) // _PAGE)
        first, last = page * _PAGE, min(last, (page + 1) * _PAGE)
    labels = [_label(option, texts, language) for option in options[first:last]]
    buttons = [
        InlineKeyboardButton(label, callback_data=f"o:{ask.offer}:{place}")
        for place, label in enumerate(labels, first)
    ]
    columns = _columns(ask.columns, labels)
    rows = [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
    turning = []
    if first:
        turning.append(_button(texts.say("telegram.earlier", language), f"p:{ask.offer}:{page - 1}"))
    if last < len(options):
        turning.append(_button(texts.say("telegram.later", language), f"p:{ask.offer}:{page + 1}"))
    if turning:
        rows.append(turning)
    if ask.can_go_back:
        rows.append([_button(texts.say("telegram.back", language), f"b:{ask.offer}")])
    return InlineKeyboardMarkup(rows) if rows else None


def deed_keyboard(deeds: Sequence[DeedButton], texts: Texts, language: str) -> InlineKeyboardMarkup | None:
    if not deeds:
        return None
    labels = [texts.say(deed.label, language) for deed in deeds]
    buttons = [
        _button(_trimmed(label), f"d:{deed.name}:{deed.subject}")
        for label, deed in zip(labels, deeds, strict=True)
    ]
    columns = _columns(2, labels)
    return InlineKeyboardMarkup(
        [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
    )


def wants_contact(ask: Ask) -> bool:
    """Whether the question is shown with the keyboard that shares one's own number."""
    return ask.hint.kind == "phone" and not ask.options


def contact_keyboard(ask: Ask, texts: Texts, language: str) -> ReplyKeyboardMarkup:
    rows = [[KeyboardButton(texts.say("telegram.share_number", language), request_contact=True)]]
    if ask.can_go_back:
        rows.append([KeyboardButton(texts.say("telegram.back", language))])
    return ReplyKeyboardMarkup(
        rows,
        resize_keyboard=True,
        one_time_keyboard=True,
        input_field_placeholder=texts.say("telegram.type_number", language),
    )


def _label(option: Option, texts: Texts, language: str) -> str:
    label = texts.say(option.label, language)
    if option.note is not None:
        label = f"{label} · {texts.say(option.note, language)}"
    return _trimmed(label)


def _trimmed(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1].rstrip() + "…"


def _columns(wanted: int, labels: Sequence[str]) -> int:
    """As many as wanted, or fewer where the labels would be cut off."""
    longest = max((len(label) for label in labels), default=0)
    for columns in range(min(wanted, max(_FITS_BESIDE)), 1, -1):
        if longest <= _FITS_BESIDE[columns]:
            return columns
    return 1


def _button(label: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=data)
