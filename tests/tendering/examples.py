"""Named examples that tests of tendering begin with: the purchases of two cities, and the people who run them."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from deploy.sealing import given_share, opening_key
from shared.events import Event
from shared.events.catalog import FundingSource, ProjectCleared
from shared.fields.calendar import BEIJING
from shared.road.relay import move, take
from shared.sealing.keys import KeyPair
from tests.support.world import Person, Reply, World

CHENGDU, ZHUHAI = "5101/510104", "4404/440402"
TODAY = date(2022, 3, 1)
DUTIES = {
    *("open_procurement", "draft_file", "check_file", "publish_notice", "open_bids", "form_panel"),
    *("review_qualification", "approve_award"),
}


OPENER_KEYS = [KeyPair.new("open") for _ in range(3)]
"""On the machines of officer, supervisor and colleague."""


@dataclass
class Purchase:
    """A project on its way, the purchaser's organisation and two of its officers; the openers of its bids, of whom two
    of three suffice."""

    world: World
    project_id: UUID
    organisation: UUID
    jurisdiction: str
    officer: Person
    colleague: Person
    supervisor: Person
    procurement_id: str = ""
    opening_document: dict[str, Any] = field(default_factory=dict)

    @property
    def openers(self) -> list[tuple[Person, KeyPair]]:
        return list(zip((self.officer, self.supervisor, self.colleague), OPENER_KEYS, strict=True))

    async def sealing(self, person: Person) -> dict[str, Any]:
        """The opening document, fetched by a bidder the first time."""
        if not self.opening_document:
            self.opening_document = (await person.get("tendering", f"{self.path}/opening-key")).ok()
        return self.opening_document

    @property
    def path(self) -> str:
        return f"/v1/procurements/{self.procurement_id}"

    async def state(self) -> str:
        [row] = await self.world.rows(
            "SELECT state FROM tendering.procurements WHERE id = $1", UUID(self.procurement_id)
        )
        return str(row["state"])

    async def events(self, name: str) -> list[dict[str, Any]]:
        """What was entered in the journal of this purchase under that event name, oldest first."""
        rows = await self.world.rows(
            "SELECT entry FROM tendering.journal WHERE key = $1 AND type = $2 ORDER BY version",
            self.project_id,
            f"goufu.tendering.{name}.v1",
        )
        return [json.loads(row["entry"])["event"] for row in rows]


def an_item() -> str:
    """An item that no other purchase buys: what one purchaser buys of one in a year is counted together (GPL-28.1)."""
    return f"basic_service/{uuid4().hex[:8]}"


async def a_cleared_project(world: World, *, city: str = ZHUHAI, **changed: Any) -> Purchase:
    """Chengdu's home care for the elderly (480,000.00), or Zhuhai's counselling (220,000.00 of two sources)."""
    organisation = world.street if city == ZHUHAI else world.office
    fields: dict[str, Any] = {
        "jurisdiction": city,
        "organisation": organisation,
        "project_id": uuid4(),
        "reference": f"XM-{uuid4().hex[:8]}",
        "purchaser_kind": "street_office",
        "in_central_directory": False,
        "requirement_id": uuid4(),
        "requirement_version": 1,
        "requirement_hash": "ab" * 32,
    }
    if city == ZHUHAI:
        fields |= {"title": "社区心理咨询服务", "rulebook": "zhuhai-2021@1", "item": an_item()}
        fields |= {"service_class": None, "nature": "deliverable", "budget": Decimal("220000.00"), "budget_year": 2022}
        fields["sources"] = [
            FundingSource(kind="fiscal", amount=Decimal("200000.00")),
            FundingSource(kind="charity", amount=Decimal("20000.00")),
        ]
    else:
        fields |= {"title": "居家养老服务", "rulebook": "chengdu-2017@1", "item": an_item()}
        fields |= {"service_class": 3, "nature": "continuous", "budget": Decimal("480000.00")}
        fields["sources"] = [FundingSource(kind="fiscal", amount=Decimal("480000.00"))]
    await clear(world, **{**fields, **changed})
    project_id = {**fields, **changed}["project_id"]
    officer = await world.person("officer", duties=DUTIES, organisation=organisation, jurisdiction=city)
    colleague = await world.person("colleague", duties=DUTIES, organisation=organisation, jurisdiction=city)
    supervisor = await world.person(
        "supervisor", duties={"open_bids"}, organisation=uuid4(), jurisdiction=city.split("/", maxsplit=1)[0]
    )
    return Purchase(world, project_id, organisation, city, officer, colleague, supervisor)


async def clear(world: World, **fields: Any) -> None:
    await tell(world, "catalog", ProjectCleared(**fields))


async def tell(world: World, service: str, event: Event) -> None:
    """The event reaches tendering and nobody else: what other services make of it is not asked here."""
    await world.emit(service, event)
    state, tendering = world.services[service], world.services["tendering"]
    while taken := await take(state.writer):
        await move(state.writer, state.tip, taken)
    rows = await state.writer.fetch(
        "SELECT l.position, l.hash, j.* FROM ledger l JOIN journal j ON j.id = l.entry"
        " WHERE l.position > $1 AND j.kind = 'event' ORDER BY l.position",
        state.pumped,
    )
    state.pumped = rows[-1]["position"]
    await tendering.consumer.handle(tendering.writer, [world._record(service, row) for row in rows])
    held = await world.rows("SELECT type, reason FROM tendering.held WHERE type LIKE $1", f"goufu.{service}.%")
    assert held == [], held


async def sweep(world: World) -> None:
    """The sweeper of tendering goes by."""
    tendering = world.services["tendering"]
    await tendering.sweeper.sweep(tendering.writer)


async def an_open_procurement(
    world: World, *, city: str = ZHUHAI, method: str | None = None, **changed: Any
) -> Purchase:
    """A procurement by the city's usual method here: consultation in Zhuhai, open tender in Chengdu."""
    purchase = await a_cleared_project(world, city=city, **changed)
    usual = "competitive_consultation" if city == ZHUHAI else "open_tender"
    body = {"project_id": str(purchase.project_id), "method": method or usual, "reason": "服务标准明确"}
    purchase.procurement_id = (await purchase.officer.post("tendering", "/v1/procurements", body)).ok()["id"]
    return purchase


