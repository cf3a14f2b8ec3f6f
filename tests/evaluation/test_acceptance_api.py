from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.events.contracts import ContractSigned
from tests.evaluation.examples import (
    ACCEPTOR,
    CHENGDU,
    EVALUATOR,
    a_chengdu_contract,
    a_closed_survey,
    a_line,
    a_third_party,
    a_zhuhai_contract,
    both_opinions,
    entries,
    events,
    of_provider,
    officer,
)
from tests.support.world import Person, World


async def a_delivery_contract(world: World, **changes: Any) -> ContractSigned:
    """A class 3 procurement of Chengdu that is delivered, not continuing."""
    lines = [a_line(1, "acceptance"), a_line(2, "acceptance")]
    return await a_chengdu_contract(world, **{"nature": "deliverable", "lines": lines, **changes})


async def opened(person: Person, contract: ContractSigned, line: int = 0, **body: Any) -> str:
    path = f"/v1/contracts/{contract.contract_id}/acceptances"
    asked = {"line_id": str(contract.lines[line].line_id), **body}
    return f"/v1/acceptances/{(await person.post('evaluation', path, asked)).ok()['id']}"


def users(*names: str, **changes: Any) -> dict[str, Any]:
    told = [{"kind": "beneficiary", "channel": "phone", "name": name, "contact": f"139 {name}"} for name in names]
    return {"observers": [{**each, **changes} for each in told]}


THREE = users("canary-li", "canary-wang", "canary-chen")
ONE_WHO_USES_IT = users("canary-zhang", kind="actual_user")["observers"][0]


