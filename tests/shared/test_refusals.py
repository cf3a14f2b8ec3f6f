"""Whatever is refused leaves a trace: whole while it is rare, with its number when somebody repeats it."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from shared.work import refusals
from shared.work.refusals import SUMMARY_OF, WHOLE_AN_HOUR, WHOLE_DENIED, WHOLE_OF_EQUALS, Summaries
from tests.support.examples import a_payment_line, a_signed_contract
from tests.support.world import Person, Reply, World

NATION = "000000"


@pytest.fixture
async def asks(world: World) -> Person:
    return await world.person("asks", duties={"request_payment", "approve_payment"}, organisation=uuid4())


@pytest.fixture
async def auditor(world: World) -> Person:
    return await world.person("auditor", duties={"audit"}, jurisdiction="4404", organisation=uuid4())


async def a_line(world: World, person: Person, planned: str = "100.00") -> UUID:
    contract = await a_signed_contract(world, organisation=person.organisation)
    return await a_payment_line(world, contract, kind="advance", planned=planned, gate="contract")


async def over_the_cap(world: World, person: Person) -> UUID:
    return await a_line(world, person, planned="80000.01")


async def act(person: Person, line: UUID, act: str, **extra: Any) -> Reply:
    return await person.post("contracts", f"/v1/payment-lines/{line}/{act}", {}, **extra)


async def approves_own(world: World, person: Person) -> UUID:
    """A person's try to approve what they requested themselves."""
    line = await a_line(world, person)
    (await act(person, line, "request")).ok()
    (await act(person, line, "approve")).refused(code="approver_is_requester")
    return line


async def kept(world: World, person: Person, kind: str = "refusal") -> list[dict[str, Any]]:
    """What the journal says was refused to that person, oldest first; with the columns, and the entry's event."""
    rows = await world.rows(
        "SELECT actor, subject, correlation, audience, version, entry FROM contracts.journal"
        " WHERE kind = $1 AND actor = $2 ORDER BY recorded_at, id",
        kind,
        person.id,
    )
    return [{**row, **json.loads(row["entry"])["event"]} for row in rows]


def number(entries: list[dict[str, Any]]) -> int:
    """How many refusals these entries stand for."""
    return sum(entry.get("count", 1) for entry in entries)


async def flood(world: World, person: Person, whole: int = WHOLE_AN_HOUR) -> UUID:
    """So many refusals of this hour that the next is counted; returns a line that the rule refuses."""
    line = await over_the_cap(world, person)
    (await act(person, line, "request")).refused("ZH21-23.1")
    await world.rows("UPDATE contracts.refusal_counts SET whole = $2 WHERE actor = $1", person.id, whole)
    return line


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A summary is due when four have come."""
    monkeypatch.setattr(refusals, "SUMMARY_OF", 4)


async def summarised(world: World) -> None:
    """The worker's turn a minute later."""
    await world.rows("UPDATE contracts.refusal_counts SET waiting_since = waiting_since - interval '61 seconds'")
    state = world.services["contracts"]
    await Summaries(state.database).turn(state.writer)


# --- by rule


async def test_a_flood_does_not_hide_the_forbidden_try_that_follows(world: World, asks: Person) -> None:
    line = await flood(world, asks)
    (await act(asks, line, "request")).refused()

    tried = await approves_own(world, asks)

    last = (await kept(world, asks))[-1]
    assert (last["codes"], last["subject"], last["actor"]) == (["approver_is_requester"], tried, asks.id)


async def test_what_a_flood_hides_is_told_by_its_number(world: World, asks: Person) -> None:
    line = await flood(world, asks)
    replies = [await act(asks, line, "request") for _ in range(5)]
    assert number(await kept(world, asks)) == 1

    await summarised(world)

    *_, summary = await kept(world, asks)
    assert (summary["count"], summary["codes"], summary["objects"]) == (5, ["advance_over_cap"], [str(line)])
    assert summary["correlations"] == [reply.headers["goufu-correlation"] for reply in replies]
    assert summary["first_at"] < summary["last_at"]
    assert summary["subject"] == line


@pytest.mark.usefixtures("soon")
async def test_a_flood_is_summarised_without_a_worker(world: World, asks: Person) -> None:
    line = await flood(world, asks)

    for _ in range(9):
        (await act(asks, line, "request")).refused()

    assert [entry.get("count", 1) for entry in await kept(world, asks)] == [1, 4, 4]
    await summarised(world)
    assert number(await kept(world, asks)) == 10


