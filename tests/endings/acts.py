"""What people can do about a purchase: give it up from wherever it stands, or go on to a signed contract. Everything
goes through the APIs, by persons whose duties anybody may hold, two of each side."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from services.tendering.procurements.records import WITHOUT_RESULT
from shared.web.issuer import ISSUER
from tests.endings.house import House
from tests.support.world import Person, Reply

PURCHASER = frozenset(
    (
        *("propose_project", "review_project", "write_requirement", "review_requirement", "open_procurement"),
        *("draft_file", "check_file", "publish_notice", "approve_award", "draft_contract", "sign_contract"),
        *("submit_budget", "conclude_evaluation", "request_payment", "approve_payment", "form_panel"),
    )
)
FINANCE = frozenset(("review_budget", "file_contract", "record_receipt"))
REGISTRAR = frozenset(("register_provider", "verify_provider", "import_result", "bar_provider", "administer_posts"))
PAPER = "ab" * 32
LOGINS = ("newcomer-2", "newcomer-3")
"""Logins that the play of the register proposes."""
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
        one, two, finance = [
            await house.person(name, duties=duties, organisation=organisation, jurisdiction=jurisdiction)
            for name, duties in (("purchaser", PURCHASER), ("purchaser", PURCHASER), ("finance", FINANCE))
        ]
        return cls(house, (one, two), finance, jurisdiction)

    async def provider(self, organisation: UUID) -> Person:
        duties = {"sign_for_provider"}
        return await self.house.person(
            "provider", duties=duties, organisation=organisation, jurisdiction=self.jurisdiction
        )

    async def registrar(self, row: Mapping[str, Any]) -> Person:
        """Somebody who never had to do with this record of the register: of the office that bars, or of another, since
        a provider's papers are its own."""
        office = row["organisation"] if "ground" in row else uuid4()
        jurisdiction = row["jurisdiction"]
        return await self.house.person("registrar", duties=REGISTRAR, organisation=office, jurisdiction=jurisdiction)


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
    states = tuple(str(state) for state in WITHOUT_RESULT)
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


async def pay_what_is_owed(people: People, key: UUID) -> bool:
    """Of a contract that was ended: what was accepted before, or came back after, is asked for and approved by two."""
    tried, (one, two) = [], people.purchaser
    async for row in rows(people, "contracts.payment_lines", key, "planned", "returned", "requested"):
        [contract] = await people.house.rows("SELECT state FROM contracts.contracts WHERE id = $1", row["contract_id"])
        if contract["state"] in ("terminated", "completed"):
            path, papers = f"/v1/payment-lines/{row['id']}", row["papers"] or row["result_id"]
            if row["state"] != "requested":
                asked = {"papers": str(papers)} if papers else {}
                tried.append(done(await one.post("contracts", f"{path}/request", asked)))
            tried.append(done(await two.post("contracts", f"{path}/approve")))
    return any(tried)


async def settle(people: People, key: UUID) -> bool:
    """The treasury's receipt for each order that is out."""
    tried = []
    async for row in rows(people, "contracts.payment_lines", key, "released", "reduced"):
        body = {"settled": True, "treasury_reference": f"GK-{uuid4().hex}"}
        tried.append(done(await people.finance.post("contracts", f"/v1/payment-lines/{row['id']}/receipts", body)))
    return any(tried)


async def choose_none(people: People, key: UUID) -> bool:
    return await _choose(people, key, "fail")


async def withdraw_correction(people: People, key: UUID) -> bool:
    tried = [
        done(await people.purchaser[0].post("evaluation", f"/v1/corrections/{row['id']}/withdraw"))
        async for row in rows(people, "evaluation.corrections", key, "proposed")
    ]
    return any(tried)


async def publish_evaluation(people: People, key: UUID) -> bool:
    """What was concluded is made public, whatever became of the contract."""
    tried = [
        done(await people.purchaser[0].post("evaluation", f"/v1/evaluations/{row['id']}/publication"))
        async for row in rows(people, "evaluation.evaluations", key, "concluded")
    ]
    return any(tried)


GIVE_UP: tuple[Act, ...] = (
    *(publish_evaluation, withdraw_correction, settle, terminate, pay_what_is_owed),
    *(withdraw_draft, choose_none, cancel, decline, withdraw_project),
)


# --- taking back what is in the register


async def _by_stranger(people: People, row: Mapping[str, Any], path: str, body: Any = None) -> bool:
    return done(await (await people.registrar(row)).post("registry", path, body))


