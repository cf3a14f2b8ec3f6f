"""Named examples that the tests of the catalog share: a directory in force, people at their desks, proposals."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import services.catalog.directories
from shared.events.registry import PurchaserRegistered
from tests.support.world import Person, World

EDITIONS = Path(services.catalog.directories.__file__).parent / "editions"
HEADER = "code,parent,level,name_zh,name_en,note\n"
CHENGDU_SHEET = HEADER + "A,,1,基本公共服务,Basic public services,\nA01,A,2,居家养老,Home care for the elderly,\n"
ZHUHAI_SHEET = (EDITIONS / "zhuhai-2021.csv").read_text(encoding="utf-8")
ZHUHAI, CHENGDU = "4404/440402", "5101/510104"


@dataclass(frozen=True, slots=True)
class Desks:
    """The people of one purchaser and its finance bureau; nobody sits at two desks."""

    jurisdiction: str
    organisation: UUID
    planner: Person
    reviewer: Person
    writer: Person
    need_reviewer: Person
    accountant: Person
    finance: Person


async def desks(world: World, jurisdiction: str, organisation: UUID | None = None) -> Desks:
    """A purchaser of the city with a directory in force, and its people."""
    zhuhai = jurisdiction == ZHUHAI
    organisation = organisation or (world.street if zhuhai else world.office)
    bureau = world.finance_zh if zhuhai else world.finance_cd
    await a_purchaser(world, organisation, jurisdiction, "street_office" if zhuhai else "administrative_organ")
    await a_directory(world, jurisdiction, ZHUHAI_SHEET if zhuhai else CHENGDU_SHEET, bureau)

    async def person(*duties: str, of: UUID = organisation) -> Person:
        return await world.person("clerk", duties=duties, organisation=of, jurisdiction=jurisdiction)

    return Desks(
        jurisdiction,
        organisation,
        await person("propose_project"),
        await person("review_project"),
        await person("write_requirement"),
        await person("review_requirement"),
        await person("submit_budget"),
        await person("review_budget", "open_budget_line", of=bureau),
    )


async def a_purchaser(world: World, organisation: UUID, jurisdiction: str, kind: str) -> None:
    await world.emit(
        "registry",
        PurchaserRegistered(jurisdiction=jurisdiction, organisation=organisation, title="云澳街道办事处", kind=kind),
    )
    await world.pump()


async def a_directory(
    world: World, jurisdiction: str, sheet: str, bureau: UUID, valid_from: str = "2022-03-01"
) -> dict[str, Any]:
    """An edition drafted by one person and published by another, in force from the first day."""
    drafter = await world.person("drafter", duties={"draft_directory"}, organisation=bureau, jurisdiction=jurisdiction)
    publisher = await world.person(
        "publisher", duties={"publish_directory"}, organisation=bureau, jurisdiction=jurisdiction
    )
    body = {
        "jurisdiction": jurisdiction,
        "organisation": str(bureau),
        "kind": "guidance",
        "title": "政府购买服务指导性目录",
        "valid_from": valid_from,
        "sheet": sheet,
        "negative_declaration": await nothing_negative(drafter, jurisdiction),
    }
    draft = (await drafter.post("catalog", "/v1/directories", body)).ok()
    published: dict[str, Any] = (await publisher.post("catalog", f"/v1/directories/{draft['id']}/publish")).ok()
    return published


async def nothing_negative(person: Person, jurisdiction: str) -> dict[str, bool]:
    """A clean declaration: none of the items applies."""
    items = (await person.get("catalog", "/v1/negative-items", jurisdiction=jurisdiction)).ok()
    return {item["item"]: False for item in items}


async def zhuhai_proposal(at: Desks, **changes: Any) -> dict[str, Any]:
    """Counselling for a community, led by party organisation and residents' committee."""
    proposal = {
        "jurisdiction": at.jurisdiction,
        "organisation": str(at.organisation),
        "title": "社区心理咨询服务",
        "way": "community_vote",
        "item": "2.04",
        "nature": "deliverable",
        "estimate": "220000.00",
        "need_origin": "public_service",
        "details": {
            "leads": ["party_organisation", "residents_committee"],
            "marks": {"inclusive": "面向全体居民"},
        },
        "negative_declaration": await nothing_negative(at.planner, at.jurisdiction),
    }
    return {**proposal, **changes}


async def chengdu_proposal(at: Desks, **changes: Any) -> dict[str, Any]:
    """Home care for the elderly, class 3, continuous."""
    proposal = {
        "jurisdiction": at.jurisdiction,
        "organisation": str(at.organisation),
        "title": "居家养老服务",
        "way": "planned_by_purchaser",
        "item": "A01",
        "nature": "continuous",
        "estimate": "480000.00",
        "need_origin": "public_service",
        "service_class": 3,
        "details": {
            "beneficiaries": "辖区80岁以上老年人",
            "field": "home_elderly_care",
            "field_reason": "老龄化社区急需",
        },
        "negative_declaration": await nothing_negative(at.planner, at.jurisdiction),
    }
    return {**proposal, **changes}


async def a_project(at: Desks, **changes: Any) -> dict[str, Any]:
    """A project just proposed."""
    build = zhuhai_proposal if at.jurisdiction == ZHUHAI else chengdu_proposal
    project: dict[str, Any] = (await at.planner.post("catalog", "/v1/projects", await build(at, **changes))).ok()
    return project


APPROVAL = {
    "verdict": "approve",
    "criteria": {"budget": "可承受", "community_need": "居民需要", "overall_development": "符合规划"},
    "available_money": "220000.00",
}


