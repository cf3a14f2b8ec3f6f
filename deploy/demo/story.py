"""The story, act by act, and what it comes to in the end."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from deploy.demo import agreements, ending, needs, refusals, service, tenders
from deploy.demo.cast import Cast, gather
from deploy.demo.providers import register_providers
from deploy.demo.purchases import COUNSELLING, COUNSELLING_AGAIN, HOME_CARE
from deploy.demo.stage import Stage, StoryError, yuan
from deploy.demo.tenders import Offer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: purchases by their final payment, providers flagged, refusals by rule."""

    purchases: int
    paid: int
    withheld: int
    flagged: int
    refused: int

    def line(self, events: int, seconds: float) -> str:
        """The last line, for machines."""
        return (
            f"circle: purchases={self.purchases} paid={self.paid} withheld={self.withheld} flagged={self.flagged}"
            f" refused={self.refused} events={events} seconds={seconds:.0f}"
        )


CARE_OFFERS = [
    Offer("jinxin", "456000.00", "12", "33.10", "18.00"),
    Offer("heyi", "470000.00", "20", "30.00", "15.00"),
    Offer("chunhui", "465000.00", "30", "30.00", "15.00"),
]
TALK_OFFERS = [
    Offer("anning", "200000.00", "12", "30.00", "15.00"),
    Offer("qinglang", "219000.00", "20", "30.00", "15.00"),
    Offer("tongxing", "215000.00", "30", "24.00", "10.00"),
]


@dataclass
class Plot:
    """What the acts hand on to each other."""

    cast: Cast
    care: dict[str, Any] = field(default_factory=dict)
    talk: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] = field(default_factory=dict)


async def tell(stage: Stage) -> tuple[Outcome, int]:
    """Plays every act; returns the outcome as read back through the APIs, and the number of events on the topics."""
    await stage.day(date(2022, 3, 1))
    plot = Plot(await gather(stage))
    await register_providers(plot.cast)
    await first_round(plot)
    await advance(plot)
    await home_care(plot)
    await trouble(plot)
    await poor_result(plot)
    await next_round(plot)
    await later_payments(plot)
    await five_cities(plot)
    return await read_back(plot.cast)


async def read_back(cast: Cast) -> tuple[Outcome, int]:
    """The end, as anyone who may look sees it."""
    return await outcome(cast), await ending.events(cast)


async def outcome(cast: Cast) -> Outcome:
    """What came of it, as the APIs say."""
    states = await ending.final_states(cast)
    return Outcome(
        purchases=states.total(),
        paid=states["paid"],
        withheld=states["withheld"],
        flagged=await ending.flagged(cast),
        refused=await ending.refused(cast),
    )


async def first_round(plot: Plot) -> None:
    """Two cities, from the need to the signed contract."""
    cast, stage = plot.cast, plot.cast.stage
    await needs.publish_directories(cast)
    care, talk = await needs.propose(cast, HOME_CARE), await needs.propose(cast, COUNSELLING)
    care_need = await needs.write_requirement(cast, HOME_CARE, care)
    talk_need = await needs.write_requirement(cast, COUNSELLING, talk)
    await stage.day(date(2022, 3, 9))
    await needs.review_requirement(cast, HOME_CARE, care_need)
    await needs.review_requirement(cast, COUNSELLING, talk_need)
    care_tender = await tenders.open_procurement(cast, HOME_CARE, needs.project_of(care))
    talk_tender = await tenders.open_procurement(cast, COUNSELLING, needs.project_of(talk))
    await tenders.draft_and_check(cast, HOME_CARE, care_tender)
    await refusals.rating_as_condition(cast, COUNSELLING, talk_tender)
    await tenders.draft_and_check(cast, COUNSELLING, talk_tender)
    await tenders.publish(cast, HOME_CARE, care_tender, "2022-04-07T09:30:00+08:00")
    await tenders.publish(cast, COUNSELLING, talk_tender, "2022-04-07T09:30:00+08:00")
    await stage.day(date(2022, 4, 6))
    await tenders.submit(cast, HOME_CARE, care_tender, CARE_OFFERS)
    await tenders.submit(cast, COUNSELLING, talk_tender, TALK_OFFERS)
    await stage.day(date(2022, 4, 7), hour=10)
    await tenders.evaluate(cast, HOME_CARE, care_tender, CARE_OFFERS)
    await tenders.evaluate(cast, COUNSELLING, talk_tender, TALK_OFFERS)
    care_award = await tenders.propose_award(cast, HOME_CARE, care_tender)
    talk_award = await tenders.propose_award(cast, COUNSELLING, talk_tender)
    await stage.day(date(2022, 4, 12))
    await tenders.confirm_award(cast, HOME_CARE, care_award)
    await tenders.confirm_award(cast, COUNSELLING, talk_award)
    plot.care = await agreements.contract_of(cast, HOME_CARE, "jinxin")
    plot.talk = await agreements.contract_of(cast, COUNSELLING, "anning")


