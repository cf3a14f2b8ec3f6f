"""Signing day by day: the module's clock goes forward, so the tests that move it stand at the end."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events.registry import ProviderBarred, ProviderLeft
from tests.contracts.examples import (
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    a_draft,
    a_written_contract,
    blocked,
    chengdu_award,
    cleared,
    put_to_signature,
    zhuhai_award,
)
from tests.support.world import Person, World


async def read(world: World, contract: UUID) -> dict[str, Any]:
    [row] = await world.rows("SELECT * FROM contracts.contracts WHERE id = $1", contract)
    return row


async def events_of(world: World, contract: UUID) -> list[str]:
    rows = await world.rows(
        "SELECT type FROM contracts.journal WHERE subject = $1 AND kind = 'event' ORDER BY version", contract
    )
    return [row["type"].split(".")[2] for row in rows]


@pytest.mark.clause("D102-23.1", "accepts")
@pytest.mark.clause("GPL-46.1", "accepts")
@pytest.mark.clause("ZH21-30.2", "accepts")
async def test_two_persons_sign_for_the_two_parties(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)

    first = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    second = (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    assert (first["state"], second["state"], second["signed_on"]) == ("drafted", "signed", "2022-03-01")
    assert {f["clause"] for f in second["explain"]} >= {"D102-23.1", "GPL-46.1", "ZH21-30.2"}
    assert await events_of(world, contract) == [
        "contract_drafted",
        "contract_written",
        "signing_proposed",
        "signing_answered",
        "signature_given",
        "contract_signed",
        "contract_published",
    ]


async def test_the_signed_contract_tells_who_signed_and_its_lines(world: World) -> None:
    award = chengdu_award(world)
    desk = await a_desk(world, award)

    contract = await a_contract_in_force(world, desk, award)

    [row] = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal"
        " WHERE subject = $1 AND type = 'goufu.contracts.contract_signed.v1'",
        contract,
    )
    signed = row["event"]
    assert signed["signed_by"] == str(desk.signs.id)
    assert signed["objection_window_working_days"] == 5
    assert [(line["number"], line["amount"], line["gate"]) for line in signed["lines"]] == [
        (1, "152000.00", "assessment"),
        (2, "152000.00", "assessment"),
        (3, "152000.00", "assessment"),
    ]
    assert len({line["line_id"] for line in signed["lines"]}) == 3


async def test_the_provider_may_sign_first(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)

    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()
    signed = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()

    assert signed["state"] == "signed"


@pytest.mark.clause("D102-23.1", "refuses")
async def test_one_person_does_not_sign_for_both_parties(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    await world.post_for(desk.signs, {"sign_for_provider"}, award.provider_id)

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/countersign")

    answer.refused("D102-23.1", "one_person_for_both_parties")
    assert (await read(world, contract))["state"] == "drafted"


async def test_nobody_signs_before_the_registry_has_answered(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).ok()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")

    assert answer.problem(409, "wrong_state")["state"] == "asked"


async def test_an_answer_to_another_round_counts_for_nothing(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    for _ in range(2):
        (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).ok()

    await world.emit("registry", cleared(award, contract, 1))
    await world.pump()

    assert (await read(world, contract))["standing"] == "asked"


async def test_a_blocked_signing_is_refused_with_the_registrys_clause(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()

    await world.emit("registry", blocked(award, contract, 1))
    await world.pump()
    answer = await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")

    found = answer.refused("GPL-77.1", "barred")
    assert found["article"] == "政府采购法 第七十七条"
    assert (await read(world, contract))["signed_on"] is None


async def test_after_a_block_the_purchaser_asks_anew(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    await world.emit("registry", blocked(award, contract, 1))
    await world.pump()

    await put_to_signature(world, desk, contract, award)

    assert (await read(world, contract))["standing"] == "cleared"
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()


async def test_a_bar_in_the_same_city_stops_signing_before_the_registry_answers(world: World) -> None:
    provider = uuid4()
    award = zhuhai_award(world).model_copy(update={"provider_id": provider})
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    await world.emit("registry", a_bar(provider, "4404"))
    await world.pump()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})

    assert answer.refused("GPL-77.1", "provider_barred")["facts"] == {"until": "2023-02-28"}


async def test_a_bar_in_another_city_does_not_stop_signing(world: World) -> None:
    provider = uuid4()
    award = zhuhai_award(world).model_copy(update={"provider_id": provider})
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    await world.emit("registry", a_bar(provider, "5101"))
    await world.pump()

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).ok()


@pytest.mark.parametrize("bought", ["zhuhai-2021@1:2022-03-01", "national-procurement@1:2022-03-01"])
async def test_a_bar_by_the_street_measures_stops_no_signing_of_who_buys_by_another_text(
    world: World, bought: str
) -> None:
    award = zhuhai_award(world).model_copy(update={"provider_id": uuid4(), "rulebook": bought})
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    measures = {"rulebook": "zhuhai-2021@1", "clause": "ZH21-5.2"}
    await world.emit("registry", a_bar(award.provider_id, "4404").model_copy(update=measures))
    await world.pump()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})

    if bought.startswith("zhuhai"):
        answer.refused("ZH21-5.2", "provider_barred")
    else:
        answer.ok()


async def test_nothing_is_signed_with_a_provider_whose_registration_was_withdrawn(world: World) -> None:
    award, other = (zhuhai_award(world).model_copy(update={"provider_id": uuid4()}) for _ in range(2))
    desk, untouched = await a_desk(world, award), await a_desk(world, other)
    contract, stays = await a_cleared_contract(world, desk, award), await a_cleared_contract(world, untouched, other)
    written = await a_written_contract(world, desk, award)
    await leaves(world, award.provider_id)

    signed = await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")
    asked = await desk.signs.post("contracts", f"/v1/contracts/{written}/signing", {})

    for answer in (signed, asked):
        assert answer.refused("GPL-22.1", "registration_withdrawn")["facts"] == {"left_on": "2022-03-01"}
    (await untouched.signs.post("contracts", f"/v1/contracts/{stays}/sign")).ok()


async def test_the_purchaser_of_a_running_contract_learns_that_its_provider_left(world: World) -> None:
    award = zhuhai_award(world).model_copy(update={"provider_id": uuid4(), "organisation": uuid4()})
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    before = (await desk.signs.get("contracts", f"/v1/contracts/{contract}")).ok()
    waiting = await watched(desk.signs)
    await leaves(world, award.provider_id)

    after = (await desk.signs.get("contracts", f"/v1/contracts/{contract}")).ok()

    assert (before["provider_left_on"], after["provider_left_on"]) == (None, "2022-03-01")
    assert (waiting, await watched(desk.signs)) == ([], [(str(contract), "GPL-22.1")])


async def leaves(world: World, provider: UUID) -> None:
    about: dict[str, Any] = {
        "jurisdiction": "4404",
        "organisation": provider,
        "provider_id": provider,
        "left_on": date(2022, 3, 1),
    }
    await world.emit("registry", ProviderLeft(**about))
    await world.pump()


async def watched(person: Person) -> list[tuple[str, str]]:
    tasks = (await person.get("contracts", "/v1/tasks")).ok()
    return [(task["subject"], task["clause"]) for task in tasks if task["task"] == "watch_departed_provider"]


def a_bar(provider: UUID, jurisdiction: str) -> ProviderBarred:
    return ProviderBarred(
        jurisdiction=jurisdiction,
        organisation=uuid4(),
        provider_id=provider,
        rulebook="national-procurement@1",
        clause="GPL-77.1",
        effect="bar",
        cause=uuid4(),
        from_day=date(2022, 3, 1),
        until_day=date(2023, 2, 28),
    )


async def test_reasons_given_for_references_go_to_the_registry_by_clause_alone(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)
    reasons = {"reasons": {"ZH21-27.6": "整改已经完成"}}

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", reasons)).ok()

    [row] = await world.rows(
        "SELECT entry FROM contracts.journal WHERE subject = $1 AND type LIKE '%signing_proposed%'", contract
    )
    assert '"acknowledged":["ZH21-27.6"]' in row["entry"]
    assert "整改" not in row["entry"]


async def test_a_contract_not_yet_written_is_not_put_to_signature(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).problem(409, "wrong_state")


async def test_the_text_cannot_change_once_one_party_has_signed(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    body: dict[str, Any] = {
        "price": "1.00",
        "starts_on": "2022-04-01",
        "ends_on": "2022-04-02",
        "contents": {"object": "x"},
    }
    body["payments"] = [{"number": 1, "kind": "final", "amount": "1.00", "gate": "contract"}]
    answer = await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)

    answer.problem(409, "wrong_state")


async def test_a_contract_filed_before_its_term_waits_for_its_first_day(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)

    contract = await a_contract_in_force(world, desk, award)

    row = await read(world, contract)
    assert (row["state"], row["filed_on"]) == ("filed", date(2022, 3, 1))


@pytest.mark.clause("GPL-47.1", "accepts")
async def test_filing_shows_its_clause(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{contract}/countersign")).ok()

    filed = (await desk.files.post("contracts", f"/v1/contracts/{contract}/file")).ok()

    [timely] = [f for f in filed["explain"] if f["clause"] == "GPL-47.1"]
    assert (timely["satisfied"], timely["facts"]) == (True, {"last_day": "2022-03-10"})


@pytest.mark.clause("GPL-46.1", "accepts")
async def test_an_award_of_1_march_is_signed_in_time_until_31_march(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)

    signed = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()

    [timely] = [f for f in signed["explain"] if f["code"] == "signed_late"]
    assert (timely["satisfied"], timely["facts"]) == (True, {"last_day": "2022-03-31"})


@pytest.mark.clause("GPL-47.1", "shows", overdue=True, clause="GPL-47.1")
async def test_days_pass_and_what_is_late_is_shown(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    unsigned = await a_cleared_contract(world, desk, award)
    signed = await a_cleared_contract(world, desk, award.model_copy(update={"procurement_id": uuid4()}))
    (await desk.signs.post("contracts", f"/v1/contracts/{signed}/sign")).ok()
    (await desk.countersigns.post("contracts", f"/v1/contracts/{signed}/countersign")).ok()
    await world.today_is(date(2022, 4, 1))
    await world.pump()

    due = (await desk.drafts.get("contracts", f"/v1/contracts/{unsigned}")).ok()["deadlines"]
    filing = (await desk.drafts.get("contracts", f"/v1/contracts/{signed}")).ok()["deadlines"]

    late = [(d["kind"], d["last_day"], d["overdue"], d["clause"]) for d in [*due, *filing] if d["overdue"]]
    assert late == [
        ("contract_signing", "2022-03-31", True, "GPL-46.1"),
        ("contract_filing", "2022-03-10", True, "GPL-47.1"),
    ]


async def test_a_late_signature_is_possible_and_shown_as_late(world: World) -> None:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    await world.today_is(date(2022, 5, 10))

    signed = (await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")).ok()

    [late] = [f for f in signed["explain"] if f["code"] == "signed_late"]
    assert (late["satisfied"], late["effect"], late["clause"]) == (False, "reference", "GPL-46.1")


async def test_a_filed_contract_runs_from_its_first_day(world: World) -> None:
    await world.today_is(date(2022, 5, 11))
    award = zhuhai_award(world, starts_on=date(2022, 6, 1), ends_on=date(2023, 5, 31))
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    assert (await read(world, contract))["state"] == "filed"
    moved = "UPDATE contracts.deadlines SET due_at = $2, next_at = NULL WHERE kind = 'service_start' AND subject = $1"

    await world.rows(moved, contract, datetime(2022, 5, 1, tzinfo=UTC))  # the act asks the contract's own day
    await world.pump()
    assert (await read(world, contract))["state"] == "filed"

    await world.rows(moved, contract, datetime(2022, 5, 31, 16, tzinfo=UTC))
    await world.today_is(date(2022, 6, 1), hour=0)
    await world.pump()

    assert (await read(world, contract))["state"] == "running"


@pytest.mark.clause("ZH21-30.2", "refuses")
async def test_after_the_last_day_nothing_noticed_later_is_signed(world: World) -> None:
    await world.today_is(date(2024, 4, 2))
    dates = {"starts_on": date(2024, 5, 1), "ends_on": date(2025, 4, 30)}
    award = zhuhai_award(world, noticed_on=date(2024, 4, 1), **dates)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})

    assert answer.refused("ZH21-30.2")["facts"] == {"last_day": "2024-03-31", "noticed": "2024-04-01"}


async def test_after_the_last_day_what_was_noticed_on_it_is_still_signed(world: World) -> None:
    await world.today_is(date(2024, 4, 3))
    dates = {"starts_on": date(2024, 5, 1), "ends_on": date(2025, 4, 30)}
    award = zhuhai_award(world, noticed_on=date(2024, 3, 31), **dates)
    desk = await a_desk(world, award)
    contract = await a_written_contract(world, desk, award)

    (await desk.signs.post("contracts", f"/v1/contracts/{contract}/signing", {})).ok()