async def test_the_number_is_right_when_many_come_at_once(world: World, asks: Person) -> None:
    """Beyond every bound: those kept whole, those in summaries and the rest of a minute later make the sum."""
    line, often = await over_the_cap(world, asks), WHOLE_AN_HOUR + SUMMARY_OF + 7

    for _ in range(0, often, 9):
        replies = await asyncio.gather(*(act(asks, line, "request") for _ in range(9)))
        assert {reply.status for reply in replies} == {422}

    await summarised(world)
    entries = await kept(world, asks)
    assert number(entries) == -(-often // 9) * 9
    assert len(entries) == WHOLE_AN_HOUR + 2


async def test_the_flood_of_one_counts_nothing_of_another(world: World, asks: Person) -> None:
    await flood(world, asks)
    other = await world.person("other", duties={"request_payment"}, organisation=asks.organisation)

    (await act(other, await over_the_cap(world, other), "request")).refused()

    assert [entry.get("count") for entry in await kept(world, other)] == [None]


async def test_an_hour_later_refusals_are_whole_again(world: World, asks: Person) -> None:
    line = await flood(world, asks)
    (await act(asks, line, "request")).refused()
    await world.rows("UPDATE contracts.refusal_counts SET since = since - interval '61 minutes'")

    (await act(asks, line, "request")).refused()

    assert [entry.get("count") for entry in await kept(world, asks)] == [None, None]
    await summarised(world)
    assert number(await kept(world, asks)) == 3


async def test_equal_tries_are_counted_and_another_record_is_whole_again(world: World, asks: Person) -> None:
    """Who floods with forbidden tries themselves: the first of each record is always there."""
    first = await approves_own(world, asks)
    for _ in range(WHOLE_OF_EQUALS + 1):
        (await act(asks, first, "approve")).refused(code="approver_is_requester")

    second = await approves_own(world, asks)
    await summarised(world)

    entries = await kept(world, asks)
    assert [entry["subject"] for entry in entries] == [first] * WHOLE_OF_EQUALS + [second, first]
    assert number(entries) == WHOLE_OF_EQUALS + 3


async def test_the_answer_is_the_same_whether_it_is_counted_or_kept(world: World, asks: Person) -> None:
    line = await flood(world, asks, WHOLE_AN_HOUR - 1)

    whole, counted = await act(asks, line, "request", key="whole"), await act(asks, line, "request", key="counted")
    again = await act(asks, line, "request", key="counted")

    assert json.loads(whole.body) == json.loads(counted.body)
    assert again.body == counted.body
    await summarised(world)
    assert number(await kept(world, asks)) == 3


# --- for want of a duty


async def test_a_lacking_duty_is_recorded_with_person_object_and_correlation(world: World, asks: Person) -> None:
    line = await a_line(world, asks)
    nobody = await world.person("nobody", duties={"report_service"}, organisation=asks.organisation)

    answer = await act(nobody, line, "request")

    assert answer.problem(403, "not_allowed")["duty"] == "request_payment"
    [entry] = await kept(world, nobody, "denied")
    assert (entry["subject"], entry["operation"]) == (line, "request_payment")
    assert entry["codes"] == ["not_allowed", "request_payment"]
    assert (entry["audience"], entry["version"]) == ("internal", None)
    assert str(entry["correlation"]) == answer.headers["goufu-correlation"]


async def test_the_security_log_names_person_record_and_correlation(world: World, asks: Person) -> None:
    nobody = await world.person("nobody", duties={"report_service"}, organisation=asks.organisation)
    line = await a_line(world, asks)

    with capture_logs() as logged:
        answer = await act(nobody, line, "request")
        tried = await approves_own(world, asks)

    lines = {each["event"]: each for each in logged if each["log_level"] == "warning"}
    assert lines["duty_missing"]["correlation"] == answer.headers["goufu-correlation"]
    assert (lines["duty_missing"]["person"], lines["duty_missing"]["record"]) == (str(nobody.id), str(line))
    assert lines["refused_for_person"]["codes"] == ("approver_is_requester",)
    assert (lines["refused_for_person"]["person"], lines["refused_for_person"]["record"]) == (str(asks.id), str(tried))


async def test_a_denied_query_is_recorded_as_a_command_is(world: World, asks: Person) -> None:
    (await asks.get("contracts", "/v1/held-events")).problem(403)
    (await asks.get("contracts", "/v1/refusals")).problem(403)

    assert [entry["operation"] for entry in await kept(world, asks, "denied")] == ["list_held_events", "list_refusals"]


async def test_what_is_denied_before_a_transaction_begins_is_recorded(world: World, asks: Person) -> None:
    """A machine's token may not act for a person, whoever's it is."""
    machine = world.issuer.token(asks.account, audience=world.settings.audience, client=True)
    line = await a_line(world, asks)
    asks.token = machine

    answer = await act(asks, line, "request")

    answer.problem(403, "not_allowed")
    [row] = await world.rows(
        "SELECT actor, subject, entry FROM contracts.journal WHERE correlation = $1",
        UUID(answer.headers["goufu-correlation"]),
    )
    assert (row["actor"], row["subject"]) == (None, line)
    assert json.loads(row["entry"])["event"]["codes"] == ["not_allowed", "end_user"]


async def test_a_login_that_is_nobody_here_is_recorded_without_a_name(world: World) -> None:
    stranger = await world.person("stranger", duties=set())
    await world.rows("DELETE FROM contracts.accounts WHERE person_id = $1", stranger.id)

    answer = await stranger.get("contracts", "/v1/held-events")

    [row] = await world.rows(
        "SELECT actor, entry FROM contracts.journal WHERE correlation = $1", UUID(answer.headers["goufu-correlation"])
    )
    assert row["actor"] is None
    assert stranger.account not in row["entry"]


async def test_denials_are_bounded_by_summaries_that_name_each_record(world: World, asks: Person) -> None:
    tried = [uuid4() for _ in range(4)]
    await asks.post("contracts", f"/v1/held-events/{tried[0]}/replay")
    await world.rows(
        "UPDATE contracts.refusal_counts SET whole = $2 WHERE actor = $1 AND whole < $3",
        asks.id,
        WHOLE_DENIED,
        WHOLE_DENIED,
    )

    for each in tried[1:]:
        (await asks.post("contracts", f"/v1/held-events/{each}/replay")).problem(403)
    await summarised(world)

    *_, summary = await kept(world, asks, "denied")
    assert (summary["count"], set(summary["objects"])) == (3, {str(each) for each in tried[1:]})


async def test_a_denial_that_cannot_be_recorded_is_not_given(world: World, asks: Person) -> None:
    role = f"{world.roles_of}_contracts"
    await world.rows(f'REVOKE INSERT ON contracts.journal FROM "{role}"')
    try:
        (await asks.get("contracts", "/v1/held-events")).problem(503, "unavailable")
    finally:
        await world.rows(f'GRANT INSERT ON contracts.journal TO "{role}"')
    (await asks.get("contracts", "/v1/held-events")).problem(403)


async def test_a_denial_has_its_place_in_the_chain_and_is_sent_to_nobody(world: World, asks: Person) -> None:
    (await asks.get("contracts", "/v1/held-events")).problem(403)

    await world.pump()

    [row] = await world.rows(
        "SELECT l.position FROM contracts.ledger l JOIN contracts.journal j ON j.id = l.entry WHERE j.actor = $1",
        asks.id,
    )
    assert row["position"] > 0


# --- read by those who oversee


async def test_overseers_see_what_was_denied_and_counted(world: World, asks: Person, auditor: Person) -> None:
    line = await flood(world, asks)
    for _ in range(2):
        (await act(asks, line, "request")).refused()
    (await asks.get("contracts", "/v1/held-events")).problem(403)

    shown = (await auditor.get("contracts", "/v1/refusals", person=str(asks.id))).ok()

    assert [(each["kind"], each["count"], each["id"] is None) for each in shown] == [
        ("denied", 1, False),
        ("refusal", 2, True),
        ("refusal", 1, False),
    ]
    assert {each["person"] for each in shown} == {str(asks.id)}


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"kind": "denied"}, [["not_allowed", "operate"]]),
        ({"operation": "request_payment"}, [["advance_over_cap"]]),
        ({"code": "advance_over_cap"}, [["advance_over_cap"]]),
        ({"code": "operate"}, [["not_allowed", "operate"]]),
        ({"subject": str(uuid4())}, []),
    ],
    ids=["kind", "operation", "code", "duty", "another-record"],
)
async def test_refusals_are_found_by_what_they_were(
    world: World, asks: Person, auditor: Person, asked: dict[str, str], codes: list[list[str]]
) -> None:
    (await act(asks, await over_the_cap(world, asks), "request")).refused()
    (await asks.get("contracts", "/v1/held-events")).problem(403)

    shown = (await auditor.get("contracts", "/v1/refusals", person=str(asks.id), **asked)).ok()

    assert [each["codes"] for each in shown] == codes


async def test_another_citys_overseers_do_not_see_them(world: World, asks: Person) -> None:
    (await act(asks, await over_the_cap(world, asks), "request")).refused()
    (await asks.get("contracts", "/v1/held-events")).problem(403)
    elsewhere = await world.person("elsewhere", duties={"audit"}, jurisdiction="5101", organisation=uuid4())

    assert (await elsewhere.get("contracts", "/v1/refusals", person=str(asks.id))).ok() == []
