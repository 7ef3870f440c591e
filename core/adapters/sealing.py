"""Boxes (HPKE, RFC 9180), look-ups and origins (HMAC, RFC 2104), and what is kept of dialogs (AES-GCM, SP
800-38D).

HPKE with the hybrid KEM of ML-KEM-768 and X25519, HKDF-SHA-256 and AES-256-GCM: a box copied today stays
closed to whoever owns a quantum computer tomorrow. It is bound to its place by `info`: table, row, and a
MAC of both under the origin key, so that a box which was moved, or made by somebody who holds only the
public key, does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.ports import BrokenBox, Origin

_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_SEED = 64
_MLKEM_PUBLIC = 1184
_NONCE = 12


def new_opening_key() -> bytes:
    """A fresh private key: the ML-KEM seed (64 bytes) and the X25519 key (32)."""
    return MLKEM768PrivateKey.generate().private_bytes_raw() + X25519PrivateKey.generate().private_bytes_raw()


def sealing_key_of(opening_key: bytes) -> bytes:
    """The public half: the ML-KEM key (1,184 bytes) and the X25519 key (32)."""
    mlkem = MLKEM768PrivateKey.from_seed_bytes(opening_key[:_SEED])
    x25519 = X25519PrivateKey.from_private_bytes(opening_key[_SEED:])
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


class HmacOrigin:
    """MACs under the origin key, which `web` and the worker hold and the panel does not."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mac(self, *parts: bytes) -> bytes:
        return _hmac(self._key, parts)

    def check(self, mac: bytes, *parts: bytes) -> bool:
        return hmac.compare_digest(mac, self.mac(*parts))


class HmacLookUp:
    """Finds a number or chat again without keeping it: HMAC-SHA-256 of its kind and value."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, value: str) -> bytes:
        return _hmac(self._key, (kind.encode(), value.encode()))


class HpkeSealer:
    """Holds the public key (`sealing.pub`): it can close boxes, and not open them again."""

    def __init__(self, sealing_key: bytes, origin: Origin) -> None:
        self._key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(sealing_key[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(sealing_key[_MLKEM_PUBLIC:]),
        )
        self._origin = origin

    def seal(self, table: str, row_id: int, plain: bytes) -> bytes:
        return _SUITE.encrypt(plain, self._key, info=_place(self._origin, table, row_id))


class HpkeOpener:
    """Holds the private key (`opening.key`), which is the worker's alone."""

    def __init__(self, opening_key: bytes, origin: Origin) -> None:
        self._key = hpke.MLKEM768X25519PrivateKey(
            MLKEM768PrivateKey.from_seed_bytes(opening_key[:_SEED]),
            X25519PrivateKey.from_private_bytes(opening_key[_SEED:]),
        )
        self._origin = origin

    def open(self, table: str, row_id: int, box: bytes) -> bytes:
        try:
            return _SUITE.decrypt(box, self._key, info=_place(self._origin, table, row_id))
        except InvalidTag:
            raise BrokenBox(f"a box of {table} does not open") from None


class AesKeeper:
    """AES-256-GCM, the random nonce of 96 bits before the ciphertext; the context is authenticated too."""

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def keep(self, context: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._aes.encrypt(nonce, plain, context.encode())

    def read(self, context: str, kept: bytes) -> bytes:
        try:
            return self._aes.decrypt(kept[:_NONCE], kept[_NONCE:], context.encode())
        except (InvalidTag, ValueError):
            raise BrokenBox(f"what was kept as {context.partition(':')[0]} cannot be read") from None


def _place(origin: Origin, table: str, row_id: int) -> bytes:
    name, row = table.encode(), row_id.to_bytes(8, "big")
    return b"paso box 1\x00" + name + b"\x00" + row + origin.mac(b"box", name, row)


def _hmac(key: bytes, parts: tuple[bytes, ...]) -> bytes:
    """Each part with its length before it: `ab`, `c` is not `a`, `bc`."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.digest()
