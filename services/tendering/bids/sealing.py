"""Seals bids at rest: HPKE (RFC 9180, X25519, HKDF-SHA256, AES-256-GCM) to a key that this server holds.

This keeps a bid from whoever reads the database or its backup, and binds it to procurement, file and bidder, so that a
ciphertext opens nowhere else. It does not keep it from whoever runs this server: bids sealed on the bidder's machine,
to a key shared among openers, take its place; receipts say `sealed_by: server` until then.

Without a key file a sandbox uses a key that everybody knows.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from services.tendering.settings import tendering_settings
from shared.settings import SettingsError
from shared.strict_json import canonical

SEALED_BY = "server"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_SANDBOX_KEY = hashlib.sha256(b"goufu: a bid key that is not secret outside a sandbox").digest()


class CannotOpen(Exception):
    """The ciphertext was altered, belongs to another bid, or was sealed to another key."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed bid belongs to; opened with anything else it stays closed."""

    procurement_id: UUID
    file_hash: str
    provider_id: UUID

    def info(self) -> bytes:
        return canonical(["goufu.bid.v1", self.procurement_id, self.file_hash, self.provider_id])


def seal(plaintext: bytes, binding: Binding) -> bytes:
    """The ciphertext of a bid; another one each time, even of the same text."""
    return _SUITE.encrypt(plaintext, _key().public_key(), binding.info())


def unseal(ciphertext: bytes, binding: Binding) -> bytes:
    """The bid's text; raises CannotOpen."""
    try:
        return _SUITE.decrypt(ciphertext, _key(), binding.info())
    except (InvalidTag, ValueError) as error:
        raise CannotOpen from error


@lru_cache
def _key() -> X25519PrivateKey:
    path = tendering_settings().bid_key_file
    content = path.read_bytes() if path else _SANDBOX_KEY
    if len(content) != 32:
        raise SettingsError(f"{path} must hold exactly 32 bytes, not {len(content)}")
    return X25519PrivateKey.from_private_bytes(content)
