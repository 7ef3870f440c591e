"""Boxes (HPKE, RFC 9180), look-ups and origins (HMAC, RFC 2104), and what is kept of dialogs (AES-GCM, SP
800-38D).

HPKE with the hybrid KEM of ML-KEM-768 and X25519, HKDF-SHA-256 and AES-256-GCM: a box copied today stays
closed to whoever owns a quantum computer tomorrow. It is bound to its place by `info`: table, row, and a
MAC of both under the origin key, so that a box which was moved, or made by somebody who holds only the
public key, does not open.

Every key may have several generations. What is made is made under the newest and says so by a mark of four
bytes, a hash of the key, so that it can be counted, found and made anew after a rotation. What was made
before there were marks has none, and is tried under each key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.ports import BrokenBox

Keys = bytes | Callable[[], Sequence[bytes]]
"""One key; or what gives all generations of it as they are now, the newest first."""
MARK = 4
"""Bytes of a mark. A box begins with `BOX`, the mark of its sealing key and that of its origin key."""
BOX = b"\x00box"
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_SEED = 64
_MLKEM_PUBLIC = 1184
_NONCE = 12
_MAC = 32
_T = TypeVar("_T")


class Generations(Generic[_T]):
    """What is made of each generation of a key, made again when the keys have changed."""

    def __init__(self, keys: Keys, make: Callable[[bytes], _T]) -> None:
        given = (keys,) if isinstance(keys, bytes) else None
        self._keys: Callable[[], Sequence[bytes]] = keys if callable(keys) else lambda: given or ()
        self._make = make
        self._seen: Sequence[bytes] = ()
        self._made: tuple[_T, ...] = ()
        self()

    def __call__(self) -> tuple[_T, ...]:
        """The newest first. The same object as long as nothing has changed."""
        keys = self._keys()
        if keys is not self._seen:
            self._made = tuple(self._make(key) for key in keys if key)
            self._seen = keys
        return self._made

    @property
    def newest(self) -> _T:
        return self()[0]

    @property
    def one_is_lost(self) -> bool:
        """Whether something was made under a key that nobody has any more."""
        return not all(self._keys())


def mark_of(key: bytes) -> bytes:
    """Says which key something was made under, and nothing of the key."""
    return hashlib.sha256(b"paso key\x00" + key).digest()[:MARK]


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

    def __init__(self, key: Keys) -> None:
        self.generations = Generations(key, lambda each: (mark_of(each), each))

    @property
    def mark(self) -> bytes:
        """What a MAC made now begins with."""
        return self.generations.newest[0]

    def mac(self, *parts: bytes) -> bytes:
        mark, key = self.generations.newest
        return mark + _hmac(key, parts)

    def check(self, mac: bytes, *parts: bytes) -> bool:
        marked = len(mac) == MARK + _MAC
        return any(
            hmac.compare_digest(mac, (mark if marked else b"") + _hmac(key, parts))
            for mark, key in self.generations()
        )


class HmacLookUp:
    """Finds a number or chat again without keeping it: HMAC-SHA-256 of its kind and value."""

    def __init__(self, key: Keys) -> None:
        self._keys = Generations(key, lambda each: each)

    def of(self, kind: str, value: str) -> bytes:
        return self.all_of(kind, value)[0]

    def all_of(self, kind: str, value: str) -> tuple[bytes, ...]:
        return tuple(_hmac(key, (kind.encode(), value.encode())) for key in self._keys())

    @property
    def is_being_replaced(self) -> bool:
        return self._keys.one_is_lost


class HpkeSealer:
    """Holds the public key (`sealing.pub`): it can close boxes, and not open them again."""

    def __init__(self, sealing_key: Keys, origin: HmacOrigin) -> None:
        self._keys = Generations(sealing_key, lambda key: (mark_of(key), _public_key(key)))
        self._origin = origin

    @property
    def mark(self) -> bytes:
        """What a box sealed now begins with."""
        return BOX + self._keys.newest[0] + self._origin.mark

    def seal(self, table: str, row_id: int, plain: bytes) -> bytes:
        mark, key = self._keys.newest
        origin_mark, origin_key = self._origin.generations.newest
        box = _SUITE.encrypt(plain, key, info=_place(origin_key, table, row_id))
        return BOX + mark + origin_mark + box


class HpkeOpener:
    """Holds the private key (`opening.key`), which is the worker's alone."""

    def __init__(self, opening_key: Keys, origin: HmacOrigin) -> None:
        self._keys = Generations(opening_key, lambda key: (mark_of(sealing_key_of(key)), _private_key(key)))
        self._origin = origin

    def open(self, table: str, row_id: int, box: bytes) -> bytes:
        head = len(BOX) + 2 * MARK
        marked = box.startswith(BOX)
        sealed = box[head:] if marked else box
        for mark, key in self._keys():
            for origin_mark, origin_key in self._origin.generations():
                if marked and box[:head] != BOX + mark + origin_mark:
                    continue
                try:
                    return _SUITE.decrypt(sealed, key, info=_place(origin_key, table, row_id))
                except InvalidTag:
                    continue
        raise BrokenBox(f"a box of {table} does not open")


class AesKeeper:
    """AES-256-GCM: the mark, a random nonce of 96 bits, the ciphertext; the context is authenticated too."""

    def __init__(self, key: Keys) -> None:
        self._keys = Generations(key, lambda each: (mark_of(each), AESGCM(each)))

    @property
    def mark(self) -> bytes:
        """What is kept now begins with."""
        return self._keys.newest[0]

    def keep(self, context: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        mark, aes = self._keys.newest
        return mark + nonce + aes.encrypt(nonce, plain, context.encode())

    def read(self, context: str, kept: bytes) -> bytes:
        for mark, aes in self._keys():
            for sealed in (kept[MARK:], kept) if kept.startswith(mark) else (kept,):
                try:
                    return aes.decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
                except (InvalidTag, ValueError):
                    continue
        raise BrokenBox(f"what was kept as {context.partition(':')[0]} cannot be read")


def sealing_keys_of(opening_key: Keys) -> Callable[[], Sequence[bytes]]:
    """The public halves of all generations."""
    return Generations(opening_key, sealing_key_of)


def _public_key(key: bytes) -> hpke.MLKEM768X25519PublicKey:
    return hpke.MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(key[:_MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(key[_MLKEM_PUBLIC:]),
    )


def _private_key(key: bytes) -> hpke.MLKEM768X25519PrivateKey:
    return hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(key[:_SEED]), X25519PrivateKey.from_private_bytes(key[_SEED:])
    )


def _place(origin_key: bytes, table: str, row_id: int) -> bytes:
    name, row = table.encode(), row_id.to_bytes(8, "big")
    return b"paso box 1\x00" + name + b"\x00" + row + _hmac(origin_key, (b"box", name, row))


def _hmac(key: bytes, parts: Sequence[bytes]) -> bytes:
    """Each part with its length before it: `ab`, `c` is not `a`, `bc`."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.digest()
