"""The key files, and who may read them.

One file per key, mode 0600: a line for each generation, the newest first, with its bytes in base64 and the time it
was made. A process is handed a folder that holds only the keys of its own (`design.md`, 2) and loads them by name;
what it does not load it does not have. It looks at the file again whenever it uses a key, so that a rotation
(`core.adapters.rotation`) needs no restart.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
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
NAMES = tuple(_SIZES)
_LOST = "lost"


@dataclass(frozen=True)
class Generation:
    """One key of a file."""

    key: bytes
    """Empty where it is known to have existed and is lost (only ever a look-up key)."""
    made_at: datetime | None
    """UTC, in whole seconds; None for a key that was made before generations were dated."""

    @property
    def is_lost(self) -> bool:
        return not self.key


class KeyFile:
    """The generations in one file, as they are now. Called, it gives their keys, the newest first; the same
    tuple until the file was replaced.

    Raises `ConfigurationFault` where it is missing, damaged, or open to others when it is first read. Later
    what was read last stays in use: whoever replaces a file does it at once or not at all.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = _mark(path)
        self._keys = self._read()

    def __call__(self) -> Sequence[bytes]:
        with suppress(ConfigurationFault):
            mark = _mark(self._path)
            if mark != self._mark:
                self._keys, self._mark = self._read(), mark
        return self._keys

    def _read(self) -> tuple[bytes, ...]:
        return tuple(generation.key for generation in read_generations(self._path))


class KeyFolder:
    """The keys in one folder (`KEYS_DIR`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes:
        """The raw bytes of one key, its newest generation. Raises `ConfigurationFault` where it is missing,
        damaged, or open to others.
        """
        return read_generations(self._folder / name)[0].key

    def file(self, name: str) -> KeyFile:
        """All generations of one key, now and later. Raises as `load`."""
        return KeyFile(self._folder / name)


def read_generations(path: Path) -> list[Generation]:
    """What a key file holds, the newest first; never empty. Raises `ConfigurationFault` as `KeyFolder.load`."""
    name = path.name
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
        found = [_parsed(line) for line in written.decode("ascii").splitlines()]
    except ValueError:  # of base64, of a time, or of what is no text
        found = []
    sound = all(len(each.key) == _SIZES[name] or (name == LOOKUP and each.is_lost) for each in found)
    if not found or found[0].is_lost or not sound:
        raise ConfigurationFault(f"KEYS_DIR: {name} is damaged.")
    return found


def write_generations(path: Path, generations: Sequence[Generation]) -> None:
    """Replace a key file, whole or not at all. It stays with the owner it had, or gets its folder's."""
    like = (path if path.exists() else path.parent).stat()
    draft = _draft(path, generations)
    if os.geteuid() == 0:
        os.chown(draft, like.st_uid, like.st_gid)
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def new_key(name: str) -> bytes:
    """A fresh key for a file that is no public half."""
    return new_opening_key() if name == OPENING else os.urandom(_SIZES[name])


def make_keys(folder: Path) -> list[str]:
    """Make the keys that are not there yet, and return their names. No file is ever overwritten.

    A private key that only its process still has (`folder/worker/opening.key`, say) is not missing. Raises
    `ConfigurationFault` where the public half of a pair is there without its private half anywhere: a new
    pair would make everything sealed or signed so far worthless.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name in (LOOKUP, ORIGIN, CONVERSATION, PANEL) if _make(folder, name, new_key(name))]
    made += _make_pair(folder, OPENING, SEALING, sealing_key_of)
    made += _make_pair(folder, PASS_SIGNING, PASS_VERIFYING, verifying_key_of)
    return made


def present(folder: Path) -> Mapping[str, bool]:
    """Which of the keys are in the folder."""
    return {name: (folder / name).exists() for name in _SIZES}


def whereabouts(folder: Path, name: str) -> Path | None:
    """Where a key is: in the complete set, or in the folder of a process that has it alone."""
    places = [folder / name, *sorted(folder.glob(f"*/{name}"))]
    return next((place for place in places if place.exists()), None)


def verifying_key_of(signing_key: bytes) -> bytes:
    """The public half of a pass-signing key."""
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()


def _make_pair(folder: Path, private: str, public: str, public_of: Callable[[bytes], bytes]) -> list[str]:
    held = whereabouts(folder, private)
    if held is None and (folder / public).exists():
        raise ConfigurationFault(
            f"KEYS_DIR: {public} is there without {private}; restore it or move both away."
        )
    made = [private] if held is None and _make(folder, private, new_key(private)) else []
    if _make(folder, public, public_of(read_generations(held or folder / private)[0].key)):
        made.append(public)
    return made


def _make(folder: Path, name: str, key: bytes) -> bool:
    """Write a key whole or not at all: a link fails where the name is taken, and never shows half a file."""
    if (folder / name).exists():
        return False
    draft = _draft(folder / name, [Generation(key, None)])
    try:
        with suppress(FileExistsError):
            os.link(draft, folder / name)
            return True
        return False
    finally:
        draft.unlink()


def _draft(path: Path, generations: Sequence[Generation]) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{_written(each)}\n" for each in generations)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _written(generation: Generation) -> str:
    key = base64.b64encode(generation.key).decode() if generation.key else _LOST
    return key if generation.made_at is None else f"{key} {generation.made_at:%Y-%m-%dT%H:%M:%SZ}"


def _parsed(line: str) -> Generation:
    key, _, made_at = line.strip().partition(" ")
    try:
        raw = b"" if key == _LOST else base64.b64decode(key, validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None
    at = datetime.strptime(made_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if made_at else None
    return Generation(raw, at)


def _mark(path: Path) -> tuple[int, int, int]:
    """What changes when a file is replaced."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