async def advance(plot: Plot) -> None:
    """Step 4: contracts signed; one fen too much is refused, the advance within the cap is paid from two sources."""
    cast, stage = plot.cast, plot.cast.stage
    await refusals.advance_over_cap(cast, COUNSELLING, plot.talk)
    await agreements.write(cast, HOME_CARE, plot.care)
    await agreements.write(cast, COUNSELLING, plot.talk)
    await agreements.sign(cast, HOME_CARE, plot.care, "jinxin")
    await agreements.sign(cast, COUNSELLING, plot.talk, "anning")
    await service.set_targets(cast, COUNSELLING, plot.talk["id"])
    line = plot.talk["lines"][0]
    paid = await agreements.pay(cast, COUNSELLING, line)
    shares = await agreements.parts_of(cast, COUNSELLING, line)
    stage.say("预付", f"批准即放款：{shares}", clause="珠海镇街办法 第二十三条", money=yuan(paid["paid"]), desk="国库")
    await agreements.settle(cast, COUNSELLING, line, "GK-ZH-0001")


async def home_care(plot: Plot) -> None:
    """Steps 5 and 6: the signer may not assess; an objection within the window corrects 84 to 91."""
    cast, stage, contract = plot.cast, plot.cast.stage, plot.care["id"]
    first = plot.care["lines"][0]
    await stage.day(date(2022, 9, 19))
    await refusals.signer_as_acceptor(cast, HOME_CARE, contract, first["id"])
    assessment = await service.open_assessment(cast, HOME_CARE, contract, first["id"])
    what = "第一期：事先通知三名服务对象；连续性服务以考核为验收"
    stage.say("考核", what, clause="成都规程 第二十五、二十六条", desk="考核打分")
    await stage.day(date(2022, 9, 21))
    await service.give_score(cast, HOME_CARE, assessment, "84.00")
    await agreements.pay(cast, HOME_CARE, first, papers=assessment.rsplit("/", 1)[-1])
    held = await agreements.line_now(cast, HOME_CARE, first)
    must(held["state"] == "approved", f"the window for objections is open, but the line is {held['state']}")
    what = "84 分，对应 144,400.00；异议期内不放款"
    stage.say("结果", what, clause="成都规程 第二十七条", money="144,400.00 待放", desk="承接主体")
    await stage.day(date(2022, 9, 28))
    objection = await service.object_to(cast, "jinxin", assessment)
    must(objection["answer_due"] == "2022-10-10", f"the answer is due on {objection['answer_due']}")
    stage.say(
        "异议",
        "书面异议并附证据；答复截止 2022-10-10（10-08、10-09 为调休工作日）",
        answer=objection,
        desk="答复（另一人）",
    )
    await stage.day(date(2022, 10, 8))
    await service.uphold(cast, HOME_CARE, objection, "91.00")
    paid = await agreements.line_now(cast, HOME_CARE, first)
    must(paid["paid"] == "152000.00", f"91 points pay {paid['paid']}")
    what = "核实成立，更正为 91 分，放款一次"
    stage.say("答复", what, clause="成都规程 第二十七、二十八条", money=yuan(paid["paid"]), desk="国库")
    await agreements.settle(cast, HOME_CARE, first, "GK-CD-0001")


async def trouble(plot: Plot) -> None:
    """Step 7: a worker is killed between commit and send, the broker stopped: nothing lost, nothing paid twice."""
    cast, stage, line = plot.cast, plot.cast.stage, plot.talk["lines"][1]
    await stage.day(date(2022, 10, 20))
    acceptance = await service.open_acceptance(cast, COUNSELLING, plot.talk["id"], line["id"])
    survey = await service.survey(cast, COUNSELLING, plot.talk["id"], satisfied=82)
    await stage.deployment.kill("evaluation-worker")
    body = {"passed": True, "survey_id": survey}
    passed = await cast["zh.acceptor"].do("evaluation", f"{acceptance}/conclusion", body)
    stage.say("验收", "中期验收通过；提交后、发送前杀死评价服务的后台进程", answer=passed, desk="付款申请")
    await stop_broker(stage)
    stage.deployment.start_worker("evaluation")
    await agreements.pay(cast, COUNSELLING, line, papers=acceptance.rsplit("/", 1)[-1])
    paid = await agreements.line_now(cast, COUNSELLING, line)
    must(paid["paid"] == "60000.00", f"the mid-term acceptance paid {paid['paid']}")
    entries = await cast["zh.planner"].get("contracts", f"/v1/payment-lines/{line['id']}/payments")
    must(len(entries) == 1, f"the line was paid {len(entries)} times")
    stage.say("付款", "一条不丢，一笔不重", clause="珠海镇街办法 第二十三条", money=yuan(paid["paid"]), desk="国库")
    await agreements.settle(cast, COUNSELLING, line, "GK-ZH-0002")


