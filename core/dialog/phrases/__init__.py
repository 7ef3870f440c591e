"""Free text beside the buttons: what a person typed, understood or asked back, never guessed."""

from core.dialog.phrases.labels import matches_label
from core.dialog.phrases.letters import digits_only, normalise
from core.dialog.phrases.reading import Phrase, understand

__all__ = ["Phrase", "digits_only", "matches_label", "normalise", "understand"]
