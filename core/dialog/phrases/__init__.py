"""Free text beside the buttons: what a person typed, understood or asked back, never guessed."""

from core.dialog.phrases.labels import matches_label
from core.dialog.phrases.letters import digits_only, normalise, sounds
from core.dialog.phrases.reading import Phrase, understand
from core.dialog.phrases.words import AROUND_A_WISH

__all__ = ["AROUND_A_WISH", "Phrase", "digits_only", "matches_label", "normalise", "sounds", "understand"]
