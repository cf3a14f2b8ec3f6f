"""Act two: file, check, notice, bids, opening, qualification, panel, scores, award."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.demo.cast import Cast
from deploy.demo.purchases import Purchase
from deploy.demo.stage import Player, StoryError, bullet, yuan
from deploy.sealing import given_share, opening_key, sealed_bid

METHODS = {"open_tender": "公开招标", "competitive_consultation": "竞争性磋商"}
OPENERS = ("reviewer", "supervision.opener", "notary.opener")
"""Purchaser, supervision, notary: two of the three open."""

TOO_FEW_OPENERS = "too_few_openers"

PANELS = {
    "cd": ("pool.expert1", "pool.expert2", "pool.expert3", "pool.expert4"),
    "zh": ("pool.expert1", "pool.expert2"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid of the story: its price, the hours in which it answers, and what every member of the panel gives it."""

    provider: str
    price: str
    hours: str
    plan: str
    capability: str


async def open_procurement(cast: Cast, purchase: Purchase, project: UUID) -> str:
    """The street opens the procurement by its method; returns its path."""
    body = {"project_id": str(project), "method": purchase.method, "reason": purchase.method_reason}
    opened = await cast[f"{purchase.city}.planner"].do("tendering", "/v1/procurements", body)
    kind = "政府采购" if opened["procurement_project"] else "限额以下的其他采购"
    what = f"{purchase.title}：{METHODS[purchase.method]}（{kind}）"
    cast.stage.say("采购", what, answer=opened, money=yuan(purchase.budget), desk="采购文件编制与核对（两人）")
    return f"/v1/procurements/{opened['id']}"


async def draft_and_check(cast: Cast, purchase: Purchase, path: str, file: dict[str, Any] | None = None) -> None:
    """Drafted by one person, checked by another."""
    drafted = await cast[f"{purchase.city}.planner"].do("tendering", f"{path}/files", file or purchase.file)
    checked = await cast[f"{purchase.city}.reviewer"].do("tendering", f"/v1/files/{drafted['id']}/check")
    cast.stage.say("文件", f"{purchase.title}：采购文件由另一人核对通过", answer=checked, desk="公告")


async def publish(cast: Cast, purchase: Purchase, path: str, closes_at: str) -> None:
    """The opening key is made on the purchaser's machine and registered; then the notice appears."""
    openers = [(opener.person_id, cast.key(opener.account, "open").public_key) for opener in openers_of(cast, purchase)]
    document = opening_key(UUID(path.rpartition("/")[2]), openers, 2)
    registered = await cast[f"{purchase.city}.planner"].do("tendering", f"{path}/opening-key", document)
    what = f"{purchase.title}：开标密钥在购买主体的机器上生成，分给购买主体、监督、公证三方，任意两方可开"
    cast.stage.say("密钥", what, answer=registered, desk="公告")
    noticed = await cast[f"{purchase.city}.planner"].do("tendering", f"{path}/notice", {"closes_at": closes_at})
    cast.stage.say("公告", f"{purchase.title}：截止 {closes_at}", answer=noticed, desk="供应商")


def openers_of(cast: Cast, purchase: Purchase) -> list[Player]:
    return [cast[f"{purchase.city}.{desk}"] for desk in OPENERS]


async def submit(cast: Cast, purchase: Purchase, path: str, offers: list[Offer]) -> None:
    """Every bidder seals on their own machine, uploads and submits; the receipt proves the time and the hash."""
    for offer in offers:
        bidder, provider = cast[offer.provider], cast.organisations[offer.provider]
        document = await bidder.get("tendering", f"{path}/opening-key")
        annexes = {"服务方案.txt": f"{bidder.title}：{purchase.title}服务方案".encode()}
        sealed = sealed_bid(document, provider, content_of(offer), annexes, cast.key(bidder.account, "sign"))
        envelope = await bidder.do("tendering", f"{path}/envelopes", sealed)
        body = {"provider_id": str(provider), "envelope_id": envelope["id"]}
        receipt = await bidder.do("tendering", f"{path}/bids", body)
    await cast.stage.settled()
    what = f"{purchase.title}：{len(offers)} 家在自己的机器上密封后递交，开标前服务器也无法阅读"
    cast.stage.say("投标", what, answer=receipt, desk="开标（两人提出与确认，三名开标人中两名）")


def content_of(offer: Offer) -> dict[str, Any]:
    """What the bidder writes into `bid.json`."""
    return {
        "price": offer.price,
        "answers": [
            {"condition": "financial_system", "statement": "制度健全"},
            {"condition": "no_major_violation", "statement": "没有重大违法记录"},
        ],
        "offers": [{"factor": "response", "value": offer.hours}],
    }


async def open_bids(cast: Cast, purchase: Purchase, path: str) -> dict[UUID, str]:
    """Proposed by one, confirmed by another; one opener's share opens nothing, two open all. Returns provider → bid."""
    first, second, _ = openers_of(cast, purchase)
    await first.do("tendering", f"{path}/opening")
    await give_share(cast, path, first)
    await too_few_open_nothing(cast, purchase, path, second)
    await give_share(cast, path, second)
    opened = await second.do("tendering", f"{path}/opening/confirm")
    minutes = await cast[f"{purchase.city}.planner"].get("tendering", f"{path}/opening")
    if {bid["sealed_by"] for bid in minutes["bids"]} != {"bidder"}:
        raise StoryError(f"{purchase.title}: a bid was not sealed by its bidder: {minutes}")
    given = f"{len(minutes['opened_with'])} / {minutes['of']} 名开标人"
    what = f"{purchase.title}：{given}交出份额，两人同场开启全部 {len(minutes['bids'])} 份；此后须信任本主机，笔录载明"
    cast.stage.say("开标", what, answer=opened, desk="资格审查")
    return {UUID(bid["provider_id"]): bid["bid_id"] for bid in minutes["bids"]}


