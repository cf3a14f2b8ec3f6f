"""Act one: directory, project, budget, requirement, until a procurement may be opened."""

from importlib import resources
from uuid import UUID

from deploy.demo.cast import Cast
from deploy.demo.purchases import CHENGDU_DIRECTORY, Purchase
from deploy.demo.stage import yuan


async def publish_directories(cast: Cast) -> None:
    """The finance bureaus import the cities' directories; another person publishes them."""
    editions = resources.files("services.catalog.directories").joinpath("editions")
    sheets = {
        "cd": ("示例实施目录", CHENGDU_DIRECTORY),
        "zh": ("珠海镇街购买服务项目目录", editions.joinpath("zhuhai-2021.csv").read_text(encoding="utf-8")),
    }
    for city in cast.places:
        title, sheet = sheets[city]
        finance = cast[f"{city}.finance.budget"]
        body = {
            "jurisdiction": cast.places[city],
            "organisation": str(finance.organisation),
            "kind": "implementing",
            "title": title,
            "valid_from": "2022-03-01",
            "sheet": sheet,
            "negative_declaration": await nothing_negative(cast, city),
        }
        tried = await finance.do("catalog", "/v1/directories?dry_run=true", body)
        edition = await finance.do("catalog", "/v1/directories", body)
        published = await cast[f"{city}.finance.treasury"].do("catalog", f"/v1/directories/{edition['id']}/publish")
        what = f"{title}：{tried.get('items', '')} 项，先试导入，再由另一人发布"
        cast.stage.say("目录", what, answer=published, desk="立项")


async def nothing_negative(cast: Cast, city: str) -> dict[str, bool]:
    """A declaration that no item of the negative list applies."""
    finance = cast[f"{city}.finance.budget"]
    items = await finance.get("catalog", "/v1/negative-items", jurisdiction=cast.places[city])
    return {item["item"]: False for item in items}


async def propose(cast: Cast, purchase: Purchase) -> str:
    """Proposed, deliberated and voted where the way asks for it, reviewed, budgeted; returns the project's path."""
    city, planner = purchase.city, cast[f"{purchase.city}.planner"]
    body = {
        "jurisdiction": cast.places[city],
        "organisation": str(planner.organisation),
        "title": purchase.title,
        "way": purchase.way,
        "item": purchase.item,
        "nature": purchase.nature,
        "estimate": purchase.budget,
        "need_origin": "public_service",
        "service_class": purchase.service_class,
        "details": purchase.details,
        "negative_declaration": await nothing_negative(cast, city),
    }
    project = await planner.do("catalog", "/v1/projects", body)
    path = f"/v1/projects/{project['id']}"
    cast.stage.say("立项", purchase.title, answer=project, money=yuan(purchase.budget), desk="居民议事 / 街道审定")
    if purchase.way == "community_vote":
        await planner.do("catalog", f"{path}/deliberation", {"occurred_on": f"{purchase.year}-03-01"})
        vote = {"occurred_on": f"{purchase.year}-03-01", "votes_for": 87, "votes_against": 19}
        voted = await planner.do("catalog", f"{path}/vote", vote)
        cast.stage.say("表决", "居民议事后民主表决 87 : 19", answer=voted, desk="街道审定")
    review = {
        "verdict": "approve",
        "criteria": {"budget": "资金已落实", "community_need": "居民急需", "overall_development": "符合发展规划"},
        "available_money": purchase.budget,
    }
    await cast[f"{city}.reviewer"].do("catalog", f"{path}/review", review)
    await _budget(cast, purchase, path)
    return path


async def _budget(cast: Cast, purchase: Purchase, path: str) -> None:
    """The street asks, finance of the city approves."""
    city, planner = purchase.city, cast[f"{purchase.city}.planner"]
    finance = cast[f"{city}.finance.budget"]
    line = {
        "jurisdiction": cast.places[city],
        "organisation": str(planner.organisation),
        "code": f"2080299-{purchase.year}",
        "title": "政府购买服务",
        "year": purchase.year,
        "amount": purchase.budget,
    }
    entered = await finance.do("catalog", "/v1/budget-lines", line)
    asked = {
        "line_id": entered["id"],
        "year": purchase.year,
        "amount": purchase.budget,
        "sources": purchase.sources,
    }
    budget = await planner.do("catalog", f"{path}/budgets", asked)
    approved = await finance.do("catalog", f"/v1/budgets/{budget['id']}/review", {"verdict": "approve"})
    shares = " + ".join(f"{source['kind']} {yuan(source['amount'])}" for source in purchase.sources)
    what = f"财政批准：{shares}"
    cast.stage.say("预算", what, answer=approved, money=yuan(purchase.budget), desk="需求编制与审查（两人）")


async def write_requirement(cast: Cast, purchase: Purchase, path: str) -> str:
    """Written by one person; where the law asks for it the public is consulted. Returns the requirement's path."""
    city, planner = purchase.city, cast[f"{purchase.city}.planner"]
    body = {"content": purchase.requirement, "negative_declaration": await nothing_negative(cast, city)}
    written = await planner.do("catalog", f"{path}/requirements", body)
    requirement = f"/v1/requirements/{written['id']}"
    if purchase.consultation_until is not None:
        consultation = {
            "channels": ["sichuan_procurement_network", "questionnaire"],
            "closes_on": purchase.consultation_until,
        }
        opened = await planner.do("catalog", f"{requirement}/consultations", consultation)
        cast.stage.say("需求", "需求公开征求意见", answer=opened, desk=f"公众，截止 {purchase.consultation_until}")
    return requirement


async def review_requirement(cast: Cast, purchase: Purchase, requirement: str) -> None:
    """Reviewed by another person: project, budget and requirement stand, a procurement may be opened."""
    review = {"verdict": "finalise", "compliant": True, "wording_clear": True}
    reviewed = await cast[f"{purchase.city}.reviewer"].do("catalog", f"{requirement}/review", review)
    await cast.stage.settled()
    cast.stage.say("需求", f"{purchase.title}：需求由另一人审定，项目可采购", answer=reviewed, desk="采购")


def project_of(path: str) -> UUID:
    return UUID(path.rsplit("/", 1)[-1])
