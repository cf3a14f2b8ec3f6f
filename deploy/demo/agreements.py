"""Act three: the contract is written, cleared, signed by both, filed; its lines are asked for and approved."""

from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.purchases import Purchase
from deploy.demo.stage import StoryError, yuan

LINE_FIELDS = ("number", "kind", "gate", "period", "due_days", "bands")


def written(contract: dict[str, Any], purchase: Purchase) -> dict[str, Any]:
    """The contract in full, as awarded."""
    terms = purchase.file["terms"]
    body = {
        "price": contract["price"],
        "starts_on": contract["starts_on"],
        "ends_on": contract["ends_on"],
        "contents": dict.fromkeys(purchase.contents, "按采购文件和响应文件执行"),
        "account": {"title": contract["provider_title"], "bank": "中国银行", "number": "640001234567"},
        "payments": [{"amount": line["planned"], **_fields(line)} for line in contract["lines"]],
    }
    if "objection_window_working_days" in terms:
        body["objection_window_working_days"] = terms["objection_window_working_days"]
    return body


def _fields(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in LINE_FIELDS if line.get(name) is not None}


async def contract_of(cast: Cast, purchase: Purchase, provider: str) -> dict[str, Any]:
    """The newest contract of the street with this provider, with its lines."""
    planner = cast[f"{purchase.city}.planner"]
    page = await planner.get("contracts", "/v1/contracts", provider_id=str(cast.organisations[provider]))
    if not page["items"]:
        raise StoryError(f"{purchase.title}: no contract was drafted")
    detail: dict[str, Any] = await planner.get("contracts", f"/v1/contracts/{page['items'][-1]['id']}")
    return detail


async def write(cast: Cast, purchase: Purchase, contract: dict[str, Any]) -> None:
    body = written(contract, purchase)
    done = await cast[f"{purchase.city}.planner"].do("contracts", f"/v1/contracts/{contract['id']}/write", body)
    what = f"{purchase.title}：拟定合同 {contract['reference']}"
    cast.stage.say("合同", what, answer=done, money=yuan(contract["price"]), desk="双方签订")


async def sign(cast: Cast, purchase: Purchase, contract: dict[str, Any], provider: str) -> None:
    """Once more the registry answers; both parties sign; finance files."""
    path, signer = f"/v1/contracts/{contract['id']}", cast[f"{purchase.city}.signer"]
    await signer.do("contracts", f"{path}/signing", {})
    await cast.stage.settled()
    await signer.do("contracts", f"{path}/sign")
    signed = await cast[provider].do("contracts", f"{path}/countersign")
    await cast[f"{purchase.city}.finance.budget"].do("contracts", f"{path}/file")
    await cast.stage.settled()
    what = f"{purchase.title}：双方签订并报财政备案"
    cast.stage.say("签订", what, answer=signed, money=yuan(contract["price"]), desk="履约")


async def pay(cast: Cast, purchase: Purchase, line: dict[str, Any], papers: str | None = None) -> dict[str, Any]:
    """One person asks, another approves; released at once where nothing is waited for."""
    path = f"/v1/payment-lines/{line['id']}"
    await cast[f"{purchase.city}.planner"].do("contracts", f"{path}/request", {"papers": papers} if papers else {})
    approved: dict[str, Any] = await cast[f"{purchase.city}.reviewer"].do("contracts", f"{path}/approve")
    await cast.stage.settled()
    return approved


async def settle(cast: Cast, purchase: Purchase, line: dict[str, Any], reference: str) -> dict[str, Any]:
    """The treasury's receipt."""
    body = {"settled": True, "treasury_reference": reference}
    treasury = cast[f"{purchase.city}.finance.treasury"]
    await cast.stage.order_taken(line["id"])
    settled: dict[str, Any] = await treasury.do("contracts", f"/v1/payment-lines/{line['id']}/receipts", body)
    return settled


async def line_now(cast: Cast, purchase: Purchase, line: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await cast[f"{purchase.city}.planner"].get("contracts", f"/v1/payment-lines/{line['id']}")
    return found


async def parts_of(cast: Cast, purchase: Purchase, line: dict[str, Any]) -> str:
    """What each source bore of the line's payments."""
    entries = await cast[f"{purchase.city}.planner"].get("contracts", f"/v1/payment-lines/{line['id']}/payments")
    return " + ".join(f"{kind} {yuan(amount)}" for kind, amount in entries[0]["parts"].items())
