"""The key files, and who may read them.

One file per key, its bytes in base64 on one line, mode 0600. A process is handed a folder that holds only
the keys of its own (`design.md`, 2) and loads them by name; what it does not load it does not have.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.adapters.sealing import new_opening_key, sealing_key_of
from core.errors import ConfigurationFault

SEALING, OPENING = "sealing.pub", "opening.key"
LOOKUP, ORIGIN, CONVERSATION = "lookup.key", "origin.key", "conversation.key"
PASS_SIGNING, PASS_VERIFYING = "pass_signing.key", "pass_verifying.pub"
PANEL = "panel.key"

_SIZES = {
    SEALING: 1184 + 32,
    OPENING: 64 + 32,
    LOOKUP: 32,
    ORIGIN: 32,
    CONVERSATION: 32,
    PASS_SIGNING: 32,
    PASS_VERIFYING: 32,
    PANEL: 32,
}


class KeyFolder:
    """The keys in one folder (`KEYS_DIR`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes:
        """The raw bytes of one key. Raises `ConfigurationFault` where it is missing, damaged, or open to
        others.
        """
        path = self._folder / name
        try:
            mode = path.stat().st_mode
            written = path.read_bytes()
        except FileNotFoundError:
            raise ConfigurationFault(f"KEYS_DIR: {name} is missing; `paso keys make` makes it.") from None
        except OSError as fault:
            raise ConfigurationFault(f"KEYS_DIR: {name} cannot be read: {fault.strerror}.") from None
        if mode & 0o077:
            raise ConfigurationFault(f"KEYS_DIR: {name} is open to other users; `chmod 600` closes it.")
        try:
            key = base64.b64decode(written.strip(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != _SIZES[name]:
            raise ConfigurationFault(f"KEYS_DIR: {name} is damaged.")
        return key


def make_keys(folder: Path) -> list[str]:
    """Make the keys that are not there yet, and return their names. No file is ever overwritten.

    Raises `ConfigurationFault` where the public half of a pair is there without its private half: a new
    pair would make everything sealed or signed so far worthless.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name in (LOOKUP, ORIGIN, CONVERSATION, PANEL) if _make(folder, name, os.urandom(32))]
    made += _make_pair(folder, OPENING, SEALING, new_opening_key, sealing_key_of)
    made += _make_pair(folder, PASS_SIGNING, PASS_VERIFYING, lambda: os.urandom(32), _verifying_key_of)
    return made


def present(folder: Path) -> Mapping[str, bool]:
    """Which of the keys are in the folder."""
    return {name: (folder / name).exists() for name in _SIZES}


def _make_pair(
    folder: Path, private: str, public: str, new: Callable[[], bytes], public_of: Callable[[bytes], bytes]
) -> list[str]:
    if (folder / public).exists() and not (folder / private).exists():
        raise ConfigurationFault(
            f"KEYS_DIR: {public} is there without {private}; restore it or move both away."
        )
    made = [private] if _make(folder, private, new()) else []
    if _make(folder, public, public_of(KeyFolder(folder).load(private))):
        made.append(public)
    return made


def _make(folder: Path, name: str, key: bytes) -> bool:
    """Write a key whole or not at all: a link fails where the name is taken, and never shows half a file."""
    if (folder / name).exists():
        return False
    draft = folder / f".{name}.{os.getpid()}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, folder / name)
            return True
        return False
    finally:
        draft.unlink()


def _verifying_key_of(signing_key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()
