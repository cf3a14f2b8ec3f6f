"""Papers of a procurement: nobody reads one before what names it is public; a file's hash covers its attachments."""

from typing import Any
from uuid import uuid4

from tests.support.papers import listed, reads, uploaded
from tests.support.world import Person, World
from tests.tendering.examples import (
    Purchase,
    a_drafted_file,
    a_noticed_procurement,
    an_open_procurement,
    an_opening_key,
    closing_in,
)
from tests.tendering.rounds import a_proposed_award, a_reviewed_procurement, a_scored_procurement, blocked


async def a_stranger(world: World) -> Person:
    return await world.person("stranger", duties={"submit_bid"}, organisation=uuid4(), jurisdiction="4404")


async def paper(person: Person) -> dict[str, Any]:
    return await uploaded(person, "tendering")


async def test_attachments_are_published_with_the_checked_file_and_those_of_older_versions_never(world: World) -> None:
    purchase, stranger = await an_open_procurement(world), await a_stranger(world)
    await an_opening_key(purchase)
    old, new = await paper(purchase.officer), await paper(purchase.officer)
    first = await a_drafted_file(purchase, documents=[old["id"]])
    latest = await a_drafted_file(purchase, documents=[new["id"]])
    (await purchase.colleague.post("tendering", f"/v1/files/{latest}/check")).ok()
    own = [await reads(purchase.colleague, "tendering", each) for each in (old, new)]
    before = [await reads(stranger, "tendering", each) for each in (old, new)]
    (await listed(stranger, "tendering", "file", latest)).problem(404, "not_found")

    notice = await paper(purchase.officer)
    body = {"closes_at": await closing_in(world, 25), "documents": [notice["id"]]}
    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).ok()

    assert (own, before) == ([True, True], [False, False])
    assert [await reads(stranger, "tendering", each) for each in (old, new, notice)] == [False, True, True]
    [shown] = (await listed(stranger, "tendering", "file", latest)).ok()
    assert (shown["id"], shown["sha256"]) == (new["id"], new["sha256"])
    (await listed(stranger, "tendering", "file", first)).problem(404, "not_found")


async def test_a_files_hash_covers_what_is_attached(world: World) -> None:
    purchase = await an_open_procurement(world)

    async def written(*documents: str) -> dict[str, Any]:
        file = await a_drafted_file(purchase, documents=list(documents))
        return dict((await purchase.officer.get("tendering", f"/v1/files/{file}")).ok())

    bare, again = await written(), await written()
    one, other = [await written((await paper(purchase.officer))["id"]) for _ in range(2)]

    assert bare["hash"] == again["hash"]
    assert len({bare["hash"], one["hash"], other["hash"]}) == 3
    assert "documents" not in bare["document"]
    assert len(one["document"]["documents"]) == 1


async def closing(purchase: Purchase, world: World, document: dict[str, Any]) -> None:
    body = {"closes_at": await closing_in(world, 40), "documents": [document["id"]]}
    (await purchase.officer.post("tendering", f"{purchase.path}/closing-change", body)).ok()


async def test_why_it_closes_later_is_told_once_another_person_has_confirmed_it(world: World) -> None:
    purchase, stranger = await a_noticed_procurement(world), await a_stranger(world)
    document = await paper(purchase.officer)
    await closing(purchase, world, document)
    before = await reads(stranger, "tendering", document)

    (await purchase.colleague.post("tendering", f"{purchase.path}/closing-change/confirm")).ok()

    assert (before, await reads(stranger, "tendering", document)) == (False, True)


async def test_why_it_ends_is_told_with_the_end(world: World) -> None:
    purchase, stranger = await a_noticed_procurement(world), await a_stranger(world)
    document = await paper(purchase.officer)
    body = {"ground": "task_cancelled", "reason": "场地因征收不再可用", "documents": [document["id"]]}
    (await purchase.officer.post("tendering", f"{purchase.path}/cancellation", body)).ok()
    before = await reads(stranger, "tendering", document)

    (await purchase.colleague.post("tendering", f"{purchase.path}/cancellation/confirm")).ok()

    assert (before, await reads(stranger, "tendering", document)) == (False, True)


async def test_papers_of_the_award_are_the_purchasers_sides(world: World) -> None:
    scored = await a_scored_procurement(world)
    officer, stranger = scored.purchase.officer, await a_stranger(world)
    bidder = scored.providers[0].person
    award = await a_proposed_award(world, scored)
    await blocked(world, award)
    document = await paper(officer)

    body = {"choice": "next", "acknowledged": [], "documents": [document["id"]]}
    (await officer.post("tendering", f"/v1/awards/{award.id}/choice", body)).ok()

    read = [await reads(person, "tendering", document) for person in (officer, bidder, stranger)]
    assert read == [True, False, False]
    assert [each["id"] for each in (await listed(officer, "tendering", "award", award.id)).ok()] == [document["id"]]


async def test_nobody_reads_a_members_papers_before_all_sheets_are_in(world: World) -> None:
    reviewed = await a_reviewed_procurement(world)
    member = await world.person("expert", duties={"score_bids"}, organisation=uuid4(), jurisdiction="4404/440402")

    (await listed(reviewed.purchase.officer, "tendering", "scores", reviewed.purchase.procurement_id)).problem(404)
    assert await reads(member, "tendering", await paper(member))
