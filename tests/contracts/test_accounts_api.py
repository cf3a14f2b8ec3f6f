"""To which account a contract is paid: signed by both, changed by both, known to no stranger."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.events.registry import ProviderRegistered, PurchaserRegistered
from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    ACCOUNT,
    Desk,
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    a_draft,
    a_second,
    ask_and_approve,
    lines_of,
    put_to_signature,
    receipt,
    returned,
    sign_and_file,
    written_as,
    zhuhai_award,
)
from tests.contracts.test_receipts_api import correct
from tests.support.world import Person, World

ANOTHER = {**ACCOUNT, "bank": "工商银行横琴支行", "number": "200200300400"}


def an_award(world: World) -> AwardConfirmed:
    return zhuhai_award(world).model_copy(update={"organisation": uuid4(), "provider_id": uuid4()})


async def in_force(world: World) -> tuple[Desk, UUID, str]:
    award = an_award(world)
    desk = await a_desk(world, award)
    contract = await a_contract_in_force(world, desk, award)
    return desk, contract, f"/v1/contracts/{contract}/account"


async def order_of(world: World, line: UUID, number: int = 1) -> dict[str, Any]:
    key = f"payment/{line}/{number}"
    [row] = await world.rows("SELECT payload FROM contracts.dispatches WHERE business_key = $1", key)
    found = row["payload"]
    return dict(json.loads(found) if isinstance(found, str) else found)


async def name(person: Person, path: str, account: dict[str, Any]) -> Any:
    return await person.post("contracts", path, account)


@pytest.mark.clause("D102-23.1", "refuses")
@pytest.mark.parametrize("account", [None, {**ACCOUNT, "title": "别人的公司"}], ids=["none", "another's"])
async def test_without_an_account_of_its_provider_a_contract_is_not_put_to_signature(
    world: World, account: dict[str, Any] | None
) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    path = f"/v1/contracts/{await a_draft(world, award)}"

    wrote = await desk.drafts.post("contracts", f"{path}/write", written_as(award, account=account))

    if account is None:
        wrote.ok()
        (await desk.signs.post("contracts", f"{path}/signing", {})).refused("D102-23.1", "account_missing")
    else:
        wrote.refused("D102-23.1", "account_of_another")


async def test_what_is_written_anew_without_its_account_is_not_signed(world: World) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    body = written_as(award, account=None)
    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()

    answer = await desk.signs.post("contracts", f"/v1/contracts/{contract}/sign")

    answer.refused("D102-23.1", "account_missing")


async def test_an_account_under_the_name_that_the_register_knows_today_is_the_providers_own(world: World) -> None:
    award = an_award(world)
    named: dict[str, Any] = {
        "title": "云澳 社区服务中心（新）",
        "kind": "social_organisation",
        "credit_code": "52440400MJM0000000",
    }
    about: dict[str, Any] = {
        "jurisdiction": "4404",
        "organisation": award.provider_id,
        "provider_id": award.provider_id,
    }
    await world.emit("registry", ProviderRegistered(**about, **named, founded_on=award.noticed_on))
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)
    account = {**ACCOUNT, "title": "云澳社区服务中心(新)"}

    answer = await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", written_as(award, account=account))

    answer.ok()


async def test_who_wrote_the_account_down_does_not_sign_it_for_the_provider(world: World) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    contract = await a_cleared_contract(world, desk, award)
    await world.post_for(desk.drafts, {"sign_for_provider"}, award.provider_id)

    answer = await desk.drafts.post("contracts", f"/v1/contracts/{contract}/countersign")

    answer.refused("D102-23.1", "account_agreed_by_one")


async def test_what_is_signed_covers_the_account(world: World) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    path = f"/v1/contracts/{await a_draft(world, award)}"

    hashes = [
        (await desk.drafts.post("contracts", f"{path}/write", written_as(award, account=account))).ok()["text_hash"]
        for account in (ACCOUNT, ANOTHER)
    ]

    assert len(set(hashes)) == 2
    shown = (await desk.countersigns.get("contracts", f"{path}/account")).ok()
    assert (shown["in_force"], shown["proposed"]["account_number"]) == (None, ANOTHER["number"])


async def test_the_order_names_both_parties_and_the_account_that_they_signed(world: World) -> None:
    award = an_award(world)
    code, street = "52440400MJM0000000", "横琴某街道办事处"
    provider: dict[str, Any] = {"title": award.provider_title, "kind": "social_organisation", "credit_code": code}
    about: dict[str, Any] = {
        "jurisdiction": "4404",
        "organisation": award.provider_id,
        "provider_id": award.provider_id,
    }
    await world.emit("registry", ProviderRegistered(**about, **provider, founded_on=award.noticed_on))
    purchaser: dict[str, Any] = {
        "jurisdiction": "4404",
        "organisation": award.organisation,
        "title": street,
        "kind": "street_office",
    }
    await world.emit("registry", PurchaserRegistered(**purchaser))
    desk = await a_desk(world, award)
    line, *_ = await lines_of(world, await a_contract_in_force(world, desk, award))

    await ask_and_approve(desk, line)

    order = await order_of(world, line)
    assert order["purchaser_title"] == street
    assert order["payee"] == {
        "provider_id": str(award.provider_id),
        "title": award.provider_title,
        "credit_code": code,
        "account": ACCOUNT,
    }


async def test_a_contract_of_before_accounts_is_paid_by_an_order_without_one(world: World) -> None:
    desk, contract, path = await in_force(world)
    await world.admin.execute("DELETE FROM contracts.private_accounts WHERE contract_id = $1", contract)
    advance, *_ = await lines_of(world, contract)

    await ask_and_approve(desk, advance)

    assert (await order_of(world, advance))["payee"]["account"] is None
    (await receipt(desk, advance, paid_by="hand")).ok()
    (await name(desk.countersigns, path, ANOTHER)).ok()
    agreed = (await desk.signs.post("contracts", f"{path}/agree")).ok()
    assert agreed["in_force"]["account_number"] == ANOTHER["number"]


@pytest.mark.clause("D102-23.1", "accepts")
async def test_both_parties_change_the_account_and_later_orders_go_there(world: World) -> None:
    desk, contract, path = await in_force(world)
    advance, *_ = await lines_of(world, contract)
    (await name(desk.countersigns, path, ANOTHER)).ok()
    await ask_and_approve(desk, advance)
    assert (await order_of(world, advance))["payee"]["account"] == ACCOUNT
    await returned(world, desk, advance, paid_by="hand")

    agreed = (await desk.signs.post("contracts", f"{path}/agree")).ok()

    assert (agreed["in_force"]["account_number"], agreed["proposed"]) == (ANOTHER["number"], None)
    await ask_and_approve(desk, advance)
    assert (await order_of(world, advance, 3))["payee"]["account"] == ANOTHER


async def test_an_account_is_not_changed_while_an_order_to_the_former_one_is_out(world: World) -> None:
    desk, contract, path = await in_force(world)
    advance, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    (await name(desk.countersigns, path, ANOTHER)).ok()

    (await desk.signs.post("contracts", f"{path}/agree")).refused("D102-23.1", "order_to_former_account")
    (await receipt(desk, advance, paid_by="hand")).ok()
    agreed = (await desk.signs.post("contracts", f"{path}/agree")).ok()

    assert agreed["in_force"]["account_number"] == ANOTHER["number"]


async def test_an_order_that_came_back_by_a_slip_is_out_no_longer_once_it_is_paid(world: World) -> None:
    desk, contract, path = await in_force(world)
    advance, *_ = await lines_of(world, contract)
    await ask_and_approve(desk, advance)
    await returned(world, desk, advance, paid_by="hand")
    (await correct(await a_second(world, desk, advance), world, advance, True, "GK-9")).ok()
    (await name(desk.countersigns, path, ANOTHER)).ok()

    agreed = (await desk.signs.post("contracts", f"{path}/agree")).ok()

    assert agreed["in_force"]["account_number"] == ANOTHER["number"]


async def test_the_account_of_an_ended_contract_is_changed_too_since_what_it_owes_is_still_paid(world: World) -> None:
    desk, contract, path = await in_force(world)
    await world.admin.execute(
        "UPDATE contracts.contracts SET state = 'completed', ended_on = ends_on WHERE id = $1", contract
    )

    (await name(desk.countersigns, path, ANOTHER)).ok()
    agreed = (await desk.signs.post("contracts", f"{path}/agree")).ok()

    assert agreed["in_force"]["account_number"] == ANOTHER["number"]


async def test_one_person_does_not_change_the_account(world: World) -> None:
    desk, contract, path = await in_force(world)
    [row] = await world.rows("SELECT organisation, provider_id FROM contracts.contracts WHERE id = $1", contract)
    await world.post_for(desk.signs, {"sign_for_provider"}, row["provider_id"])
    (await name(desk.signs, path, ANOTHER)).ok()

    answer = await desk.signs.post("contracts", f"{path}/agree")

    answer.refused("GPR-9.1", "person_interested")
    with pytest.raises(asyncpg.CheckViolationError, match="two_persons"):
        await world.admin.execute(
            "UPDATE contracts.private_accounts SET agreed_by = named_by, agreed_on = '2022-03-01'"
            " WHERE contract_id = $1 AND agreed_by IS NULL",
            contract,
        )


async def test_neither_the_purchaser_names_an_account_nor_the_provider_agrees_to_one(world: World) -> None:
    desk, _, path = await in_force(world)

    (await name(desk.signs, path, ANOTHER)).problem(403)
    (await name(desk.countersigns, path, {**ANOTHER, "title": "别人的公司"})).refused("D102-23.1", "account_of_another")
    (await desk.signs.post("contracts", f"{path}/agree")).problem(409, "wrong_state")
    (await name(desk.countersigns, path, ANOTHER)).ok()
    (await desk.countersigns.post("contracts", f"{path}/agree")).problem(403)


async def test_nobody_agrees_to_another_account_than_they_have_read(world: World) -> None:
    desk, _, path = await in_force(world)
    read = (await name(desk.countersigns, path, ANOTHER)).ok()["version"]
    (await name(desk.countersigns, path, {**ANOTHER, "number": "999999999999"})).ok()

    answer = await desk.signs.post("contracts", f"{path}/agree", etag=f'"{read}"')

    answer.problem(412)
    [waiting] = [task for task in (await desk.signs.get("contracts", "/v1/tasks")).ok() if "account" in task["task"]]
    assert (waiting["task"], waiting["clause"]) == ("agree_payee_account", "D102-23.1")


async def test_no_event_holds_an_account_and_no_stranger_reads_one(world: World) -> None:
    desk, contract, path = await in_force(world)
    (await name(desk.countersigns, path, ANOTHER)).ok()
    (await desk.signs.post("contracts", f"{path}/agree")).ok()
    stranger = await a_desk(world, an_award(world))

    (await stranger.signs.get("contracts", path)).problem(404)
    (await stranger.countersigns.get("contracts", path)).problem(404)
    entries = await world.rows("SELECT entry::text AS entry FROM contracts.journal")
    numbers = (ACCOUNT["number"], ANOTHER["number"], ACCOUNT["bank_code"])
    assert not [entry for entry in entries if any(number in entry["entry"] for number in numbers)]
    told = await world.rows(
        "SELECT audience FROM contracts.journal WHERE subject = $1 AND type LIKE '%payee_account%'", contract
    )
    assert [row["audience"] for row in told] == ["internal", "internal"]


@pytest.mark.parametrize("number", ["1234567", "１２３４５６７８９", "6400-0123-4567", "6" * 33, ""])
async def test_a_number_that_no_bank_has_is_a_wrong_field(world: World, number: str) -> None:
    award = an_award(world)
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)
    body = written_as(award, account={**ACCOUNT, "number": number})

    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)).problem(422)

    assert await world.rows("SELECT 1 FROM contracts.private_accounts WHERE contract_id = $1", contract) == []


@pytest.mark.clause("SME46-P9.1", "refuses")
@pytest.mark.clause("SME46-P9.1", "accepts")
async def test_a_small_enterprise_is_paid_within_sixty_days_whatever_the_file_says(world: World) -> None:
    award = an_award(world)
    late = [payment.model_copy(update={"due_days": 61}) for payment in award.terms.payments]
    award = award.model_copy(update={"terms": award.terms.model_copy(update={"payments": late})})
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)
    path = f"/v1/contracts/{contract}/write"
    body = written_as(award, small_or_medium=True)
    within = {**body, "payments": [{**payment, "due_days": 60} for payment in body["payments"]]}

    found = (await desk.drafts.post("contracts", path, body)).refused("SME46-P9.1", "small_enterprise_paid_late")
    wrote = (await desk.drafts.post("contracts", path, within)).ok()

    assert found["facts"] == {"most": "60", "lines": ", ".join(str(n) for n in range(1, len(late) + 1))}
    assert "SME46-P9.1" in {said["clause"] for said in wrote["explain"]}
    await put_to_signature(world, desk, contract, award)
    await sign_and_file(desk, contract)
    [signed] = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event FROM contracts.journal"
        " WHERE subject = $1 AND type = 'goufu.contracts.contract_signed.v1'",
        contract,
    )
    assert {line["due_days"] for line in signed["event"]["lines"]} == {60}
    advance, *_ = await lines_of(world, contract)
    paid = await ask_and_approve(desk, advance)
    assert paid["due_on"] == "2022-04-30"
    assert "SME46-P9.1" in {said["clause"] for said in paid["explain"]}


async def test_a_large_one_is_paid_as_the_file_says(world: World) -> None:
    award = an_award(world)
    late = [payment.model_copy(update={"due_days": 61}) for payment in award.terms.payments]
    award = award.model_copy(update={"terms": award.terms.model_copy(update={"payments": late})})
    desk = await a_desk(world, award)
    contract = await a_draft(world, award)
    body = written_as(award)
    within = {**body, "payments": [{**payment, "due_days": 60} for payment in body["payments"]]}

    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", within)).refused(code="departs_from_award")
    (await desk.drafts.post("contracts", f"/v1/contracts/{contract}/write", body)).ok()
