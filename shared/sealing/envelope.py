"""A sealed bid: what a bidder's machine makes of a bid and its annexes, and the only form in which it travels and
rests until the opening.

    "GOUFUBID" ‖ length of the header (4 bytes) ‖ header ‖ length of the signature (4 bytes) ‖ signature ‖ ciphertext

The header is canonical JSON. It names the suite, what the bid is bound to (procurement, lot, version and hash of the
tender file, bidder, opening key), the commitment, the signer's public key and the hash of the ciphertext. The bidder
signs the header; everything in it but that last hash is `info` of the encryption, so that a ciphertext opens nowhere
else. The text holds a random salt, the bid and its annexes, padded to one of few sizes; the commitment is its hash
without the padding, so a bidder can prove later what it offered, and nobody can try out prices against it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.fields.strict_json import UnreadableJson, canonical, loads
from shared.sealing.shares import OpeningKey, fingerprint
from shared.sealing.suites import CannotOpen, Suite, UnknownSuite, suite_of

MAGIC = b"GOUFUBID"
KIB = 1 << 10
SIZES = (64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB, 16384 * KIB)
"""Lengths to which a bid with its annexes is padded, in bytes."""

MOST_HEADER = 4 * KIB
LARGEST = SIZES[-1] + 2 * MOST_HEADER
"""No envelope is longer, in bytes."""

SALT_BYTES = 32
MOST_ANNEXES = 100


class TooLarge(ValueError):
    """The bid with its annexes is larger than the largest envelope, or has too many."""


class BadEnvelope(ValueError):
    """These bytes are no envelope for this tender; `part` says what does not fit, and repeats nothing of it."""

    def __init__(self, part: str, why: str) -> None:
        self.part = part
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Tender:
    """What a bid is bound to besides its bidder, as the procurement's opening document names it."""

    suite: str
    public_key: str
    procurement_id: UUID
    lot: int
    file_version: int
    file_hash: str


class OpeningDocument(BaseModel):
    """What `GET /v1/procurements/{id}/opening-key` answers once the procurement is noticed, as far as it is needed to
    seal a bid."""

    lot: int
    file_version: int
    file_hash: str
    opening_key: OpeningKey

    def tender(self) -> Tender:
        key = self.opening_key
        return Tender(key.suite, key.public_key, key.procurement_id, self.lot, self.file_version, self.file_hash)


