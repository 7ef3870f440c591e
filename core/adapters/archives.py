"""An archive of key files under a passphrase: what may lie on a stick in a safe.

scrypt (RFC 7914; N = 2^17, r = 8, p = 1: 128 MB and some tenths of a second for every guess) makes the key, AES-256-GCM
keeps what is inside from being read or changed.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import ConfigurationFault

SHORTEST = 12
"""Characters of a passphrase."""
_MAGIC = b"paso keys 1\n"
_SALT, _NONCE = 16, 12


def write_archive(path: Path, files: Mapping[str, bytes], passphrase: str) -> None:
    """A new file, 0600. Raises `ConfigurationFault` where it exists, or for a short passphrase."""
    if len(passphrase) < SHORTEST:
        raise ConfigurationFault(
            f"The passphrase is too short: {SHORTEST} characters or more, best four words."
        )
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    plain = json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()}).encode()
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _MAGIC)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationFault(f"{path} exists already; name a new file.") from None
    except OSError as fault:
        raise ConfigurationFault(f"{path} cannot be written: {fault.strerror}.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(_MAGIC + salt + nonce + sealed)
        file.flush()
        os.fsync(file.fileno())


def read_archive(path: Path, passphrase: str) -> dict[str, bytes]:
    """Raises `ConfigurationFault` where it is none, was changed, or the passphrase is another."""
    try:
        written = path.read_bytes()
    except OSError as fault:
        raise ConfigurationFault(f"{path} cannot be read: {fault.strerror}.") from None
    if not written.startswith(_MAGIC):
        raise ConfigurationFault(f"{path} is no archive of keys.")
    body = written[len(_MAGIC) :]
    salt, nonce, sealed = body[:_SALT], body[_SALT : _SALT + _NONCE], body[_SALT + _NONCE :]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, _MAGIC)
    except (InvalidTag, ValueError):
        raise ConfigurationFault(f"{path}: the passphrase is another, or the archive was damaged.") from None
    return {name: base64.b64decode(data) for name, data in json.loads(plain).items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())
