"""The opening key and its shares, and the keys of persons, without a server."""

import base64
import json
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from shared.sealing.keys import KeyPair
from shared.sealing.shares import (
    Act,
    GivenShare,
    OpeningKey,
    SharesDoNotFit,
    WrongShare,
    combine,
    give_share,
    make_opening_key,
    receive_share,
)
from shared.sealing.suites import CURRENT, BadKey, UnknownSuite

OPENERS = [(uuid4(), KeyPair.new("open")) for _ in range(5)]


def an_opening(threshold: int, count: int) -> OpeningKey:
    return make_opening_key(UUID(int=1), [(person, key.public_key) for person, key in OPENERS[:count]], threshold)


def given_to(opening: OpeningKey) -> tuple[bytes, list[str]]:
    """All shares, given to an act, and the act's private key."""
    private = CURRENT.new_key()
    act = Act(act_id=uuid4(), public_key=CURRENT.public_key(private), opening_key=opening)
    return private, [
        receive_share(give_share(act, key), person, opening, private) for person, key in OPENERS[: len(opening.shares)]
    ]


@pytest.mark.parametrize(("threshold", "count"), [(2, 2), (2, 3), (3, 5), (5, 5)])
def test_any_k_of_n_make_the_key_and_k_less_one_do_not(threshold: int, count: int) -> None:
    opening = an_opening(threshold, count)
    _, shares = given_to(opening)

    for some in combinations(shares, threshold):
        assert CURRENT.public_key(combine(opening, some)) == opening.public_key
    for too_few in combinations(shares, threshold - 1):
        with pytest.raises(SharesDoNotFit):
            combine(opening, too_few)
        with pytest.raises(SharesDoNotFit):
            combine(opening, [*too_few, too_few[0]])


def test_more_than_k_make_the_key_too() -> None:
    opening = an_opening(2, 5)

    assert CURRENT.public_key(combine(opening, given_to(opening)[1])) == opening.public_key


def test_shares_of_two_keys_make_neither() -> None:
    one, other = an_opening(2, 3), an_opening(2, 3)

    with pytest.raises(SharesDoNotFit) as refused:
        combine(one, [given_to(one)[1][0], given_to(other)[1][1]])

    assert refused.value.__cause__ is None
    assert str(refused.value) == ""


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (4, 3), (0, 3), (2, 1)])
def test_one_alone_never_opens_and_more_than_there_are_cannot(threshold: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        an_opening(threshold, count)


def test_the_published_document_tells_nothing_of_the_key_and_all_shares_have_one_length() -> None:
    opening = an_opening(2, 5)
    text = opening.model_dump_json()
    _, shares = given_to(opening)
    private = combine(opening, shares)

    assert len({len(share.share) for share in opening.shares}) == 1
    assert base64.b64encode(private).decode() not in text
    assert private.hex() not in text
    assert not any(word in text for share in shares for word in share.split() if len(word) > 6)


def test_a_share_is_given_by_its_own_key_only() -> None:
    opening = an_opening(2, 3)
    act = Act(act_id=uuid4(), public_key=opening.public_key, opening_key=opening)

    with pytest.raises(BadKey):
        give_share(act, KeyPair.new("open"))
    stolen = OPENERS[0][1].model_copy(update={"private_key": OPENERS[1][1].private_key})
    with pytest.raises(BadKey):
        give_share(act, stolen)


def test_a_share_counts_for_its_own_act_and_its_own_opener_only() -> None:
    opening = an_opening(2, 3)
    private = CURRENT.new_key()
    act = Act(act_id=uuid4(), public_key=CURRENT.public_key(private), opening_key=opening)
    (first, key), (second, _) = OPENERS[:2]
    given = give_share(act, key)

    receive_share(given, first, opening, private)
    for changed, opener in (
        (given, second),
        (given, uuid4()),
        (given.model_copy(update={"act_id": uuid4()}), first),
        (given.model_copy(update={"number": 2}), second),
        (given.model_copy(update={"share": "AAAA"}), first),
        (given.model_copy(update={"share": "A"}), first),
    ):
        with pytest.raises(WrongShare):
            receive_share(changed, opener, opening, private)


def test_another_share_than_the_one_that_was_made_is_known_at_once() -> None:
    opening, other = an_opening(2, 3), an_opening(2, 3)
    private = CURRENT.new_key()
    person, key = OPENERS[0]
    forged = opening.model_copy(
        update={"shares": [other.shares[0], *opening.shares[1:]], "public_key": other.public_key}
    )
    act = Act(act_id=uuid4(), public_key=CURRENT.public_key(private), opening_key=forged)

    with pytest.raises(WrongShare):
        receive_share(give_share(act, key), person, opening, private)


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 4},
        {"shares": [{**an_opening(2, 3).model_dump(mode="json")["shares"][0]}] * 2},
        {"shares": an_opening(2, 3).model_dump(mode="json")["shares"][1:]},
        {"more": 1},
    ],
)
def test_a_document_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    document = an_opening(2, 3).model_dump(mode="json")

    OpeningKey.model_validate(document)
    with pytest.raises(ValidationError):
        OpeningKey.model_validate({**document, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "goufu-2:sm2:sm3:sm4"},
        {"public_key": "x25519:AAAA"},
        {"public_key": "x25519:A"},
        {"public_key": "sm2:" + base64.b64encode(bytes(32)).decode()},
        {"public_key": "x25519:" + base64.b64encode(bytes(32)).decode()},
    ],
)
def test_a_key_to_which_nothing_can_be_encrypted_is_known(change: dict[str, Any]) -> None:
    opening = an_opening(2, 3)

    opening.check_keys()
    with pytest.raises((BadKey, UnknownSuite)):
        opening.model_copy(update=change).check_keys()


def test_documents_come_back_from_json_as_they_were() -> None:
    opening = an_opening(2, 3)
    act = Act(act_id=uuid4(), public_key=opening.public_key, opening_key=opening)
    given = give_share(act, OPENERS[0][1])

    assert OpeningKey.model_validate_json(opening.model_dump_json()) == opening
    assert Act.model_validate(json.loads(act.model_dump_json())) == act
    assert GivenShare.model_validate_json(given.model_dump_json()) == given


# --- keys


def test_a_key_serves_one_use() -> None:
    with pytest.raises(BadKey):
        KeyPair.new("sign").private("open")
    with pytest.raises(BadKey):
        KeyPair.new("open").private("sign")


def test_a_key_does_not_show_its_private_half_by_accident() -> None:
    key = KeyPair.new("open")

    assert key.private_key not in f"{key} {key!r} {key.public().model_dump_json()}"
