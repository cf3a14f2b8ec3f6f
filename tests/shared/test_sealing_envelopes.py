"""Sealed bids as files, without a server."""

import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.fields.strict_json import canonical
from shared.sealing import envelope as envelopes
from shared.sealing.envelope import MOST_ANNEXES, SIZES, BadEnvelope, Tender, TooLarge, check, open_envelope, read, seal
from shared.sealing.keys import KeyPair
from shared.sealing.shares import Act, combine, give_share, make_opening_key, receive_share
from shared.sealing.suites import CURRENT, SUITES, CannotOpen, International, UnknownSuite, suite_of

BID = b'{"price":"200000.00"}'
ANNEXES = {"服务方案.pdf": b"%PDF-1.7 plan", "人员名单.pdf": b""}
BIDDER = UUID(int=7)
PRIVATE, SIGNING = CURRENT.new_key(), CURRENT.new_signing_key()
TENDER = Tender(CURRENT.id, CURRENT.public_key(PRIVATE), UUID(int=1), 1, 2, f"sha256:{'ab' * 32}")


def sealed(content: bytes = BID, annexes: dict[str, bytes] | None = None, tender: Tender = TENDER) -> bytes:
    return seal(content, ANNEXES if annexes is None else annexes, tender, BIDDER, SIGNING)


# --- envelopes


def test_a_sealed_bid_opens_with_its_annexes() -> None:
    envelope = read(sealed())
    check(envelope, TENDER, BIDDER)

    opened = open_envelope(envelope, PRIVATE)

    assert (opened.content, opened.annexes) == (BID, ANNEXES)


def test_the_same_bid_is_sealed_differently_each_time_and_commits_to_itself() -> None:
    one, other = sealed(), sealed()

    assert read(one).header.commitment != read(other).header.commitment
    assert one != other
    assert BID not in one


@pytest.mark.parametrize(
    ("size", "padded"), [(0, SIZES[0]), (SIZES[0] - 100, SIZES[0]), (SIZES[0], SIZES[1]), (SIZES[2], SIZES[3])]
)
def test_what_is_sealed_has_one_of_few_lengths(size: int, padded: int) -> None:
    envelope = read(sealed(bytes(size), {}))

    check(envelope, TENDER, BIDDER)

    assert len(envelope.ciphertext) == padded + CURRENT.overhead
    assert len(open_envelope(envelope, PRIVATE).content) == size


def test_the_lengths_of_two_bids_of_a_size_are_equal() -> None:
    assert len(sealed(b"a")) == len(sealed(b"b" * 50_000, {}))


def test_the_largest_bid_fits_and_one_byte_more_does_not() -> None:
    most = SIZES[-1] - 4 - 4 - envelopes.SALT_BYTES - 4

    whole = sealed(bytes(most), {})

    assert len(whole) <= envelopes.LARGEST
    assert len(open_envelope(read(whole), PRIVATE).content) == most
    with pytest.raises(TooLarge):
        sealed(bytes(most + 1), {})


def test_a_hundred_annexes_fit_and_one_more_does_not() -> None:
    annexes = {f"{n}.txt": str(n).encode() for n in range(MOST_ANNEXES)}

    assert open_envelope(read(sealed(annexes=annexes)), PRIVATE).annexes == annexes
    with pytest.raises(TooLarge):
        sealed(annexes={**annexes, "more.txt": b""})


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("procurement_id", UUID(int=2)),
        ("lot", 2),
        ("file_version", 3),
        ("file_hash", f"sha256:{'cd' * 32}"),
        ("public_key", CURRENT.public_key(bytes(range(32)))),
    ],
)
def test_a_bid_for_another_tender_is_refused(part: str, value: Any) -> None:
    envelope = read(sealed(tender=replace(TENDER, **{part: value})))

    with pytest.raises(BadEnvelope) as refused:
        check(envelope, TENDER, BIDDER)

    assert refused.value.part == ("opening_key" if part == "public_key" else part)


def test_a_bid_of_another_bidder_is_refused() -> None:
    with pytest.raises(BadEnvelope) as refused:
        check(read(sealed()), TENDER, UUID(int=8))

    assert refused.value.part == "provider_id"


@pytest.mark.parametrize("part", ["procurement_id", "provider_id", "lot", "file_version", "file_hash", "commitment"])
def test_a_header_changed_and_signed_anew_leaves_a_bid_that_does_not_open(part: str) -> None:
    """The binding is in the encryption itself, not only in what the server compares."""
    envelope = read(sealed())
    other: dict[str, Any] = {
        **dict.fromkeys(("procurement_id", "provider_id"), uuid4()),
        **dict.fromkeys(("lot", "file_version"), 9),
        **dict.fromkeys(("file_hash", "commitment"), f"sha256:{'cd' * 32}"),
    }
    changed = replace(envelope, header=envelope.header.model_copy(update={part: other[part]}))

    with pytest.raises(CannotOpen):
        open_envelope(changed, PRIVATE)


def test_a_bid_opens_with_no_other_key() -> None:
    with pytest.raises(CannotOpen):
        open_envelope(read(sealed()), CURRENT.new_key())


def test_every_changed_byte_is_found_without_opening() -> None:
    whole = sealed()
    header_ends = len(whole) - SIZES[0] - CURRENT.overhead

    for place in (*range(0, header_ends, 7), header_ends, header_ends + 40, len(whole) - 1):
        altered = bytearray(whole)
        altered[place] ^= 1
        with pytest.raises(BadEnvelope):
            check(read(bytes(altered)), TENDER, BIDDER)


