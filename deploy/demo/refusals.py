"""The four refusals of the story: each by its clause, each on record."""

import copy
from datetime import date
from decimal import Decimal
from typing import Any

from deploy.demo import agreements
from deploy.demo.cast import CHENGDU, Cast
from deploy.demo.purchases import Purchase
from deploy.demo.stage import StoryError


async def rating_as_condition(cast: Cast, purchase: Purchase, path: str) -> None:
    """Refused 1: a 3A rating as a condition (ZH21 art. 16); under Dongguan's text of 2011 it would be required."""
    file = copy.deepcopy(purchase.file)
    file["conditions"].append({"code": "assessment_grade", "text": "评估等级三级以上", "least": "3A"})
    drafted = await cast[f"{purchase.city}.planner"].do("tendering", f"{path}/files", file)
    reviewer = cast[f"{purchase.city}.reviewer"]
    finding = await reviewer.refused("tendering", f"/v1/files/{drafted['id']}/check", clause="ZH21-16.4")
    cast.stage.refusal(1, "采购文件要求 3A 评估等级作资格条件", finding)
    beside = await reviewer.get(
        "tendering",
        f"{path}/check-file",
        rulebook="dongguan-2011",
        as_of="2012-03-01",
        hypothetical="true",
    )
    required = [f for f in beside["explain"] if f["code"] == "assessment_grade_required"]
    if not required:
        raise StoryError(f"under dongguan-2011 the rating is required and met, but check says {beside['findings']}")
    cast.stage.say(
        "对照", "同一条件按东莞 2011 年办法：成立满三年的应有 3A（假设，不生效）", clause=required[0]["article"]
    )


async def advance_over_cap(cast: Cast, purchase: Purchase, contract: dict[str, Any]) -> None:
    """Refused 2: an advance of 80,000.01 (ZH21 art. 23)."""
    body = agreements.written(contract, purchase)
    first, second = body["payments"][0], body["payments"][1]
    first["amount"] = str(Decimal(first["amount"]) + Decimal("0.01"))
    second["amount"] = str(Decimal(second["amount"]) - Decimal("0.01"))
    planner, path = cast[f"{purchase.city}.planner"], f"/v1/contracts/{contract['id']}/write"
    finding = await planner.refused("contracts", path, body, clause="ZH21-23.1")
    cast.stage.refusal(2, f"预付款 {first['amount']}", finding)


async def signer_as_acceptor(cast: Cast, purchase: Purchase, contract: str, line: str) -> None:
    """Refused 3: the officer who signed opens the assessment as a colleague's deputy (CD17 art. 17)."""
    signer, acceptor = cast[f"{purchase.city}.signer"], cast[f"{purchase.city}.acceptor"]
    duties = ("accept_service",)
    await cast.give(signer.person_id, duties, organisation=acceptor.organisation, jurisdiction=CHENGDU)
    await cast.stage.settled()
    body = {"line_id": line, "modes": ["daily"]}
    path = f"/v1/contracts/{contract}/assessments"
    finding = await signer.refused("evaluation", path, body, clause="CD17-17.3")
    cast.stage.refusal(3, "签订合同的人代同事组织考核", finding)


async def renewal_without_reason(cast: Cast, purchase: Purchase, contract: str, first: date, last: date) -> None:
    """Refused 4: renewing with a provider whose result was poor, without a reason (ZH21 art. 27)."""
    body = {"starts_on": first.isoformat(), "ends_on": last.isoformat()}
    planner, path = cast[f"{purchase.city}.planner"], f"/v1/contracts/{contract}/renewals"
    finding = await planner.refused("contracts", path, body, clause="ZH21-27.6")
    cast.stage.refusal(4, "评价结果差、未说明理由，仍要续签同一承接主体", finding)