async def stop_broker(stage: Stage) -> None:
    """Stops the private broker for twenty seconds, if there is one."""
    broker = stage.broker
    if broker is None:
        stage.say("消息", "没有可停的 Kafka，跳过停机一步")
        return
    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(20)
    await asyncio.to_thread(broker.start)
    stage.say("消息", "Kafka 停止 20 秒后恢复")


async def poor_result(plot: Plot) -> None:
    """Step 8: half the consultations, 61 % satisfied, 54.00 points: the last 60,000.00 are withheld."""
    cast, stage, contract, line = plot.cast, plot.cast.stage, plot.talk["id"], plot.talk["lines"][2]
    await stage.day(date(2022, 12, 20))
    await service.entrust(cast, COUNSELLING, contract, 2022)
    await agreements.pay(cast, COUNSELLING, line)
    concluded = await service.conclude(
        cast,
        COUNSELLING,
        contract,
        line["id"],
        points={"purchaser": "51.00", "third_party": "51.00"},
        satisfied=61,
        attained="318",
        agrees=False,
    )
    must(concluded["score"] == "54.00", f"the composite is {concluded['score']}")
    withheld = await agreements.line_now(cast, COUNSELLING, line)
    must(withheld["state"] == "withheld", f"the last line is {withheld['state']}")
    what = "318 / 600 次，满意度 61 %，综合 54.00 分（51×40 % + 61×30 % + 51×30 %），公布不具人名"
    stage.say("评价", what, answer=concluded, desk="付款、登记")
    money = yuan(withheld["planned"])
    stage.say("扣付", "末期款不予支付，承接主体列入关注", clause="珠海镇街办法 第二十七条", money=money, desk="财政")


def must(condition: bool, otherwise: str) -> None:
    """The story's own checks: what was expected, or an end."""
    if not condition:
        raise StoryError(otherwise)


AGAIN_OFFERS = [
    Offer("anning", "200000.00", "12", "33.10", "15.00"),
    Offer("qinglang", "218580.00", "12", "30.00", "18.00"),
    Offer("tongxing", "219000.00", "30", "24.00", "10.00"),
]


async def next_round(plot: Plot) -> None:
    """Step 9: no renewal without a reason; in the new competition the published result factor decides."""
    cast, stage = plot.cast, plot.cast.stage
    await stage.day(date(2023, 1, 10))
    await import_good_result(cast)
    first, last = date(2023, 4, 1), date(2023, 11, 30)
    await refusals.renewal_without_reason(cast, COUNSELLING, plot.talk["id"], first, last)
    project = await needs.propose(cast, COUNSELLING_AGAIN)
    requirement = await needs.write_requirement(cast, COUNSELLING_AGAIN, project)
    await needs.review_requirement(cast, COUNSELLING_AGAIN, requirement)
    tender = await tenders.open_procurement(cast, COUNSELLING_AGAIN, needs.project_of(project))
    await tenders.draft_and_check(cast, COUNSELLING_AGAIN, tender)
    await tenders.publish(cast, COUNSELLING_AGAIN, tender, "2023-02-20T09:30:00+08:00")
    await stage.day(date(2023, 2, 17))
    await tenders.submit(cast, COUNSELLING_AGAIN, tender, AGAIN_OFFERS)
    await stage.day(date(2023, 2, 20), hour=10)
    await tenders.evaluate(cast, COUNSELLING_AGAIN, tender, AGAIN_OFFERS)
    ranking = (await cast["zh.planner"].get("tendering", f"{tender}/ranking"))["ranking"]
    totals = {UUID(one["provider_id"]): one["total"] for one in ranking}
    must(totals[cast.organisations["qinglang"]] == "86.30", f"the rival has {totals}")
    must(totals[cast.organisations["anning"]] == "83.10", f"the flagged provider has {totals}")
    award = await tenders.propose_award(cast, COUNSELLING_AGAIN, tender)
    await stage.day(date(2023, 2, 24))
    await tenders.confirm_award(cast, COUNSELLING_AGAIN, award)
    plot.again = await agreements.contract_of(cast, COUNSELLING_AGAIN, "qinglang")
    await agreements.write(cast, COUNSELLING_AGAIN, plot.again)
    await agreements.sign(cast, COUNSELLING_AGAIN, plot.again, "qinglang")
    await service.set_targets(cast, COUNSELLING_AGAIN, plot.again["id"])


