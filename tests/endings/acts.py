"""What people can do about a purchase: give it up from wherever it stands, or go on to a signed contract. Everything
goes through the APIs, by persons whose duties anybody may hold, two of each side."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.endings.house import House
from tests.support.world import Person, Reply

PURCHASER = frozenset(
    (
        *("propose_project", "review_project", "write_requirement", "review_requirement", "open_procurement"),
        *("draft_file", "check_file", "publish_notice", "approve_award", "draft_contract", "sign_contract"),
    )
)
FINANCE = frozenset(("review_budget", "file_contract", "record_receipt"))
UNREVIEWED = ("proposed", "deliberated", "voted", "consented", "chosen")
REASON = "情况见附件"


@dataclass
class People:
    """Two persons of each side of a purchase."""

    house: House
    purchaser: tuple[Person, Person]
    finance: Person
    jurisdiction: str

    @classmethod
    async def of(cls, house: House, organisation: UUID, jurisdiction: str) -> "People":
        there = {"organisation": organisation, "jurisdiction": jurisdiction}
        one, two = [await house.person("purchaser", duties=PURCHASER, **there) for _ in range(2)]
        finance = await house.person("finance", duties=FINANCE, **there)
        return cls(house, (one, two), finance, jurisdiction)

    async def provider(self, organisation: UUID) -> Person:
        duties = {"sign_for_provider"}
        return await self.house.person(
            "provider", duties=duties, organisation=organisation, jurisdiction=self.jurisdiction
        )


Act = Callable[[People, UUID], Awaitable[bool]]
"""Tries one thing about the purchase of this project; says whether anything came of it."""


def done(*replies: Reply) -> bool:
    for reply in replies:
        assert reply.status < 500, reply.body.decode()[:500]
    return all(200 <= reply.status < 300 for reply in replies)


async def both(people: People, service: str, path: str, body: Any = None, confirm: str = "confirm") -> bool:
    """Proposed by one, confirmed by the other."""
    one, two = people.purchaser
    return done(await one.post(service, path, body)) and done(await two.post(service, f"{path}/{confirm}"))


async def rows(people: People, table: str, key: UUID, *states: str) -> AsyncIterator[dict[str, Any]]:
    found = await people.house.rows(f"SELECT * FROM {table} WHERE key = $1 ORDER BY id", key)
    for row in found:
        if row["state"] in states:
            yield row


# --- giving up


async def decline(people: People, key: UUID) -> bool:
    tried = [
        done(
            await people.purchaser[1].post(
                "catalog", f"/v1/projects/{row['id']}/review", {"verdict": "decline", "reason": REASON}
            )
        )
        async for row in rows(
            people, "catalog.projects", key, "proposed", "deliberated", "voted", "consented", "chosen"
        )
    ]
    return any(tried)


async def withdraw_project(people: People, key: UUID) -> bool:
    body = {"reason": REASON}
    tried = [
        await both(people, "catalog", f"/v1/projects/{row['id']}/withdrawal", body)
        async for row in rows(people, "catalog.projects", key, "pooled", "cleared")
    ]
    return any(tried)


async def cancel(people: People, key: UUID) -> bool:
    states = ("drafted", "checked", "noticed", "closed", "opened", "reviewed", "scored", "proposed", "announced")
    body = {"ground": "task_cancelled", "reason": REASON}
    tried = [
        await both(people, "tendering", f"/v1/procurements/{row['id']}/cancellation", body)
        async for row in rows(people, "tendering.procurements", key, *states)
    ]
    return any(tried)


async def withdraw_draft(people: People, key: UUID) -> bool:
    tried = []
    async for row in rows(people, "contracts.contracts", key, "drafted"):
        path = f"/v1/contracts/{row['id']}/withdrawals"
        tried.append(await both(people, "contracts", path, {"ground": "public_interest_harm", "reason": REASON}))
    return any(tried)


async def terminate(people: People, key: UUID) -> bool:
    tried = []
    async for row in rows(people, "contracts.contracts", key, "signed", "filed", "running"):
        path = f"/v1/contracts/{row['id']}/terminations"
        tried.append(await both(people, "contracts", path, {"ground": "public_interest_harm", "reason": REASON}))
    return any(tried)


async def settle(people: People, key: UUID) -> bool:
    """The treasury's receipt for each order that is out."""
    tried = []
    async for row in rows(people, "contracts.payment_lines", key, "released", "reduced"):
        body = {"settled": True, "treasury_reference": f"GK-{row['id'].hex}"}
        tried.append(done(await people.finance.post("contracts", f"/v1/payment-lines/{row['id']}/receipts", body)))
    return any(tried)