async def a_voted_project(at: Desks, votes: tuple[int, int] = (87, 19), **changes: Any) -> dict[str, Any]:
    """A community's project after deliberation and vote."""
    project = await a_project(at, **changes)
    path = f"/v1/projects/{project['id']}"
    (await at.planner.post("catalog", f"{path}/deliberation", {"occurred_on": "2022-02-20"})).ok()
    vote = {"occurred_on": "2022-02-27", "votes_for": votes[0], "votes_against": votes[1]}
    voted: dict[str, Any] = (await at.planner.post("catalog", f"{path}/vote", vote)).ok()
    return voted


async def a_pooled_project(at: Desks, **changes: Any) -> dict[str, Any]:
    """A project the purchaser has approved."""
    build = a_voted_project if at.jurisdiction == ZHUHAI else a_project
    project = await build(at, **changes)
    path = f"/v1/projects/{project['id']}/review"
    approval = APPROVAL if at.jurisdiction == ZHUHAI else {"verdict": "approve"}
    pooled: dict[str, Any] = (await at.reviewer.post("catalog", path, approval)).ok()
    return pooled


async def a_line(at: Desks, amount: str, **changes: Any) -> dict[str, Any]:
    """A budget line of the purchaser for 2022."""
    code = f"2080299-{uuid4().hex[:8]}"
    place = {"jurisdiction": at.jurisdiction, "organisation": str(at.organisation)}
    body = {**place, "code": code, "title": "购买服务", "year": 2022, "amount": amount, **changes}
    line: dict[str, Any] = (await at.finance.post("catalog", "/v1/budget-lines", body)).ok()
    return line


ZHUHAI_SOURCES = [
    {"kind": "fiscal", "amount": "200000.00"},
    {"kind": "charity_public_benefit", "amount": "20000.00", "earmark": "2"},
]
CHENGDU_SOURCES = [{"kind": "fiscal", "amount": "480000.00"}]


async def a_budget(at: Desks, **changes: Any) -> dict[str, Any]:
    """What to ask for: 220,000.00 of two kinds in Zhuhai, 480,000.00 fiscal in Chengdu."""
    zhuhai = at.jurisdiction == ZHUHAI
    fiscal = "200000.00" if zhuhai else "480000.00"
    return {
        "line_id": (await a_line(at, fiscal))["id"],
        "year": 2022,
        "amount": "220000.00" if zhuhai else "480000.00",
        "sources": ZHUHAI_SOURCES if zhuhai else CHENGDU_SOURCES,
        **changes,
    }


async def a_submitted_budget(at: Desks, project: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The purchaser's request for a project's money."""
    path = f"/v1/projects/{project['id']}/budgets"
    submitted: dict[str, Any] = (await at.accountant.post("catalog", path, await a_budget(at, **changes))).ok()
    return submitted


async def an_approved_budget(at: Desks, project: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Money that finance has approved."""
    budget = await a_submitted_budget(at, project, **changes)
    path = f"/v1/budgets/{budget['id']}/review"
    approved: dict[str, Any] = (await at.finance.post("catalog", path, {"verdict": "approve"})).ok()
    return approved


FIELDS = (
    *("functions_or_objectives", "procurement_policies", "standards", "quantity_or_scope", "period", "beneficiaries"),
    *("content", "quality", "team_requirements", "time", "place", "transition", "unforeseen_handling"),
    "settlement_method",
)


def a_content(at: Desks, **changes: Any) -> dict[str, Any]:
    """A requirement: whole by CD17 art. 13 in Chengdu, a single field in Zhuhai."""
    if at.jurisdiction == ZHUHAI:
        return {"fields": {"content": "为社区居民提供心理咨询600人次"}, **changes}
    return {
        "fields": {name: f"{name}：见附件" for name in FIELDS},
        "indicators": [{"name": "每月上门次数", "measurable": True, "value": "4", "unit": "次"}],
        "standards": {"assessment": "按月考核，满分100分"},
        "uncertainties": [{"factor": "服务对象人数变化", "explanation": "随季节变化", "responsible_party": "购买主体"}],
        "core_requirements": [{"name": "助餐", "detail": "每日两餐，到户时间不晚于12:00与18:00"}],
        "result_payment": [
            {"level": "90-100", "share": "1.0000"},
            {"level": "80-89.99", "share": "0.9500"},
            {"level": "70-79.99", "share": "0.9000"},
        ],
        "argumentation": {"result": "论证通过"},
        **changes,
    }


async def a_requirement(at: Desks, project: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A version written by the writer."""
    body = {
        "content": a_content(at, **changes),
        "negative_declaration": await nothing_negative(at.writer, at.jurisdiction),
    }
    path = f"/v1/projects/{project['id']}/requirements"
    written: dict[str, Any] = (await at.writer.post("catalog", path, body)).ok()
    return written


FINALISE = {"verdict": "finalise", "compliant": True, "wording_clear": True}


async def a_consultation(at: Desks, requirement: dict[str, Any], closes_on: str) -> dict[str, Any]:
    """The public asked by questionnaire until the end of a day."""
    path = f"/v1/requirements/{requirement['id']}/consultations"
    body = {"channels": ["questionnaire"], "closes_on": closes_on}
    opened: dict[str, Any] = (await at.writer.post("catalog", path, body)).ok()
    return opened


async def a_finalised_requirement(at: Desks, project: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A version that another person has reviewed; for what needs no consultation."""
    requirement = await a_requirement(at, project, **changes)
    path = f"/v1/requirements/{requirement['id']}/review"
    finalised: dict[str, Any] = (await at.need_reviewer.post("catalog", path, FINALISE)).ok()
    return finalised