async def import_good_result(cast: Cast) -> None:
    """The rival's good result of 2021, of before Goufu: entered with its evidence, confirmed by another person."""
    register, verifier = cast["zh.authority.register"], cast["zh.authority.verifier"]
    body = {
        "organisation": str(register.organisation),
        "jurisdiction": "4404",
        "rulebook": "zhuhai-2021",
        "grade": "good",
        "score": "92.00",
        "concluded_on": "2021-12-15",
        "evidence_hash": await register.upload("registry", "2021 绩效评价报告"),
    }
    path = f"/v1/providers/{cast.organisations['qinglang']}/imported-results"
    entered = await register.do("registry", path, body)
    await verifier.do("registry", f"/v1/imported-results/{entered['id']}/confirm")
    await cast.stage.settled()


async def later_payments(plot: Plot) -> None:
    """The other two instalments of home care, and the rival's payment after a good evaluation."""
    cast, stage = plot.cast, plot.cast.stage
    for number, day in ((2, date(2023, 3, 1)), (3, date(2023, 5, 16))):
        line = plot.care["lines"][number - 1]
        await stage.day(day)
        assessment = await service.open_assessment(cast, HOME_CARE, plot.care["id"], line["id"])
        await service.give_score(cast, HOME_CARE, assessment, "93.00")
        await agreements.pay(cast, HOME_CARE, line, papers=assessment.rsplit("/", 1)[-1])
        await stage.day(day + timedelta(days=14))
        paid = await agreements.line_now(cast, HOME_CARE, line)
        must(paid["paid"] == "152000.00", f"instalment {number} paid {paid['paid']}")
        stage.say(
            "付款",
            f"第 {number} 期 93 分，异议期满无异议",
            clause="成都规程 第二十八条",
            money=yuan(paid["paid"]),
            desk="国库",
        )
        await agreements.settle(cast, HOME_CARE, line, f"GK-CD-000{number}")
    await stage.day(date(2023, 12, 5))
    line = plot.again["lines"][0]
    await service.entrust(cast, COUNSELLING_AGAIN, plot.again["id"], 2023)
    await agreements.pay(cast, COUNSELLING_AGAIN, line)
    points = {"purchaser": "92.00", "third_party": "94.00"}
    contract = plot.again["id"]
    await service.conclude(
        cast, COUNSELLING_AGAIN, contract, line["id"], points=points, satisfied=95, attained="640", agrees=True
    )
    paid = await agreements.line_now(cast, COUNSELLING_AGAIN, line)
    stage.say("付款", "第二轮评价良好，放款", clause="珠海镇街办法 第二十七条", money=yuan(paid["paid"]), desk="国库")
    await agreements.settle(cast, COUNSELLING_AGAIN, line, "GK-ZH-0003")


CITIES = (
    ("zhuhai-2021", "2023-01-15", "4404/440402", "珠海：可以参加，须说明理由"),
    ("chengdu-2017", "2023-01-15", "5101", "成都：提示评审小组（第三十三条）"),
    ("changchun-2014", "2023-01-15", "2201", "长春：供参考（八）"),
    ("dongguan-2011", "2012-03-01", "4419", "东莞：不予参加（第七条(四)）"),
    ("shanghai-2015", "2019-03-01", "3100", "上海：不禁止，也不优先（二(四)(五)）"),
)


async def five_cities(plot: Plot) -> None:
    """Step 10: one record, five cities; without effect."""
    cast = plot.cast
    provider = cast.organisations["anning"]
    for rulebook, day, jurisdiction, expected in CITIES:
        found = await cast["zh.audit.auditor"].get(
            "registry",
            f"/v1/providers/{provider}/check",
            action="bid",
            rulebook=rulebook,
            as_of=day,
            jurisdiction=jurisdiction,
            hypothetical="true",
        )
        must(found["allowed"] != rulebook.startswith("dongguan"), f"{rulebook}: {found}")
        cited = "、".join(dict.fromkeys(f["article"] for f in found["findings"] if not f["satisfied"]))
        cast.stage.say("对照", f"{expected}（假设，不生效）", clause=cited)
