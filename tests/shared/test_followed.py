"""The public topic shows what is genuine: from a signed checkpoint the chain leads back to the first entry."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.bus import BusUnavailable, Message, Record
from shared.bus.postgres import PostgresBus
from shared.bus.records import HASH, Sender
from shared.events import checkpoints_of, topic_of
from shared.fields.strict_json import canonical_record
from shared.road.checkpoints import Checkpoint, everything, read_topics
from shared.road.followed import Followed, follow
from shared.work.journal import GENESIS, chain
from tests.support.probe import TAGS, received
from tests.support.servers import lay_on_postgres
from tests.support.world import World

TOPIC = topic_of("public")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\7")
SENDER = Sender("evaluation", uuid4(), TAGS)


def a_row(number: int, event: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every third entry is public, and that which begins a timeline."""
    kind = "timeline_began" if event else "acceptance_concluded"
    about = {"id": uuid4(), "key": uuid4(), "version": 1, "type": f"goufu.evaluation.{kind}.v1"}
    about |= {"recorded_at": datetime.now(UTC), "correlation": uuid4(), "cause": None if number % 2 else uuid4()}
    entry = canonical_record({**about, "service": "evaluation", "event": event or {}}).decode()
    return {
        **about,
        "traceparent": None,
        "audience": "public" if event or not number % 3 else "services",
        "entry": entry,
    }


def sent(
    count: int, sender: Sender = SENDER, after: Sequence[Record] = (), begins: dict[str, Any] | None = None
) -> list[Record]:
    """The first entries of a source, or those after others, as its relay sends them."""
    records: list[Record] = []
    digest = bytes.fromhex(signed(after[-1]).hash) if after else GENESIS
    for position in range(len(after) + 1, len(after) + count + 1):
        row = a_row(position, begins if not records else None)
        digest = chain(digest, position, row["entry"])
        send = sender.whole if row["audience"] == "public" else sender.sealed
        records.append(received(send(TOPIC, position, row, digest)))
    return records


def signed(record: Record, timeline: object = "", at: str = "then") -> Checkpoint:
    headers = {name: value.decode() for name, value in record.headers}
    return Checkpoint(headers["ce_source"][1:], str(timeline), int(headers["ce_position"]), headers[HASH], at)


def saying(record: Record, *, key: bytes | None = None, **headers: bytes) -> Record:
    """The record with other headers."""
    given = tuple((dict(record.headers) | headers).items())
    return record._replace(headers=given, key=record.key if key is None else key)


def said_at(name: str, record: Record) -> Record:
    """The record with another time in that header."""
    given: dict[str, Any] = {name: b"2022-02-02T00:00:00+00:00"}
    return saying(record, **given)


def evaluation(records: list[Record], *checkpoints: Checkpoint) -> Followed:
    return follow(records, checkpoints)["evaluation"]


def test_what_lies_before_a_checkpoint_is_proven_and_what_lies_behind_is_not_yet() -> None:
    records = sent(9)

    assert evaluation(records, signed(records[6]), signed(records[3])) == Followed(7, 9)
    assert evaluation(records).findings == ["no checkpoint of it was read: nothing is proven"]
    assert evaluation(records[:7], signed(records[6]), signed(records[8])) == Followed(
        7, 7, notes=["position 9 is signed, and its record has not come yet"]
    )
    assert evaluation([*records, *records[2:5]], signed(records[8])) == Followed(9, 9)  # sent twice by a killed relay


