"""Ed25519 (RFC 8032) for the tokens of passes: deterministic, so a pass drawn again is the same pass."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Ed25519Signer:
    """Holds the pass-signing key: the 32 bytes of RFC 8032, 5.1.5. Any other length raises `ValueError`."""

    def __init__(self, private_key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    def sign(self, payload: bytes) -> bytes:
        return self._key.sign(payload)

    def public_key(self) -> bytes:
        """The 32 bytes that `Ed25519Verifier`, the panel and the scanner page are given."""
        return self._key.public_key().public_bytes_raw()


class Ed25519Verifier:
    """Holds the pass-verifying key, 32 bytes. Raises `ValueError` for any other length."""

    def __init__(self, public_key: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def verify(self, payload: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, payload)
        except InvalidSignature:
            return False
        return True