@pytest.mark.parametrize("length", [0, 1, 8, 11, 12, 100, 600])
def test_what_is_cut_short_is_no_envelope(length: int) -> None:
    with pytest.raises(BadEnvelope):
        check(read(sealed()[:length]), TENDER, BIDDER)


def test_an_envelope_of_another_length_is_refused() -> None:
    with pytest.raises(BadEnvelope) as refused:
        check(read(sealed() + b"\0"), TENDER, BIDDER)

    assert refused.value.part == "length"


def rewritten(change: dict[str, Any], *, raw: bytes | None = None) -> bytes:
    """The envelope with another header, in this form or as given."""
    envelope = read(sealed())
    header = raw or canonical({**envelope.header.model_dump(), **change})
    parts = (header, envelope.signature.encode())
    return b"GOUFUBID" + b"".join(len(p).to_bytes(4) + p for p in parts) + envelope.ciphertext


@pytest.mark.parametrize(
    "envelope",
    [
        rewritten({"more": 1}),
        rewritten({"lot": "1"}),
        rewritten({"file_version": True}),
        rewritten({"format": "goufu.bid.v2"}),
        rewritten({}, raw=b'{"lot":1,"lot":1}'),
        rewritten({}, raw=b" " + canonical(read(sealed()).header.model_dump())),
        rewritten({}, raw=b"\xff"),
    ],
    ids=["more", "lot as text", "version as truth", "another format", "twice", "a space before", "no text"],
)
def test_a_header_has_one_form(envelope: bytes) -> None:
    with pytest.raises(BadEnvelope) as refused:
        read(envelope)

    assert refused.value.part == "format"


def test_a_suite_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(BadEnvelope) as refused:
        check(read(rewritten({"suite": "goufu-2:sm2:sm3:sm4"})), TENDER, BIDDER)

    assert refused.value.part == "suite"
    with pytest.raises(UnknownSuite):
        suite_of("goufu-2:sm2:sm3:sm4")


def encrypted(text: bytes) -> envelopes.Envelope:
    """Any text, encrypted and signed as a bid is: what a bidder with a program of their own may send."""
    bound = read(sealed()).header.model_copy(update={"commitment": CURRENT.hash(text), "ciphertext": ""})
    ciphertext = CURRENT.encrypt(text, TENDER.public_key, bound.info())
    return envelopes.Envelope(bound, "", ciphertext)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        bytes(SIZES[0]),
        b"rubbish" * 9000,
        b"\xff" * SIZES[0],
        (101).to_bytes(4) + (bytes(3) + b"\x20" + bytes(32)) + bytes(SIZES[0]),
        (0).to_bytes(4) + (32).to_bytes(4) + bytes(32) + (2**32 - 1).to_bytes(4) + bytes(SIZES[0]),
    ],
    ids=["nothing", "zeros", "rubbish", "ones", "too many annexes", "a length beyond the end"],
)
def test_rubbish_that_was_sealed_does_not_open(text: bytes) -> None:
    with pytest.raises(CannotOpen):
        open_envelope(encrypted(text), PRIVATE)


def test_something_hidden_in_the_padding_does_not_open() -> None:
    envelope = read(sealed())
    plain = bytearray(CURRENT.decrypt(envelope.ciphertext, PRIVATE, envelope.header.info()))
    plain[-1] = 1
    ciphertext = CURRENT.encrypt(bytes(plain), TENDER.public_key, envelope.header.info())

    with pytest.raises(CannotOpen):
        open_envelope(replace(envelope, ciphertext=ciphertext), PRIVATE)


def test_a_bid_other_than_the_committed_one_does_not_open() -> None:
    envelope, other = read(sealed()), read(sealed(b'{"price":"1.00"}'))
    plain = CURRENT.decrypt(other.ciphertext, PRIVATE, other.header.info())
    ciphertext = CURRENT.encrypt(plain, TENDER.public_key, envelope.header.info())

    with pytest.raises(CannotOpen):
        open_envelope(replace(envelope, ciphertext=ciphertext), PRIVATE)


def test_hashes_keys_and_signatures_name_their_algorithm() -> None:
    header = read(sealed()).header

    assert header.suite in SUITES
    assert header.commitment.startswith("sha256:")
    assert header.ciphertext.startswith("sha256:")
    assert header.opening_key.startswith("sha256:")
    assert header.signer.startswith("ed25519:")
    assert TENDER.public_key.startswith("x25519:")
    assert read(sealed()).signature.startswith("ed25519:")


class Another(International):
    """A suite of another name that writes its hashes and keys otherwise, as SM2, SM3 and SM4 would."""

    id = "goufu-2:test:sm3:test"

    def hash(self, content: bytes) -> str:
        return f"sm3:{hashlib.sha3_256(content).hexdigest()}"


def test_another_suite_is_another_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    another = Another()
    monkeypatch.setitem(SUITES, another.id, another)
    openers = [(uuid4(), KeyPair.new("open", another)) for _ in range(3)]
    key = make_opening_key(TENDER.procurement_id, [(p, pair.public_key) for p, pair in openers], 2, another)
    tender = replace(TENDER, suite=another.id, public_key=key.public_key)
    private = another.new_key()
    act = Act(act_id=uuid4(), public_key=another.public_key(private), opening_key=key)

    envelope = read(sealed(tender=tender))
    check(envelope, tender, BIDDER)
    shares = [receive_share(give_share(act, pair), person, key, private) for person, pair in openers[1:]]

    assert open_envelope(envelope, combine(key, shares)).content == BID
    assert envelope.header.commitment.startswith("sm3:")
    assert {share.share_hash[:4] for share in key.shares} == {"sm3:"}
    with pytest.raises(BadEnvelope) as refused:
        check(envelope, TENDER, BIDDER)
    assert refused.value.part == "suite"