ALTERED: dict[str, Callable[[list[Record]], object]] = {
    "a public entry": lambda r: r.__setitem__(5, r[5]._replace(value=b'{"id":"another"}')),
    "the hash of an entry that is not public": lambda r: r.__setitem__(
        4, r[4]._replace(headers=r[7].headers[:7] + r[4].headers[7:])
    ),
    "one is missing": lambda r: r.pop(4),
    "another chain from the first on": lambda r: r.__setitem__(slice(0, 6), sent(6)),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_whatever_was_altered_is_found(alter: Callable[[list[Record]], object]) -> None:
    records = sent(9)
    checkpoint = signed(records[8])
    alter(records)

    assert evaluation(records, checkpoint).findings


def test_what_another_service_writes_in_its_name_is_told_from_the_genuine_record_of_the_position() -> None:
    genuine = sent(9)
    headers = {**dict(sent(6)[5].headers), "ce_source": b"/evaluation"}
    forged = genuine[5]._replace(value=b"{}", headers=tuple(headers.items()))

    found = evaluation([*genuine[:6], forged, *genuine[6:]], signed(genuine[8]))

    assert found.proven == 9
    assert found.findings == ["position 6: a record that leads to no checkpoint, forged or of a lost time"]


@pytest.mark.parametrize("position", [1, 6, 9])
def test_who_repeats_a_hash_beside_another_entry_hides_nothing(position: int) -> None:
    """Sixteen of them, so that the genuine one is the first of its position by chance alone."""
    genuine = sent(9)
    forged = [
        received(SENDER.whole(TOPIC, position, a_row(3), bytes.fromhex(signed(genuine[position - 1]).hash)))
        for _ in range(16)
    ]

    found = evaluation([*forged, *genuine], signed(genuine[8]))

    assert found.proven == 9
    assert found.findings == [f"position {position}: a record that leads to no checkpoint, forged or of a lost time"]


@pytest.mark.parametrize("missing", [0, 4], ids=["the first", "one between"])
def test_what_does_not_lead_to_the_first_position_is_not_proven(missing: int) -> None:
    records = sent(9)
    del records[missing]

    found = evaluation(records, signed(records[-1]))

    assert found.proven == 0
    assert found.findings == [f"position {missing + 2}: what came before it is missing, or was altered"]


def test_a_position_that_a_restored_service_gave_again_is_proven_in_both_times() -> None:
    before = sent(6)
    row, digest = a_row(6), bytes.fromhex(signed(before[4]).hash)
    again = received(SENDER.whole(TOPIC, 6, row, chain(digest, 6, row["entry"])))

    assert evaluation([*before, again], signed(before[5]), signed(again)) == Followed(6, 6)
    assert evaluation([*before, again], signed(again)).findings


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("ce_source", b"/nobody"),),
        ((HASH, b"xyz"),),
        (("ce_position", None),),
        (("ce_position", b"9" * 4000),),
        "value",
    ],
)
def test_a_record_of_any_form_is_named_and_ends_nothing(headers: Any) -> None:
    records = sent(3)
    odd = (
        records[0]._replace(value=b"{}")
        if headers == "value"
        else records[0]._replace(headers=tuple((dict(records[0].headers) | dict(headers)).items()) if headers else ())
    )

    found = follow([*records, odd], [signed(records[2])])

    assert found["evaluation"] == Followed(3, 3)
    assert len(found[""].findings) == 1


LIES: dict[str, Callable[[Record], Record]] = {
    **{
        name: partial(said_at, name) for name in ("ce_id", "ce_type", "ce_key", "ce_time", "ce_correlation", "ce_cause")
    },
    "key": partial(saying, key=b"another"),
    "ce_subject": partial(saying, ce_subject=b"that no relay writes"),
    "ce_entryhash": partial(saying, ce_entryhash=b"0" * 64),
    "ce_keyversion": lambda record: record._replace(headers=(("ce_keyversion", b"9"), *record.headers)),
}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("proven", [True, False], ids=["proven", "still to be proven"])
def test_a_header_that_lies_beside_a_genuine_entry_is_found(name: str, *, proven: bool) -> None:
    records = sent(9)
    lying = LIES[name](records[5])

    found = evaluation([*records, lying], signed(records[8 if proven else 3]))

    assert [each for each in found.findings if name in each] == found.findings != []
    assert found.findings[0].startswith("position 6: ")


@pytest.mark.parametrize("name", ["ce_id", "ce_key", "key"])
def test_a_header_that_lies_of_a_position_that_is_not_public_is_found(name: str) -> None:
    records = sent(9)
    lying = LIES[name](records[4])

    assert evaluation([*records, lying], signed(records[8])).findings == [
        f"position 5: a record whose {name} is there twice, or is not what its entry says"
    ]


OLD, NEW = SENDER, Sender("evaluation", uuid4(), TAGS)
BEGAN = {"timeline": str(NEW.timeline), "after": str(OLD.timeline), "position": 4}


