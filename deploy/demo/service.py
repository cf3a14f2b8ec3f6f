"""Act four: acceptance, assessment and objection, survey and evaluation."""

from typing import Any
from uuid import uuid4

from deploy.demo.cast import Cast
from deploy.demo.purchases import Purchase

USERS = ("陈", "李", "王")


def observers() -> dict[str, Any]:
    """Three people who use the service, told beforehand."""
    told = [{"kind": "beneficiary", "channel": "phone", "name": name, "contact": "示例号码"} for name in USERS]
    return {"observers": told}


async def open_assessment(cast: Cast, purchase: Purchase, contract: str, line: str) -> str:
    """The acceptor opens the assessment of a period and has three users told; returns its path."""
    acceptor = cast[f"{purchase.city}.acceptor"]
    body = {"line_id": line, "modes": ["daily", "random"]}
    opened = await acceptor.do("evaluation", f"/v1/contracts/{contract}/assessments", body)
    path = f"/v1/assessments/{opened['id']}"
    await acceptor.do("evaluation", f"{path}/observers", observers())
    return path


async def give_score(cast: Cast, purchase: Purchase, assessment: str, score: str) -> dict[str, Any]:
    """The result is told to the provider in writing; the window for objections opens."""
    acceptor = cast[f"{purchase.city}.acceptor"]
    result: dict[str, Any] = await acceptor.do("evaluation", f"{assessment}/result", {"score": score})
    await cast.stage.settled()
    return result


async def object_to(cast: Cast, provider: str, assessment: str) -> dict[str, Any]:
    """The provider objects in writing and with evidence."""
    record = await cast[provider].upload("evaluation", "签到记录")
    body = {"statement": "考核漏计四十次上门服务，见签到记录。", "evidence": [record]}
    filed: dict[str, Any] = await cast[provider].do("evaluation", f"{assessment}/objections", body)
    return filed


async def uphold(cast: Cast, purchase: Purchase, objection: dict[str, Any], score: str) -> None:
    """Verified by another person than the assessor, upheld, corrected."""
    body = {"upheld": True, "verification": "核对签到记录，确有漏计。", "corrected_score": score}
    await cast[f"{purchase.city}.reviewer"].do("evaluation", f"/v1/objections/{objection['id']}/answer", body)
    await cast.stage.settled()


async def survey(cast: Cast, purchase: Purchase, contract: str, *, satisfied: int, of: int = 100) -> str:
    """Beneficiaries answer under random ids; returns the closed survey's id."""
    planner = cast[f"{purchase.city}.planner"]
    body = {"title": "服务对象满意度", "invited": of}
    opened = await planner.do("evaluation", f"/v1/contracts/{contract}/surveys", body)
    answers = [{"respondent": str(uuid4()), "satisfied": n < satisfied} for n in range(of)]
    await planner.do("evaluation", f"/v1/surveys/{opened['id']}/answers", {"answers": answers})
    closed = await planner.do("evaluation", f"/v1/surveys/{opened['id']}/close")
    return str(closed["id"])


async def opinions(cast: Cast, purchase: Purchase, path: str, *, agrees: bool) -> None:
    """The two committees and the residents' representatives, apart from each other."""
    acceptor = cast[f"{purchase.city}.acceptor"]
    for side, members in (("committee", 2), ("residents", 3)):
        opinion = {"side": side, "agrees": agrees, "members": members, "statement": "如实反映"}
        await acceptor.do("evaluation", f"{path}/opinions", opinion)


async def open_acceptance(cast: Cast, purchase: Purchase, contract: str, line: str) -> str:
    """Opened by a person who did not sign, three users told; returns its path."""
    acceptor = cast[f"{purchase.city}.acceptor"]
    opened = await acceptor.do("evaluation", f"/v1/contracts/{contract}/acceptances", {"line_id": line})
    path = f"/v1/acceptances/{opened['id']}"
    await acceptor.do("evaluation", f"{path}/observers", observers())
    await opinions(cast, purchase, path, agrees=True)
    return path


async def set_targets(cast: Cast, purchase: Purchase, contract: str) -> None:
    """Goal and measurable indicator, fixed before the service starts."""
    body = {
        "performance_goal": "居民就近得到心理支持",
        "indicators": [{"name": "心理咨询", "unit": "次", "target": "600"}],
    }
    await cast[f"{purchase.city}.planner"].do("evaluation", f"/v1/contracts/{contract}/targets", body)


async def entrust(cast: Cast, purchase: Purchase, contract: str, year: int) -> None:
    """A third party without ties is entrusted for the contract."""
    body = {
        "third_party": str(cast[f"{purchase.city}.third.evaluator"].organisation),
        "valid_from": f"{year}-01-01",
        "valid_until": f"{year}-12-31",
        "independent": True,
    }
    await cast[f"{purchase.city}.planner"].do("evaluation", f"/v1/contracts/{contract}/mandates", body)


async def conclude(
    cast: Cast,
    purchase: Purchase,
    contract: str,
    line: str,
    *,
    points: dict[str, str],
    satisfied: int,
    attained: str,
    agrees: bool,
) -> dict[str, Any]:
    """Purchaser, beneficiaries and third party; opinions; what was attained; the composite and its grade; published."""
    acceptor, third = cast[f"{purchase.city}.acceptor"], cast[f"{purchase.city}.third.evaluator"]
    asked = await survey(cast, purchase, contract, satisfied=satisfied)
    opened = await acceptor.do("evaluation", f"/v1/contracts/{contract}/evaluations", {"line_id": line})
    path = f"/v1/evaluations/{opened['id']}"
    await acceptor.do("evaluation", f"{path}/parts", {"part": "purchaser", "score": points["purchaser"]})
    report = {
        "part": "third_party",
        "score": points["third_party"],
        "report_fields": ["quality", "quantity", "effect", "cost"],
        "report_sha256": await third.upload("evaluation", "评估报告"),
    }
    await third.do("evaluation", f"{path}/parts", report)
    await opinions(cast, purchase, path, agrees=agrees)
    body = {"judgements": {}, "attained": {"心理咨询": attained}, "survey_id": asked, "reasons": "见评价报告"}
    concluded: dict[str, Any] = await acceptor.do("evaluation", f"{path}/conclusion", body)
    await acceptor.do("evaluation", f"{path}/publication")
    await cast.stage.settled()
    return concluded