async def give_share(cast: Cast, path: str, opener: Player) -> None:
    """On the opener's machine the share is encrypted anew, to the one-time key of the act."""
    act = await opener.get("tendering", f"{path}/opening/act")
    await opener.do("tendering", f"{path}/opening/shares", given_share(act, cast.key(opener.account, "open")))


async def too_few_open_nothing(cast: Cast, purchase: Purchase, path: str, second: Player) -> None:
    """With k − 1 shares the confirmation is refused, nothing is opened, and the try is in the journal."""
    finding = await second.refused("tendering", f"{path}/opening/confirm", clause="IC12-33.2")
    still = await second.get("tendering", path)
    entries = await cast[f"{purchase.city}.audit.auditor"].get("tendering", "/v1/refusals")
    tries = [one for one in entries if one["subject"] == still["id"] and one["codes"] == [TOO_FEW_OPENERS]]
    if finding["code"] != TOO_FEW_OPENERS or still["state"] != "closed" or len(tries) != 1:
        raise StoryError(f"{purchase.title}: one of three openers was to open nothing: {finding}, {still}, {tries}")
    what = f"{purchase.title}：只有 {finding['facts']['shares']} 名开标人的份额，打不开任何一份；此次尝试已入账"
    cast.stage.say("开标", what, clause=finding["article"], desk="另一名开标人")


async def evaluate(
    cast: Cast, purchase: Purchase, path: str, offers: list[Offer], withdraws: str | None = None
) -> None:
    """Qualification, panel without interests, scores only on published factors, ranking with points per factor. Who
    `withdraws` was named first, and declared an interest in a bidder."""
    bids = await open_bids(cast, purchase, path)
    await cast[f"{purchase.city}.reviewer"].do("tendering", f"{path}/qualification", {"found": []})
    members = [cast[f"{purchase.city}.{desk}"] for desk in PANELS[purchase.city]]
    representative = cast[f"{purchase.city}.acceptor"]
    if withdraws is not None:
        kin = cast[f"{purchase.city}.{withdraws}"]
        await _panel(cast, purchase, path, [kin, *members[1:]])
        interest = {"provider_id": str(cast.organisations[offers[0].provider]), "ground": "kinship"}
        await kin.do("tendering", f"{path}/panel/declaration", {"interests": [interest]})
    await _panel(cast, purchase, path, members)
    for member in (*members, representative):
        await member.do("tendering", f"{path}/panel/declaration", {"interests": []})
        scores = [
            {"bid_id": bids[cast.organisations[offer.provider]], "factor": factor, "points": points}
            for offer in offers
            for factor, points in (("plan", offer.plan), ("capability", offer.capability))
        ]
        scored = await member.do("tendering", f"{path}/scores", {"scores": scores})
    ranking = await cast[f"{purchase.city}.planner"].get("tendering", f"{path}/ranking")
    cast.stage.say("评审", f"{purchase.title}：评审小组 {len(members) + 1} 人", answer=scored, desk="成交结果")
    titles = {cast.organisations[offer.provider]: cast[offer.provider].title for offer in offers}
    bullet(
        cast.stage.console,
        (
            f"第 {one['rank']} 名 {titles[UUID(one['provider_id'])]} {one['total']} 分"
            f"（{'，'.join(f'{factor} {points}' for factor, points in one['points'].items())}）"
            f" 报价 {yuan(one['price'])}"
            for one in ranking["ranking"]
        ),
    )


async def _panel(cast: Cast, purchase: Purchase, path: str, experts: list[Player]) -> None:
    """These experts and the purchaser's representative."""
    representative = {"person_id": str(cast[f"{purchase.city}.acceptor"].person_id), "role": "purchaser"}
    members = [*({"person_id": str(one.person_id), "role": "expert"} for one in experts), representative]
    panel = {"members": members, "draw_reference": "CQ-示例"}
    await cast[f"{purchase.city}.planner"].do("tendering", f"{path}/panel", panel)


async def propose_award(
    cast: Cast, purchase: Purchase, path: str, reasons: dict[str, str] | None = None
) -> dict[str, Any]:
    """The first in rank is proposed; the registry answers for its standing; the award is announced."""
    acknowledged = [{"clause": clause, "reason": reason} for clause, reason in (reasons or {}).items()]
    award = await cast[f"{purchase.city}.reviewer"].do("tendering", f"{path}/awards", {"acknowledged": acknowledged})
    await cast.stage.settled()
    announced: dict[str, Any] = await cast[f"{purchase.city}.reviewer"].get("tendering", f"/v1/awards/{award['id']}")
    if announced["state"] != "announced":
        raise StoryError(f"{purchase.title}: the award is {announced['state']}, not announced")
    what = f"{purchase.title}：登记机关核过承接主体现状，公告成交结果"
    cast.stage.say("公告", what, answer=award, money=yuan(announced["amount"]), desk="公告期满由另一人确认")
    return announced


async def confirm_award(cast: Cast, purchase: Purchase, award: dict[str, Any]) -> None:
    """Confirmed by another person after the notice period; the contract is drafted from it."""
    confirmed = await cast[f"{purchase.city}.signer"].do("tendering", f"/v1/awards/{award['id']}/confirm")
    await cast.stage.settled()
    what = f"{purchase.title}：另一人确认成交"
    cast.stage.say("成交", what, answer=confirmed, money=yuan(award["amount"]), desk="合同")
