"""Ed25519 (RFC 8032) for the tokens of passes: deterministic, so a pass drawn again is the same pass."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.adapters.sealing import Generations, Keys


class Ed25519Signer:
    """Holds the pass-signing key: the 32 bytes of RFC 8032, 5.1.5. Any other length raises `ValueError`."""

    def __init__(self, private_key: Keys) -> None:
        self._keys = Generations(private_key, Ed25519PrivateKey.from_private_bytes)

    def sign(self, payload: bytes) -> bytes:
        return self._keys.newest.sign(payload)

    def public_key(self) -> bytes:
        """The 32 bytes that `Ed25519Verifier`, the panel and the scanner page are given."""
        return self._keys.newest.public_key().public_bytes_raw()


class Ed25519Verifier:
    """Holds the pass-verifying key, 32 bytes (any other length raises `ValueError`), and those before it
    under which passes were signed that have not ended yet.
    """

    def __init__(self, public_key: Keys) -> None:
        self._keys = Generations(public_key, Ed25519PublicKey.from_public_bytes)

    def verify(self, payload: bytes, signature: bytes) -> bool:
        for key in self._keys():
            try:
                key.verify(signature, payload)
            except InvalidSignature:
                continue
            return True
        return False
