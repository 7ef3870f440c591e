from __future__ import annotations

from zoneinfo import ZoneInfo

from core.errors import Refused
from core.messages.texts import Texts


def sentence(refused: Refused, language: str = "el") -> str:
    """What the person reads. A missing text or parameter raises."""
    return Texts(ZoneInfo("Europe/Athens")).say(refused.text_key, language, **refused.params)