def test_what_a_restore_has_declared_lost_is_told_as_lost_and_what_nobody_declared_as_forged() -> None:
    """The old time was signed at position 5 for the last time, and had sent 8."""
    before = sent(4)
    lost = sent(4, after=before)
    now = sent(3, NEW, before, BEGAN)
    signatures = signed(lost[0], OLD.timeline, "1"), signed(now[1], NEW.timeline, "2")

    found = evaluation([*before, *lost, *now], *signatures)

    assert (found.proven, found.read, found.findings, found.notes) == (6, 7, [], [])
    assert found.lost == [
        f"timeline {OLD.timeline} after position 4: records of 4 positions, the last 8, count for nothing"
    ]

    undeclared = sent(3, NEW, before)
    again = signed(lost[0], OLD.timeline, "1"), signed(undeclared[1], NEW.timeline, "2")
    assert len(evaluation([*before, *lost, *undeclared], *again).findings) == 2  # of 5 and 6


def test_a_checkpoint_of_what_was_lost_before_it_was_sent_is_no_finding() -> None:
    before = sent(4)
    lost = sent(4, after=before)
    now = sent(5, NEW, before, BEGAN)
    signatures = signed(lost[2], OLD.timeline, "1"), signed(now[4], NEW.timeline, "2")

    assert evaluation([*before, *lost[:1], lost[3], *now], *signatures).findings == []


@pytest.mark.parametrize("which", ["what was lost, as if it counted", "what counts, as if it was lost", "of no time"])
def test_who_repeats_a_record_as_of_another_time_is_found(which: str) -> None:
    before = sent(4)
    lost = sent(4, after=before)
    now = sent(4, NEW, before, BEGAN)
    signatures = signed(lost[3], OLD.timeline, "1"), signed(now[3], NEW.timeline, "2")
    record, sender = {"what was": (lost[1], NEW), "what cou": (now[1], OLD)}.get(which[:8], (now[1], None))

    again = saying(record, ce_timeline=str(sender.timeline if sender else uuid4()).encode())

    assert evaluation([*before, *lost, *now], *signatures).findings == []
    assert len(evaluation([*before, *lost, *now, again], *signatures).findings) == 1


def test_of_a_time_that_the_backup_knew_nothing_of_nothing_counts() -> None:
    """Restored twice, to the same backup."""
    before = sent(4)
    first = sent(2, NEW, before, BEGAN)
    third = Sender("evaluation", uuid4(), TAGS)
    now = sent(3, third, before, BEGAN | {"timeline": str(third.timeline)})
    signatures = signed(first[1], NEW.timeline, "1"), signed(now[2], third.timeline, "2")

    found = evaluation([*before, *first, *now], *signatures)

    assert (found.proven, found.findings, len(found.lost)) == (7, [], 1)


class Slow:
    """A bus that delivers a record now and then, and nothing in between."""

    def __init__(self, records: list[Record], pauses: int) -> None:
        self.left: list[list[Record]] = [part for record in records for part in [*([[]] * pauses), [record]]]
        self.records = records

    async def subscriber(self, *_: object) -> "Slow":
        return self

    async def last_records(self, topic: str) -> list[Record]:
        return [max((r for r in self.records if r.topic == topic), key=lambda record: record.offset)]

    async def poll(self, timeout: float) -> list[Record]:
        return self.left.pop(0)

    async def close(self) -> None:
        pass


async def test_a_topic_is_read_to_its_end_however_slow_the_broker_is() -> None:
    records = sent(3)

    assert [each async for each in everything(Slow(records, 5), [TOPIC], "goufu")] == records  # type: ignore[arg-type]


async def test_a_checkpoint_counts_on_the_topic_of_its_service_alone(world: World) -> None:
    await lay_on_postgres(world.settings, world.admin_url, world.roles_of)
    own, other = (PostgresBus(world.settings.url(name)) for name in ("evaluation", "registry"))
    line = signed(sent(3)[2]).signed(KEY)

    def said(topic: str) -> list[Message]:
        return [Message(checkpoints_of(topic), b"evaluation", line, ())]

    await (await (await own.publisher("test")).send(said("evaluation")))
    await (await (await other.publisher("test")).send(said("registry")))
    with pytest.raises(BusUnavailable, match="no right to write"):
        await (await (await other.publisher("test")).send(said("evaluation")))

    found, bad = await read_topics(own, "goufu", KEY.public_key())

    assert [each.position for each in found] == [3]
    assert [why.partition(": ")[2] for why in bad] == ["it speaks of evaluation"]
    await own.close()
    await other.close()
