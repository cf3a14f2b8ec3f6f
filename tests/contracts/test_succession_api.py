"""Who took a party's place carries the contract on: it acts, is asked, and is paid under its own name and code."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.contracts.accounts.rules import Account, Party, payee_of
from shared.events.registry import (
    OrganisationLeft,
    OrganisationRegistered,
    OrganisationSucceeded,
    ProviderLeft,
    ProviderRegistered,
    PurchaserRegistered,
)
from shared.events.tendering import AwardConfirmed
from tests.contracts.examples import (
    ACCOUNT,
    Desk,
    a_contract_in_force,
    a_desk,
    ask_and_approve,
    lines_of,
    returned,
)
from tests.contracts.test_accounts_api import an_award, order_of
from tests.support.world import World

PLACE = "4404/440402"


async def a_purchaser(world: World, title: str) -> UUID:
    street = uuid4()
    about: dict[str, Any] = {"jurisdiction": PLACE, "organisation": street, "title": title}
    await world.emit("registry", PurchaserRegistered(**about, kind="street_office"))
    await world.emit("registry", OrganisationRegistered(**about, kind="purchaser"))
    return street


async def a_provider(world: World, title: str, code: str, provider: UUID | None = None) -> UUID:
    provider = provider or uuid4()
    about: dict[str, Any] = {"jurisdiction": "4404", "organisation": provider, "title": title}
    known: dict[str, Any] = {"kind": "social_organisation", "credit_code": code, "founded_on": date(2010, 1, 1)}
    await world.emit("registry", ProviderRegistered(**about, provider_id=provider, **known))
    await world.emit("registry", OrganisationRegistered(**about, kind="provider"))
    return provider


async def follows(world: World, old: UUID, new: UUID, kind: str, place: str, *, left: bool = True) -> None:
    about: dict[str, Any] = {"jurisdiction": place, "from_day": date(2022, 3, 1)}
    await world.emit("registry", OrganisationSucceeded(organisation=new, predecessor=old, **about))
    if left:
        gone: dict[str, Any] = {"departure": "merged", "left_on": date(2022, 3, 1)}
        await world.emit("registry", OrganisationLeft(organisation=old, jurisdiction=place, kind=kind, **gone))
    if kind == "provider" and left:
        known: dict[str, Any] = {"jurisdiction": place, "left_on": date(2022, 3, 1)}
        await world.emit("registry", ProviderLeft(organisation=old, provider_id=old, **known))
    await world.pump()


async def a_contract(world: World) -> tuple[Desk, AwardConfirmed, UUID]:
    award = an_award(world)
    await a_provider(world, award.provider_title, "52440400MJM0000000", award.provider_id)
    desk = await a_desk(world, award)
    return desk, award, await a_contract_in_force(world, desk, award)


async def test_a_line_is_paid_to_the_successor_with_its_code_and_its_own_account(world: World) -> None:
    desk, award, contract = await a_contract(world)
    line, *_ = await lines_of(world, contract)
    new = await a_provider(world, "晴朗社区服务中心", "52440400MJM1111111")
    people: dict[str, Any] = {"duties": {"sign_for_provider"}, "organisation": new, "jurisdiction": "4404"}
    signer = await world.person("signer", **people)
    path = f"/v1/contracts/{contract}/account"

    early = await signer.post("contracts", path, {**ACCOUNT, "title": "晴朗社区服务中心"})
    await follows(world, award.provider_id, new, "provider", "4404")
    await ask_and_approve(desk, line)
    first = (await order_of(world, line))["payee"]
    await returned(world, desk, line, paid_by="hand")
    foreign = await signer.post("contracts", path, ACCOUNT)
    (await signer.post("contracts", path, {**ACCOUNT, "title": "晴朗社区服务中心"})).ok()
    (await desk.signs.post("contracts", f"{path}/agree")).ok()
    await ask_and_approve(desk, line)

    early.problem(403, "not_allowed")
    foreign.refused("D102-23.1", "account_of_another")
    named = {"provider_id": str(new), "title": "晴朗社区服务中心", "credit_code": "52440400MJM1111111"}
    assert first == {**named, "account": None}
    assert (await order_of(world, line, 3))["payee"] == {**named, "account": {**ACCOUNT, "title": "晴朗社区服务中心"}}


async def test_a_provider_that_is_still_there_is_paid_itself(world: World) -> None:
    desk, award, contract = await a_contract(world)
    line, *_ = await lines_of(world, contract)
    new = await a_provider(world, "分立社区服务中心", "52440400MJM2222222")
    await follows(world, award.provider_id, new, "provider", "4404", left=False)

    await ask_and_approve(desk, line)

    payee = (await order_of(world, line))["payee"]
    assert (payee["provider_id"], payee["account"]) == (str(award.provider_id), ACCOUNT)


async def test_a_contract_is_watched_for_its_provider_that_left_until_a_successor_is_known(world: World) -> None:
    desk, award, contract = await a_contract(world)
    new = await a_provider(world, "后继社区服务中心", "52440400MJM4444444")

    async def watched() -> bool:
        tasks = (await desk.signs.get("contracts", "/v1/tasks")).ok()
        return ("watch_departed_provider", str(contract)) in {(task["task"], task["subject"]) for task in tasks}

    gone: dict[str, Any] = {"jurisdiction": "4404", "left_on": date(2022, 3, 1), "organisation": award.provider_id}
    await world.emit("registry", OrganisationLeft(kind="provider", departure="merged", **gone))
    await world.emit("registry", ProviderLeft(provider_id=award.provider_id, **gone))
    await world.pump()
    before = await watched()
    await follows(world, award.provider_id, new, "provider", "4404", left=False)

    assert (before, await watched()) == (True, False)


async def test_two_persons_of_the_successor_pay_what_the_predecessor_owes(world: World) -> None:
    _, award, contract = await a_contract(world)
    line, *_ = await lines_of(world, contract)
    second, last = [await a_purchaser(world, title) for title in ("合并街道办事处", "再合并街道办事处")]
    about: dict[str, Any] = {"jurisdiction": PLACE, "title": "原街道办事处", "kind": "purchaser"}
    await world.emit("registry", OrganisationRegistered(organisation=award.organisation, **about))
    heirs = await a_desk(world, award.model_copy(update={"organisation": last}))

    await follows(world, award.organisation, second, "purchaser", PLACE)
    await follows(world, second, last, "purchaser", PLACE)
    (await heirs.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).ok()
    own = await heirs.asks.post("contracts", f"/v1/payment-lines/{line}/approve")
    (await heirs.approves.post("contracts", f"/v1/payment-lines/{line}/approve")).ok()

    own.problem(403, "not_allowed")
    order = await order_of(world, line)
    assert (order["purchaser_id"], order["purchaser_title"]) == (str(last), "再合并街道办事处")
    [row] = await world.rows("SELECT organisation FROM contracts.contracts WHERE id = $1", contract)
    assert row["organisation"] == award.organisation


async def test_who_was_with_the_predecessor_decides_nothing_for_the_purchaser(world: World) -> None:
    desk, award, contract = await a_contract(world)
    line, *_ = await lines_of(world, contract)
    new = await a_provider(world, "承继社区服务中心", "52440400MJM3333333")
    await world.post_for(desk.asks, {"maintain_provider"}, new, "4404")
    before = await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})
    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {})).problem(409)

    await follows(world, award.provider_id, new, "provider", "4404")
    await world.post_for(desk.approves, {"maintain_provider"}, new, "4404")
    answer = await desk.approves.post("contracts", f"/v1/payment-lines/{line}/approve")

    before.ok()
    answer.refused("GPR-9.1", "person_interested")


OLD, ONE, TWO = Party(uuid4(), "甲"), Party(uuid4(), "乙", "1"), Party(uuid4(), "丙", "2")


@pytest.mark.parametrize(
    ("carrying_on", "title", "paid", "keeps"),
    [
        ([], "甲", OLD, True),
        ([OLD], "甲", OLD, True),
        ([ONE], "甲", ONE, False),
        ([ONE], "乙", ONE, True),
        ([ONE, TWO], "丙", TWO, True),
        ([ONE, TWO], "甲", OLD, False),
    ],
)
def test_an_account_of_who_is_no_more_is_paid_nothing(
    carrying_on: list[Party], title: str, paid: Party, keeps: bool
) -> None:
    account = Account(title, "中国银行", "12345678")

    assert payee_of(OLD, carrying_on, account) == (paid, account if keeps else None)
