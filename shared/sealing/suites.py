"""Suites of algorithms. Every file names the suite it was made with; another suite is another entry in `SUITES`.

A hash, a public key and a signature are written with their algorithm in front (`sha256:…`), so that what is stored
today can be told from what another suite writes tomorrow.
"""

import base64
import binascii
import hashlib
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as Hpke

KEY_BYTES = 32


class UnknownSuite(ValueError):
    """No suite of this program has that id; a newer Goufu may know it."""


class BadKey(ValueError):
    """A key or a signature that is not one of this suite."""


class CannotOpen(Exception):
    """What was encrypted does not open: altered, bound to something else, or encrypted to another key."""


class Suite(Protocol):
    """What sealing needs of a set of algorithms. Private keys are raw bytes; what may be published is text with its
    algorithm in front."""

    id: str
    overhead: int
    """By how many bytes an encrypted text is longer than the text."""

    def hash(self, content: bytes) -> str:
        """The hash as `algorithm:hex`."""

    def new_key(self) -> bytes:
        """A new private key to decrypt with."""

    def public_key(self, private: bytes) -> str:
        """The public half of a key to decrypt with; raises BadKey."""

    def encrypt(self, text: bytes, public: str, info: bytes) -> bytes:
        """The text for the holder of that key, who needs the same `info` to decrypt it; raises BadKey."""

    def decrypt(self, encrypted: bytes, private: bytes, info: bytes) -> bytes:
        """The text; raises BadKey, CannotOpen."""

    def new_signing_key(self) -> bytes:
        """A new private key to sign with."""

    def signer(self, private: bytes) -> str:
        """The public half of a key to sign with; raises BadKey."""

    def sign(self, private: bytes, message: bytes) -> str:
        """The signature; raises BadKey."""

    def verified(self, signer: str, message: bytes, signature: str) -> bool:
        """Whether that signer signed that message."""


class International:
    """HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM; SHA-256; Ed25519 (RFC 8032)."""

    id = "goufu-1:hpke-x25519-hkdf-sha256-aes256gcm:sha256:ed25519"
    overhead = 32 + 16

    _hpke = Hpke(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

    def hash(self, content: bytes) -> str:
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def new_key(self) -> bytes:
        return X25519PrivateKey.generate().private_bytes_raw()

    def public_key(self, private: bytes) -> str:
        return written("x25519", self._private(private).public_key().public_bytes_raw())

    def encrypt(self, text: bytes, public: str, info: bytes) -> bytes:
        key = X25519PublicKey.from_public_bytes(_of_length(unwritten("x25519", public)))
        try:
            return self._hpke.encrypt(text, key, info)
        except ValueError:
            raise BadKey("nothing can be encrypted to this public key") from None

    def decrypt(self, encrypted: bytes, private: bytes, info: bytes) -> bytes:
        key = self._private(private)
        try:
            return self._hpke.decrypt(encrypted, key, info)
        except (InvalidTag, ValueError):
            raise CannotOpen from None

    def new_signing_key(self) -> bytes:
        return Ed25519PrivateKey.generate().private_bytes_raw()

    def signer(self, private: bytes) -> str:
        key = Ed25519PrivateKey.from_private_bytes(_of_length(private))
        return written("ed25519", key.public_key().public_bytes_raw())

    def sign(self, private: bytes, message: bytes) -> str:
        return written("ed25519", Ed25519PrivateKey.from_private_bytes(_of_length(private)).sign(message))

    def verified(self, signer: str, message: bytes, signature: str) -> bool:
        try:
            key = Ed25519PublicKey.from_public_bytes(_of_length(unwritten("ed25519", signer)))
            key.verify(unwritten("ed25519", signature), message)
        except (BadKey, InvalidSignature):
            return False
        return True

    def _private(self, private: bytes) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(_of_length(private))


CURRENT: Suite = International()
"""The suite that new files are made with."""

SUITES: dict[str, Suite] = {suite.id: suite for suite in (CURRENT,)}


def suite_of(identity: str) -> Suite:
    """The suite of that id; raises UnknownSuite."""
    try:
        return SUITES[identity]
    except KeyError:
        raise UnknownSuite("this suite is not known here: use a suite that the procurement names") from None


def written(algorithm: str, content: bytes) -> str:
    """Bytes as `algorithm:base64`."""
    return f"{algorithm}:{base64.b64encode(content).decode()}"


def unwritten(algorithm: str, text: str) -> bytes:
    """The bytes of `algorithm:base64`; raises BadKey for another algorithm or another form."""
    name, _, content = text.partition(":")
    try:
        if name == algorithm:
            return base64.b64decode(content, validate=True)
    except binascii.Error:
        pass
    raise BadKey(f"this is no text of the form {algorithm}:base64")


def _of_length(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise BadKey(f"a key has {KEY_BYTES} bytes")
    return key