def a_factor(code: str, kind: str, weight: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "title": code, "kind": kind, "weight": weight, **more}


PRICE = a_factor("price", "price", "20")
PLAN = a_factor(
    "plan",
    "service_level",
    "40",
    matches={"kind": "need", "reference": "content"},
    levels=[
        {"text": "方案覆盖全部内容，并有分周安排", "points": "40"},
        {"text": "方案覆盖全部内容", "points": "25"},
        {"text": "方案覆盖部分内容", "points": "10"},
    ],
)
RESPONSE = a_factor(
    "response_hours",
    "service_level",
    "20",
    matches={"kind": "need", "reference": "quality"},
    indicator={
        "lowest": "0",
        "highest": "72",
        "bands": [
            {"lowest": "0", "highest": "24", "points": "20"},
            {"lowest": "24", "highest": "48", "points": "10"},
            {"lowest": "48", "highest": "72", "points": "0"},
        ],
    },
)
CAPABILITY = a_factor(
    "capability",
    "performance_capability",
    "20",
    matches={"kind": "need", "reference": "quality"},
    levels=[
        {"text": "三项措施齐全", "points": "20"},
        {"text": "缺一项", "points": "12"},
        {"text": "缺两项", "points": "0"},
    ],
    items=[{"code": "quality_control", "points": "10"}, {"code": "emergency_measures", "points": "10"}],
)
LATEST_RESULT = a_factor(
    "latest_result",
    "result_reference",
    "5",
    reason="上一次绩效评价结果说明服务质量",
    result_points={"good": "5", "fair": "3", "poor": "0", "newcomer": "3"},
)
CONDITIONS = [
    {"code": "financial_system", "text": "有健全的财务会计制度"},
    {"code": "no_major_violation", "text": "近三年没有重大违法记录"},
]


BANDS = [{"from_points": "90", "share": "1.0000"}, {"from_points": "70", "share": "0.9000"}]


SMALL_ENTERPRISES = {
    "industry": "其他未列明行业",
    "unreserved": {"ground": "non_enterprise_priority", "reason": "依规定优先面向社会组织"},
    "deduction": "0.10",
    "no_upward_subcontract": True,
}