async def choose_none(people: People, key: UUID) -> bool:
    return await _choose(people, key, "fail")


GIVE_UP: tuple[Act, ...] = (settle, terminate, withdraw_draft, choose_none, cancel, decline, withdraw_project)


# --- going on


async def _choose(people: People, key: UUID, choice: str) -> bool:
    tried = []
    async for row in rows(people, "tendering.awards", key, "blocked", "withdrawn"):
        path = f"/v1/awards/{row['id']}/choice"
        if row["choice_confirmed_by"] is None:
            tried.append(await both(people, "tendering", path, {"choice": choice}))
    return any(tried)


async def choose_next(people: People, key: UUID) -> bool:
    return await _choose(people, key, "next")


async def propose(people: People, key: UUID) -> bool:
    tried = [
        done(await people.purchaser[0].post("tendering", f"/v1/procurements/{row['id']}/awards", {}))
        async for row in rows(people, "tendering.procurements", key, "scored")
    ]
    return any(tried)


async def confirm_award(people: People, key: UUID) -> bool:
    tried = []
    async for row in rows(people, "tendering.awards", key, "announced"):
        tried += [done(await one.post("tendering", f"/v1/awards/{row['id']}/confirm")) for one in people.purchaser]
    return any(tried)


async def give_up_unfit(people: People, key: UUID) -> bool:
    tried = []
    async for row in rows(people, "contracts.contracts", key, "drafted"):
        path = f"/v1/contracts/{row['id']}/withdrawals"
        tried.append(await both(people, "contracts", path, {"ground": "unfit_provider", "reason": REASON}))
    return any(tried)


async def sign(people: People, key: UUID) -> bool:
    """Written as awarded, put to signature, signed by both."""
    tried = []
    async for row in rows(people, "contracts.contracts", key, "drafted"):
        path, one = f"/v1/contracts/{row['id']}", people.purchaser[0]
        provider = await people.provider(row["provider_id"])
        if row["text_hash"] is None:
            tried.append(done(await one.post("contracts", f"{path}/write", await _as_awarded(people, row))))
        if row["standing"] != "cleared":
            tried.append(done(await one.post("contracts", f"{path}/signing", {})))
            await people.house.pump()
        signed = [await one.post("contracts", f"{path}/sign"), await provider.post("contracts", f"{path}/countersign")]
        tried.append(any(done(reply) for reply in signed))
    return any(tried)


async def _as_awarded(people: People, row: dict[str, Any]) -> dict[str, Any]:
    terms = row["terms"]
    contents = {*terms["contents"], "acceptance_standard", "assessment_method"}
    return {
        "price": str(row["price"]),
        "starts_on": str(row["starts_on"]),
        "ends_on": str(row["ends_on"]),
        "contents": dict.fromkeys(sorted(contents), "按采购文件和响应文件执行"),
        "payments": terms["payments"],
        "account": {"title": row["provider_title"], "bank": "中国银行成都分行", "number": "128800001234"},
        "objection_window_working_days": terms["objection_window_working_days"],
    }


GO_ON: tuple[Act, ...] = (give_up_unfit, choose_next, propose, confirm_award, sign)