async def withdraw_proposals(people: People, key: UUID) -> bool:
    """What one person proposed and no other confirmed."""
    tried = []
    for table, path in (
        ("bars", "/v1/bars/{id}/withdraw"),
        ("results", "/v1/imported-results/{id}/withdraw"),
        ("reversals", "/v1/reversals/{id}/withdraw"),
        ("organisation_changes", "/v1/changes/{id}/withdraw"),
        ("post_proposals", "/v1/posts/{id}/end"),
    ):
        async for row in rows(people, f"registry.{table}", key, "proposed"):
            tried.append(await _by_stranger(people, row, path.format_map(row), {} if "posts" in path else None))
    async for row in rows(people, "registry.account_proposals", key, "proposed"):
        for account in LOGINS:  # the register keeps no login in clear: who asked for it says which
            login = {"issuer": ISSUER, "account": account}
            tried.append(await _by_stranger(people, row, f"/v1/persons/{row['person_id']}/accounts/disable", login))
    return any(tried)


async def reject_papers(people: People, key: UUID) -> bool:
    tried = []
    async for row in rows(people, "registry.evidence", key, "entered", "verified"):
        at = f"/v1/providers/{row['provider_id']}"
        if row["state"] == "entered":
            tried.append(await _by_stranger(people, row, f"{at}/verify", {"rejected": [str(row["id"])]}))
        else:
            tried.append(await _by_stranger(people, row, f"{at}/evidence/{row['id']}/annul", {"reason": REASON}))
    return any(tried)


async def reverse(people: People, key: UUID) -> bool:
    """Bars in force and imported results that count, by two persons."""
    tried = []
    body = {"ground": "entered_wrongly", "reason": REASON, "document_hash": PAPER}
    for table, path, state in (("bars", "bars", "confirmed"), ("results", "imported-results", "counted")):
        async for row in rows(people, f"registry.{table}", key, state):
            proposed = await (await people.registrar(row)).post("registry", f"/v1/{path}/{row['id']}/reversals", body)
            if not done(proposed):
                continue
            tried.append(await _by_stranger(people, row, f"/v1/reversals/{proposed.json['id']}/confirm"))
    return any(tried)


async def leave(people: People, key: UUID) -> bool:
    """Off the register, by two persons."""
    tried = []
    async for row in rows(people, "registry.providers", key, "proposed", "registered", "verified"):
        path = f"/v1/providers/{row['id']}/withdraw"
        await _by_stranger(people, row, path)  # unless somebody has proposed it
        tried.append(await _by_stranger(people, row, f"{path}/confirm"))
    return any(tried)


TAKE_BACK: tuple[Act, ...] = (withdraw_proposals, reverse, reject_papers, leave)


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


async def leave_scores(people: People, key: UUID) -> bool:
    """As they are, where they are open again."""
    tried = [
        done(await people.purchaser[0].post("tendering", f"/v1/rescorings/{row['id']}/revoke"))
        async for row in rows(people, "tendering.rescorings", key, "asked", "open")
    ]
    return any(tried)


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


async def ask_again(people: People, key: UUID) -> bool:
    """About an award that is blocked: its bar may be lifted, its budget adjusted."""
    tried = [
        done(await people.purchaser[0].post("tendering", f"/v1/awards/{row['id']}/proposal"))
        async for row in rows(people, "tendering.awards", key, "blocked")
    ]
    return any(tried)


async def adjust_budget(people: People, key: UUID) -> bool:
    """To what the project was estimated at, where finance had cut it."""
    tried = []
    async for row in rows(people, "catalog.budgets", key, "approved"):
        [project] = await people.house.rows("SELECT estimate FROM catalog.projects WHERE id = $1", key)
        if row["amount"] < project["estimate"]:
            tried.append(await budget_becomes(people, row, str(project["estimate"])))
    return any(tried)


async def budget_becomes(people: People, budget: Mapping[str, Any], amount: str) -> bool:
    """Asked for by the purchaser, approved by finance."""
    money = {"amount": amount, "sources": [{"kind": "fiscal", "amount": amount}], "reason": REASON}
    asked = await people.purchaser[0].post("catalog", f"/v1/budgets/{budget['id']}/adjustments", money)
    if not done(asked):
        return False
    approved = {"verdict": "approve"}
    return done(await people.finance.post("catalog", f"/v1/budgets/{asked.json['id']}/review", approved))


async def install_schedules(people: People, key: UUID) -> bool:
    lacked = bool(people.house.lacking)
    if lacked:
        people.house.schedules_lack()
        await people.house.pump()
    return lacked


GO_ON: tuple[Act, ...] = (
    *(install_schedules, adjust_budget, give_up_unfit, ask_again, choose_next, leave_scores, propose),
    *(confirm_award, sign),
)