def a_tender_file(city: str = ZHUHAI, **changed: Any) -> dict[str, Any]:
    """A complete file: four factors of 100 points, and the payment lines of the demonstration."""
    lines = [("advance", "88000.00", "contract"), ("instalment", "66000.00", "acceptance")]
    lines += [("final", "66000.00", "evaluation")]
    if city == CHENGDU:
        lines = [("instalment", "160000.00", "assessment")] * 3
    payments = [
        {"number": n, "kind": kind, "amount": amount, "gate": gate, "bands": BANDS if gate == "assessment" else []}
        for n, (kind, amount, gate) in enumerate(lines, 1)
    ]
    return {
        "conditions": CONDITIONS,
        "evaluation_method": "comprehensive_scoring",
        "factors": [PRICE, PLAN, RESPONSE, CAPABILITY],
        "terms": {
            "starts_on": "2022-05-01",
            "ends_on": "2023-04-30",
            "contents": ["scope", "quality", "period"],
            "payments": payments,
        },
        "substantive_changes": [{"kind": "service", "text": "服务时间可以协商"}],
        "relief_channel": "向街道办事处书面提出，七个工作日内答复",
        "responsible_unit": "街道社会事务办公室",
        "small_enterprises": SMALL_ENTERPRISES,
        **changed,
    }


async def a_drafted_file(purchase: Purchase, city: str = ZHUHAI, **changed: Any) -> str:
    """The id of a version drafted by the officer; its service begins in two months, and not before May."""
    file = a_tender_file(city, **changed)
    if "terms" not in changed:
        begins = max(date(2022, 5, 1), (await now(purchase.officer.world)).date() + timedelta(days=60))
        ends = begins + timedelta(days=364)
        file["terms"] = {**file["terms"], "starts_on": begins.isoformat(), "ends_on": ends.isoformat()}
    answer = await purchase.officer.post("tendering", f"{purchase.path}/files", file)
    return str(answer.ok()["id"])


async def a_checked_file(
    world: World, *, city: str = ZHUHAI, file: dict[str, Any] | None = None, **changed: Any
) -> Purchase:
    """A procurement whose file a colleague has checked, with an opening key."""
    purchase = await an_open_procurement(world, city=city, **changed)
    await an_opening_key(purchase)
    file_id = await a_drafted_file(purchase, city, **(file or {}))
    (await purchase.colleague.post("tendering", f"/v1/files/{file_id}/check")).ok()
    return purchase


def an_opening_document(purchase: Purchase, threshold: int = 2) -> dict[str, Any]:
    """What the purchaser's machine makes: a key split among the three openers."""
    openers = [(person.id, key.public_key) for person, key in purchase.openers]
    return opening_key(UUID(purchase.procurement_id), openers, threshold)


async def an_opening_key(purchase: Purchase, threshold: int = 2) -> None:
    """The opening key is registered."""
    document = an_opening_document(purchase, threshold)
    (await purchase.officer.post("tendering", f"{purchase.path}/opening-key", document)).ok()


async def gives_share(purchase: Purchase, person: Person, key: KeyPair) -> Reply:
    """An opener fetches the act, and sends the share that their machine made for it."""
    act = (await person.get("tendering", f"{purchase.path}/opening/act")).ok()
    return await person.post("tendering", f"{purchase.path}/opening/shares", given_share(act, key))


async def shares_are_given(purchase: Purchase, count: int = 2) -> None:
    """So many openers give their shares to the act under way."""
    for person, key in purchase.openers[:count]:
        (await gives_share(purchase, person, key)).ok()


async def now(world: World) -> datetime:
    """The legal clock, in Beijing."""
    [row] = await world.rows("SELECT clock.now() AS now")
    moment: datetime = row["now"]
    return moment.astimezone(BEIJING)


async def closing_in(world: World, days: int) -> str:
    """09:30 in Beijing so many days from today, as requests give it."""
    day = (await now(world)).date() + timedelta(days=days)
    return datetime.combine(day, time(9, 30), BEIJING).isoformat()


async def a_noticed_procurement(world: World, *, city: str = ZHUHAI, days: int = 25, **changed: Any) -> Purchase:
    """A procurement whose checked file is published."""
    purchase = await a_checked_file(world, city=city, **changed)
    body = {"closes_at": await closing_in(world, days)}
    (await purchase.officer.post("tendering", f"{purchase.path}/notice", body)).ok()
    return purchase


async def close_by_clock(world: World, purchase: Purchase) -> None:
    """The clock passes the closing; no sweeper has been by."""
    [row] = await world.rows(
        "SELECT closes_at FROM tendering.procurements WHERE id = $1", UUID(purchase.procurement_id)
    )
    ahead = row["closes_at"] - await now(world)
    await world.admin.execute("UPDATE sandbox.clock SET ahead = ahead + $1::interval", ahead)
