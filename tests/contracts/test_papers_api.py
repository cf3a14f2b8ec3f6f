"""Papers of a contract: the scan that was signed, invoices, receipts, agreements; read by its parties, or by one."""

from typing import Any
from uuid import UUID, uuid4

from tests.contracts.examples import (
    Desk,
    a_cleared_contract,
    a_contract_in_force,
    a_desk,
    lines_of,
    receipt,
    zhuhai_award,
)
from tests.support.papers import listed, on_record, reads, uploaded
from tests.support.world import Person, World


async def a_contract(world: World, *, in_force: bool = True) -> tuple[Desk, UUID]:
    award = zhuhai_award(world)
    desk = await a_desk(world, award)
    return desk, await (a_contract_in_force if in_force else a_cleared_contract)(world, desk, award)


async def readers(world: World, desk: Desk) -> dict[str, Person]:
    return {
        "purchaser": desk.signs,
        "provider": desk.countersigns,
        "auditor": await world.person(duties={"audit"}, organisation=uuid4(), jurisdiction="4404"),
        "rival": await world.person(duties={"sign_for_provider"}, organisation=uuid4(), jurisdiction="4404"),
    }


async def who_reads(people: dict[str, Person], document: dict[str, Any]) -> set[str]:
    return {name for name, person in people.items() if await reads(person, "contracts", document)}


async def test_each_party_and_finance_name_the_scan_of_what_was_signed(world: World) -> None:
    desk, contract = await a_contract(world, in_force=False)
    people = await readers(world, desk)
    scans = []
    for person, act in ((desk.signs, "sign"), (desk.countersigns, "countersign"), (desk.files, "file")):
        scan = await uploaded(person, "contracts")
        scans.append(scan)
        (await person.post("contracts", f"/v1/contracts/{contract}/{act}", {"documents": [scan["id"]]})).ok()

    for scan in scans:
        assert await who_reads(people, scan) == {"purchaser", "provider", "auditor"}
        assert [entry["hashes"] for entry in await on_record(world, "contracts", scan)] == [[scan["sha256"]]]
    shown = (await listed(desk.signs, "contracts", "contract", contract)).ok()
    assert [each["id"] for each in shown] == [scan["id"] for scan in scans]


async def test_one_party_does_not_name_the_others_papers(world: World) -> None:
    desk, contract = await a_contract(world, in_force=False)
    theirs = await uploaded(desk.countersigns, "contracts")
    path = f"/v1/contracts/{contract}"

    (await desk.signs.post("contracts", f"{path}/sign", {"documents": [theirs["id"]]})).refused("GPL-42.1")
    (await desk.signs.post("contracts", f"{path}/sign")).ok()
    (await desk.countersigns.post("contracts", f"{path}/countersign", {"documents": [theirs["id"]]})).ok()


async def test_a_provider_of_another_city_names_papers_of_its_own(world: World) -> None:
    """It works wherever it likes, so where it is registered does not matter."""
    desk, contract = await a_contract(world, in_force=False)
    duty = {"sign_for_provider"}
    signer = await world.person(duties=duty, organisation=desk.countersigns.organisation, jurisdiction="5101")
    scan = await uploaded(signer, "contracts")

    answer = await signer.post("contracts", f"/v1/contracts/{contract}/countersign", {"documents": [scan["id"]]})

    answer.ok()


async def test_an_invoice_and_a_receipt_are_read_as_the_payment(world: World) -> None:
    desk, contract = await a_contract(world)
    people = {**await readers(world, desk), "finance": desk.receives}
    line = (await lines_of(world, contract))[0]
    invoice, slip = await uploaded(desk.asks, "contracts"), await uploaded(desk.receives, "contracts")

    (await desk.asks.post("contracts", f"/v1/payment-lines/{line}/request", {"documents": [invoice["id"]]})).ok()
    (await desk.approves.post("contracts", f"/v1/payment-lines/{line}/approve")).ok()
    (await receipt(desk, line, documents=[slip["id"]])).ok()

    assert await who_reads(people, invoice) == {"purchaser", "provider", "auditor"}
    assert await who_reads(people, slip) == {"purchaser", "provider", "auditor", "finance"}
    shown = (await listed(desk.countersigns, "contracts", "payment", line)).ok()
    assert [each["id"] for each in shown] == [invoice["id"], slip["id"]]


async def test_an_agreement_to_end_it_is_both_parties_and_a_charge_of_breach_the_purchasers(world: World) -> None:
    for ground, reading in (
        ("agreement", {"purchaser", "provider", "auditor"}),
        ("provider_breach", {"purchaser", "auditor"}),
    ):
        desk, contract = await a_contract(world)
        people, document = await readers(world, desk), await uploaded(desk.signs, "contracts")
        body = {"ground": ground, "reason": "见附件", "documents": [document["id"]]}

        (await desk.signs.post("contracts", f"/v1/contracts/{contract}/terminations", body)).ok()

        assert await who_reads(people, document) == reading
        kind = "agreement" if ground == "agreement" else "ending"
        assert (await listed(desk.signs, "contracts", kind, contract)).ok()[0]["id"] == document["id"]


async def test_a_refused_act_leaves_its_papers_to_be_named_by_another(world: World) -> None:
    desk, contract = await a_contract(world)
    invoice, lines = await uploaded(desk.asks, "contracts"), await lines_of(world, contract)
    body = {"documents": [invoice["id"]]}

    (await desk.asks.post("contracts", f"/v1/payment-lines/{uuid4()}/request", body)).problem(404)
    (await desk.asks.post("contracts", f"/v1/payment-lines/{lines[0]}/request", body)).ok()
    (await desk.asks.post("contracts", f"/v1/payment-lines/{lines[1]}/request", body)).refused("GPL-42.1")