@pytest.mark.clause("CD17-25.2", "accepts")
@pytest.mark.clause("CD17-25.3", "accepts")
@pytest.mark.clause("CD17-25.1", "accepts")
async def test_a_delivery_watched_by_three_users_is_accepted_and_the_result_names_its_line(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    told = {"observers": [ONE_WHO_USES_IT, *THREE["observers"][:2]]}
    (await person.post("evaluation", f"{path}/observers", told)).ok()

    concluded = (await person.post("evaluation", f"{path}/conclusion", {"passed": True})).ok()

    assert (concluded["state"], concluded["attempt"]) == ("passed", 1)
    cited = {f["clause"] for f in concluded["explain"]}
    assert {"CD17-17.3", "CD17-25.1", "CD17-25.2", "CD17-25.3"} <= cited
    [event] = await events(world, concluded["id"], "acceptance_concluded")
    assert (event["line_id"], event["passed"], event["result_version"]) == (str(contract.lines[0].line_id), True, 1)
    assert await entries(world, concluded["id"]) == ["acceptance_opened", "observers_notified", "acceptance_concluded"]


@pytest.mark.clause("IC12-33.1", "refuses")
@pytest.mark.parametrize("book", ["zhuhai-2021@1", "national-procurement@1"])
async def test_where_the_city_is_silent_signing_and_accepting_lie_with_two_as_well(world: World, book: str) -> None:
    signer = await world.person(
        "signer", duties={"sign_contract"}, organisation=world.street, jurisdiction="4404/440402"
    )
    contract = await a_zhuhai_contract(world, rulebook=book, signer=signer.id)
    await world.post_for(signer, ACCEPTOR, world.street, "4404/440402")
    path, body = f"/v1/contracts/{contract.contract_id}/acceptances", {"line_id": str(contract.lines[1].line_id)}
    other = await officer(world, contract, ACCEPTOR)

    (await signer.post("evaluation", path, body)).refused("IC12-33.1", "acceptor_signed_contract")
    (await other.post("evaluation", path, body)).ok()


@pytest.mark.clause("CD17-17.3", "refuses")
async def test_the_signer_does_not_open_the_acceptance_not_even_as_a_colleagues_deputy(world: World) -> None:
    signer = await world.person("signer", duties={"sign_contract"}, organisation=world.office, jurisdiction=CHENGDU)
    contract = await a_delivery_contract(world, signer=signer.id)
    await world.post_for(signer, ACCEPTOR, world.office, CHENGDU)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await signer.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    answer.refused("CD17-17.3", "acceptor_signed_contract")
    [entry] = await world.rows(
        "SELECT type, audience, actor FROM evaluation.journal WHERE kind = 'refusal' AND subject = $1",
        contract.contract_id,
    )
    assert entry["type"] == "goufu.evaluation.open_acceptance.refused"
    assert (entry["audience"], entry["actor"]) == ("internal", signer.id)
    assert not await world.rows("SELECT 1 FROM evaluation.acceptances WHERE contract_id = $1", contract.contract_id)


@pytest.mark.clause("CD17-17.3", "accepts")
@pytest.mark.clause("CD17-26.1", "accepts")
async def test_a_colleague_who_did_not_sign_opens_it(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await person.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    mode = {f["clause"]: f["facts"] for f in answer.ok()["explain"]}
    assert (mode["CD17-26.1"], "CD17-17.3" in mode) == ({"mode": "assessment"}, True)


async def test_the_database_itself_keeps_the_signer_out(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)

    with pytest.raises(Exception, match="two_persons"):
        await world.rows(
            "UPDATE evaluation.acceptances SET opened_by = kept_apart WHERE id = $1::uuid", path.rsplit("/", 1)[1]
        )


@pytest.mark.clause("CD17-26.1", "refuses")
async def test_a_continuing_public_service_is_not_accepted_as_a_delivery(world: World) -> None:
    contract = await a_chengdu_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await person.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    refused = answer.refused("CD17-26.1", "continuous_service_is_assessed")
    assert refused["facts"] == {"mode": "assessment"}


@pytest.mark.clause("GPL-41.1", "refuses")
async def test_nor_does_it_where_no_city_has_a_text(world: World) -> None:
    contract = await a_zhuhai_contract(world, rulebook="national-procurement@1")
    provider = await of_provider(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await provider.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    answer.refused("GPL-41.1", "organiser_not_entitled")


@pytest.mark.clause("CD17-25.1", "refuses")
async def test_the_provider_does_not_accept_its_own_work(world: World) -> None:
    contract = await a_delivery_contract(world)
    provider = await of_provider(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await provider.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    assert answer.refused("CD17-25.1")["facts"] == {"organiser": "provider"}


@pytest.mark.clause("ZH21-27.1", "refuses")
async def test_a_third_party_without_a_live_mandate_organises_nothing(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    stranger = await world.person(duties=ACCEPTOR, organisation=uuid4())
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await stranger.post("evaluation", path, {"line_id": str(contract.lines[1].line_id)})

    assert answer.refused("ZH21-27.1")["facts"] == {"organiser": "nobody"}


async def test_a_third_party_with_a_live_mandate_organises_the_acceptance(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    third_party = await a_third_party(world, await officer(world, contract, EVALUATOR), contract)

    path = await opened(third_party, contract, line=1)

    assert (await third_party.get("evaluation", path)).ok()["organiser"] == "entrusted_third_party"


@pytest.mark.clause("GPL-41.1", "accepts")
async def test_so_it_does_where_no_city_has_a_text(world: World) -> None:
    contract = await a_zhuhai_contract(world, rulebook="national-procurement@1")
    third_party = await a_third_party(world, await officer(world, contract, EVALUATOR), contract)

    path = await opened(third_party, contract, line=1)
    concluded = (await third_party.post("evaluation", f"{path}/conclusion", {"passed": True})).ok()

    assert concluded["organiser"] == "entrusted_third_party"


@pytest.mark.clause("CD17-25.2", "refuses")
async def test_two_notified_users_are_too_few(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/observers", users("Li", "Wang"))).ok()

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": True})

    assert answer.refused("CD17-25.2", "too_few_observers")["facts"] == {"notified": "2", "least": "3"}


@pytest.mark.clause("CD17-25.3", "refuses")
@pytest.mark.parametrize("third", ["repeated", "provider", "purchaser", "no_user"])
async def test_a_third_who_is_no_third_user_does_not_count(world: World, third: str) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    employee = await of_provider(world, contract)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/observers", users("Li", "Wang"))).ok()
    told = {
        "repeated": users("ＬＩ", contact="139 li"),
        "provider": {"observers": [{"kind": "actual_user", "channel": "message", "person_id": str(employee.id)}]},
        "purchaser": {"observers": [{"kind": "actual_user", "channel": "message", "person_id": str(person.id)}]},
        "no_user": users("Zhao", kind="neighbour"),
    }[third]
    (await person.post("evaluation", f"{path}/observers", told)).ok()

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": True})

    assert answer.refused("CD17-25.3", "observers_not_counted")["facts"] == {"counted": "2", "least": "3"}


@pytest.mark.parametrize(
    ("third", "counted"),
    [
        ({"name": "李四", "contact": "139 0000 0002"}, 2),
        ({"name": "李 四", "contact": "139 0000 0003"}, 2),
        ({"name": "李四", "contact": "139 0000 0002", "identity_number": "440402197001010015"}, 2),
        ({"name": "李四", "contact": "139 0000 0001", "identity_number": "440402197001010023"}, 3),
        ({"name": "李思", "contact": "139 0000 0002", "identity_number": "440402197001010015"}, 2),
        ({"name": "李四", "contact": "139 0000 0002", "identity_number": "440402700101001"}, 2),
        ({"name": "李四", "contact": "139 0000 0002", "identity_number": "E12345678"}, 2),
        ({"name": "李四", "contact": "139 0000 0002", "identity_number": "000001"}, 2),
        ({"name": "李五", "contact": "139 0000 0001"}, 3),
    ],
    ids=[
        *("a second phone", "a space", "the same number", "another number", "another spelling"),
        *("the card of before", "a passport", "a number made up", "another name"),
    ],
)
async def test_one_person_with_two_phones_counts_once(world: World, third: dict[str, str], counted: int) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    first = {"name": "李四", "contact": "139 0000 0001"}
    if "identity_number" in third:
        first["identity_number"] = "440402197001010015"
    told = [{"kind": "beneficiary", "channel": "phone", **named} for named in (first, third)]
    (await person.post("evaluation", f"{path}/observers", {"observers": told})).ok()
    (await person.post("evaluation", f"{path}/observers", users("王五"))).ok()

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": True})

    found = answer.json.get("findings", []) + answer.json["explain"]
    [finding] = [f for f in found if f["code"] == "observers_not_counted"]
    assert (finding["facts"]["counted"], answer.status) == (str(counted), 201 if counted == 3 else 422)
    kept = await world.rows("SELECT * FROM evaluation.private_people WHERE contract_id = $1", contract.contract_id)
    assert "440402197001010015" not in str(kept)


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("440402197001010015", 200),
        ("440402197001010011", 422),
        ("440402197013010017", 422),
        ("440402701301001", 422),
        ("11010519491231002x", 200),
        ("H12345678", 200),
    ],
)
async def test_a_number_that_no_identity_card_has_is_not_taken(world: World, number: str, status: int) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    told = {"kind": "beneficiary", "channel": "phone", "name": "李四", "contact": "1", "identity_number": number}

    answer = await person.post("evaluation", f"{path}/observers", {"observers": [told]})

    assert (answer.status == 422) is (status == 422), answer.body


async def test_the_id_of_nobody_is_no_observer(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    told = {"observers": [{"kind": "actual_user", "channel": "message", "person_id": str(uuid4())}]}

    (await person.post("evaluation", f"{path}/observers", told)).problem(404, "not_found")

    assert (await person.get("evaluation", path)).ok()["observers"] == []


async def test_a_notice_after_the_acceptance_does_not_count(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/observers", THREE)).ok()
    yesterday, earlier = [
        await person.post("evaluation", f"{path}/conclusion", {"passed": True, "held_at": f"{instant}+08:00"})
        for instant in ("2022-02-28T23:59:59", "2022-03-01T00:00:00")
    ]

    [error] = yesterday.problem(422)["errors"]
    assert (error["field"], error["code"]) == ("body.held_at", "before_service")
    assert earlier.refused("CD17-25.3")["facts"]["counted"] == "0"


async def test_names_and_contacts_of_observers_are_in_no_entry_and_no_answer(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)

    told = await person.post("evaluation", f"{path}/observers", THREE)

    shown = await person.get("evaluation", path)
    assert "canary" not in told.body.decode() + shown.body.decode()
    assert len(shown.ok()["observers"]) == 3
    assert not await world.rows("SELECT 1 FROM evaluation.journal WHERE entry LIKE '%canary%'")
    kept = await world.rows(
        "SELECT purpose, keep_until FROM evaluation.private_people WHERE contract_id = $1", contract.contract_id
    )
    assert {(row["purpose"], row["keep_until"]) for row in kept} == {("evaluation/observer", date(2038, 2, 28))}


@pytest.mark.clause("ZH21-26.1", "accepts")
async def test_in_zhuhai_an_acceptance_passes_with_satisfaction_and_both_opinions(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR | EVALUATOR)
    survey = await a_closed_survey(person, contract, satisfied=8, answers=10)
    path = await opened(person, contract, line=1)
    await both_opinions(person, path, agrees=True)

    concluded = (await person.post("evaluation", f"{path}/conclusion", {"passed": True, "survey_id": survey})).ok()

    assert (concluded["state"], concluded["satisfaction"]) == ("passed", "80.00")
    assert {"ZH21-26.1", "ZH21-27.1", "ZH21-27.2", "ZH21-27.3"} <= {f["clause"] for f in concluded["explain"]}
    duties = (await person.get("evaluation", f"/v1/contracts/{contract.contract_id}/duties")).ok()
    assert [d["state"] for d in duties if d["kind"] == "acceptance"] == ["concluded"]


@pytest.mark.clause("ZH21-26.1", "refuses")
async def test_nothing_is_accepted_without_a_satisfaction_result(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract, line=1)
    await both_opinions(person, path)

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": True})

    answer.refused("ZH21-26.1", "satisfaction_missing")


@pytest.mark.clause("ZH21-27.2", "refuses")
@pytest.mark.clause("ZH21-27.3", "refuses")
async def test_an_acceptance_without_the_sides_opinions_is_not_concluded(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract, line=1)

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": False})

    answer.refused("ZH21-27.2", "opinion_missing")
    answer.refused("ZH21-27.3", "opinion_missing")


async def test_a_survey_of_another_contract_is_not_found(world: World) -> None:
    other = await a_zhuhai_contract(world)
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR | EVALUATOR)
    survey = await a_closed_survey(person, other, satisfied=3, answers=3)
    path = await opened(person, contract, line=1)

    answer = await person.post("evaluation", f"{path}/conclusion", {"passed": True, "survey_id": survey})

    answer.problem(404)


async def test_what_failed_is_accepted_again_and_the_result_counts_up(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    for passed in (False, True):
        path = await opened(person, contract)
        (await person.post("evaluation", f"{path}/observers", THREE)).ok()
        (await person.post("evaluation", f"{path}/conclusion", {"passed": passed})).ok()

    third = await person.post(
        "evaluation",
        f"/v1/contracts/{contract.contract_id}/acceptances",
        {"line_id": str(contract.lines[0].line_id)},
    )

    third.problem(409, "wrong_state")
    [event] = await events(world, path.rsplit("/", 1)[1], "acceptance_concluded")
    assert (event["passed"], event["result_version"]) == (True, 2)


async def test_a_line_that_waits_for_another_gate_has_no_acceptance(world: World) -> None:
    contract = await a_zhuhai_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await person.post("evaluation", path, {"line_id": str(contract.lines[2].line_id)})

    assert answer.problem(409, "wrong_state")["needed"] == ["gated_by_acceptance"]


async def test_an_acceptance_is_told_to_the_provider_and_hidden_from_strangers(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    provider = await of_provider(world, contract)
    stranger = await world.person(duties=ACCEPTOR, organisation=uuid4(), jurisdiction=CHENGDU)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/observers", THREE)).ok()
    concluded = (await person.post("evaluation", f"{path}/conclusion", {"passed": False})).ok()

    notices = (await provider.get("evaluation", "/v1/notices")).ok()

    assert [n["facts"]["result"] for n in notices if n["subject"] == concluded["id"]] == ["failed"]
    (await stranger.get("evaluation", path)).problem(404)


async def test_an_acceptance_of_tomorrow_is_not_signed_today(world: World) -> None:
    contract = await a_delivery_contract(world)
    person = await officer(world, contract, ACCEPTOR)
    path = await opened(person, contract)
    (await person.post("evaluation", f"{path}/observers", THREE)).ok()
    tomorrow = (date(2022, 3, 1) + timedelta(days=1)).isoformat()

    answer = await person.post(
        "evaluation", f"{path}/conclusion", {"passed": True, "held_at": f"{tomorrow}T10:00:00+08:00"}
    )

    [error] = answer.problem(422)["errors"]
    assert (error["field"], error["code"]) == ("body.held_at", "in_the_future")


async def test_before_the_first_day_there_is_nothing_to_accept(world: World) -> None:
    contract = await a_delivery_contract(world, starts_on=date(2022, 3, 2))
    person = await officer(world, contract, ACCEPTOR)
    path = f"/v1/contracts/{contract.contract_id}/acceptances"

    answer = await person.post("evaluation", path, {"line_id": str(contract.lines[0].line_id)})

    assert answer.problem(409, "wrong_state")["state"] == "not_started"