class Header(BaseModel):
    """What everybody may read of an envelope. Hashes and keys are written with their algorithm."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["goufu.bid.v1"] = "goufu.bid.v1"
    suite: str
    procurement_id: UUID
    lot: int
    file_version: int
    file_hash: str
    provider_id: UUID
    opening_key: str
    commitment: str
    signer: str
    ciphertext: str

    def info(self) -> bytes:
        """What the encryption is bound to."""
        return canonical(self.model_dump(exclude={"ciphertext"}))


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope taken apart."""

    header: Header
    signature: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in an envelope."""

    salt: bytes
    content: bytes
    annexes: dict[str, bytes]


def seal(content: bytes, annexes: Mapping[str, bytes], tender: Tender, provider_id: UUID, signing_key: bytes) -> bytes:
    """The envelope of a bid; another one each time. Raises TooLarge, BadKey, UnknownSuite."""
    suite = suite_of(tender.suite)
    text = _packed(secrets.token_bytes(SALT_BYTES), content, annexes)
    bound = Header(
        suite=tender.suite,
        **_binding(tender, provider_id),
        commitment=suite.hash(text),
        signer=suite.signer(signing_key),
        ciphertext="",
    )
    encrypted = suite.encrypt(_padded(text), tender.public_key, bound.info())
    header = canonical(bound.model_copy(update={"ciphertext": suite.hash(encrypted)}).model_dump())
    signature = suite.sign(signing_key, header).encode()
    return b"".join((MAGIC, _measured(header), _measured(signature), encrypted))


def _measured(part: bytes) -> bytes:
    """A part with its length in front."""
    return len(part).to_bytes(4) + part


def _binding(tender: Tender, provider_id: UUID) -> dict[str, Any]:
    return {
        "procurement_id": tender.procurement_id,
        "lot": tender.lot,
        "file_version": tender.file_version,
        "file_hash": tender.file_hash,
        "provider_id": provider_id,
        "opening_key": fingerprint(tender.suite, tender.public_key),
    }


def read(envelope: bytes) -> Envelope:
    """The envelope taken apart; raises BadEnvelope when the bytes have another form."""
    if envelope[: len(MAGIC)] != MAGIC:
        _refuse("format", "this is no sealed bid: make one with `goufu bid seal`")
    header, rest = _cut(envelope, len(MAGIC))
    signature, rest = _cut(envelope, rest)
    return Envelope(_header(header), signature.decode("latin-1"), envelope[rest:])


def _cut(envelope: bytes, start: int) -> tuple[bytes, int]:
    """A part that follows its length, and where it ends."""
    length = int.from_bytes(envelope[start : start + 4])
    end = start + 4 + length
    if length > MOST_HEADER or end > len(envelope):
        _refuse("format", "this sealed bid is damaged: seal it again")
    return envelope[start + 4 : end], end


def _header(content: bytes) -> Header:
    """One form only: what is hashed and signed can be said in no other way."""
    try:
        header = Header.model_validate(loads(content))
    except (UnreadableJson, ValidationError):
        _refuse("format", "the header of this sealed bid is not as required")
    if canonical(header.model_dump()) != content:
        _refuse("format", "the header of this sealed bid is not as required")
    return header


def check(envelope: Envelope, tender: Tender, provider_id: UUID) -> None:
    """Raises BadEnvelope unless it is sealed for this tender by this bidder, unaltered, and of one of the sizes. All
    that can be known without opening it."""
    header = envelope.header
    suite = _suite(header.suite, tender)
    for part, value in _binding(tender, provider_id).items():
        if getattr(header, part) != value:
            _refuse(part, f"it is sealed for another {part}: fetch the opening document again and seal anew")
    if len(envelope.ciphertext) - suite.overhead not in SIZES:
        _refuse("length", "a sealed bid has one of the padded lengths")
    if suite.hash(envelope.ciphertext) != header.ciphertext:
        _refuse("ciphertext", "the sealed bid was altered: send the file as it was made")
    if not suite.verified(header.signer, canonical(header.model_dump()), envelope.signature):
        _refuse("signature", "the signature does not fit: send the file as it was made")


def _suite(identity: str, tender: Tender) -> Suite:
    try:
        suite = suite_of(identity)
    except UnknownSuite as error:
        _refuse("suite", str(error))
    if identity != tender.suite:
        _refuse("suite", "use the suite that the procurement names")
    return suite


def open_envelope(envelope: Envelope, private: bytes) -> Opened:
    """What is in it; raises CannotOpen when it does not decrypt, its padding is none or its commitment is another."""
    header = envelope.header
    suite = suite_of(header.suite)
    text = suite.decrypt(envelope.ciphertext, private, header.info())
    opened, used = _unpacked(text)
    if suite.hash(text[:used]) != header.commitment or text.count(0, used) != len(text) - used:
        raise CannotOpen
    return opened


def _packed(salt: bytes, content: bytes, annexes: Mapping[str, bytes]) -> bytes:
    """How many annexes, then salt, bid, and each annex after its name, all with their lengths."""
    if len(annexes) > MOST_ANNEXES:
        raise TooLarge(f"a bid has at most {MOST_ANNEXES} annexes")
    parts = [salt, content]
    for name, annex in annexes.items():
        parts += [name.encode(), annex]
    return b"".join((len(annexes).to_bytes(4), *map(_measured, parts)))


def _padded(text: bytes) -> bytes:
    for size in SIZES:
        if len(text) <= size:
            return text + bytes(size - len(text))
    raise TooLarge(f"a bid with its annexes has at most {SIZES[-1] >> 20} MiB")


def _unpacked(text: bytes) -> tuple[Opened, int]:
    """What was packed, and how long it is without the padding; raises CannotOpen."""
    count, place = int.from_bytes(text[:4]), 4
    parts: list[bytes] = []
    for _ in range(2 + 2 * min(count, MOST_ANNEXES + 1)):
        start, place = place + 4, place + 4 + int.from_bytes(text[place : place + 4])
        if place > len(text):
            raise CannotOpen
        parts.append(text[start:place])
    if count > MOST_ANNEXES or len(parts[0]) != SALT_BYTES:
        raise CannotOpen
    return Opened(parts[0], parts[1], _annexes(parts[2:])), place


def _annexes(parts: list[bytes]) -> dict[str, bytes]:
    try:
        names = [name.decode() for name in parts[::2]]
    except UnicodeDecodeError:
        raise CannotOpen from None
    if len(set(names)) != len(names):
        raise CannotOpen
    return dict(zip(names, parts[1::2], strict=True))


def _refuse(part: str, why: str) -> NoReturn:
    raise BadEnvelope(part, why)
