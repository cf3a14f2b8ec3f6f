"""The purchases whose states are searched, and what may happen between any two steps of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from deploy.demo import agreements, needs, service, tenders
from deploy.demo.cast import JURISDICTIONS, Cast
from deploy.demo.purchases import COUNSELLING, HOME_CARE, Purchase
from deploy.demo.stage import Player
from deploy.demo.tenders import Offer
from shared.events import SERVICES
from shared.fields.credit_code import with_check_digit
from shared.web.issuer import ISSUER
from tests.endings import states
from tests.endings.acts import (
    GIVE_UP,
    LOGINS,
    PAPER,
    REASON,
    REGISTRAR,
    TAKE_BACK,
    Act,
    People,
    budget_becomes,
    done,
)
from tests.endings.house import House, Theatre
from tests.support.world import Person

Found = dict[str, dict[UUID, str]]
"""By table, the state of each record."""
CLOSES = "2022-04-07T09:30:00+08:00"
SETS_RIGHT = frozenset(("accept_service", "record_receipt"))


@dataclass(frozen=True, slots=True)
class Play:
    """A purchase under a city's text, told from the proposal of its project on."""

    text: str
    purchase: Purchase
    offers: tuple[Offer, ...]

    low: bool = False
    """The first offers next to nothing."""
    doubted: bool = False
    """Whether a bidder is fit rests on a reviewer's word, who first errs."""
    rescored: bool = False
    """The panel finds points at fault once the sums are drawn; the first time it does not."""
    acts: ClassVar[tuple[Act, ...]] = GIVE_UP
    ends: ClassVar[Mapping[str, frozenset[str]]] = states.ENDS

    @property
    def name(self) -> str:
        more = (", one too low" if self.low else "") + (", doubted" if self.doubted else "")
        return f"{self.text}/{len(self.offers)} bids{more}"

    @property
    def events(self) -> tuple["Event", ...]:
        return (*EVENTS, one_finds_all_unfit, two_find_all_unfit) if self.doubted else EVENTS

    async def keys(self, house: House, cast: Cast) -> list[UUID]:
        """Whose records are looked at: of the newest project."""
        rows = await house.rows("SELECT id FROM catalog.projects ORDER BY number DESC LIMIT 1")
        return [row["id"] for row in rows]

    async def tell(self, cast: Cast) -> None:
        stage, purchase, offers = cast.stage, self.purchase, list(self.offers)
        project = await needs.propose(cast, purchase)
        requirement = await needs.write_requirement(cast, purchase, project)
        await stage.day(date(2022, 3, 9))
        await needs.review_requirement(cast, purchase, requirement)
        tender = await tenders.open_procurement(cast, purchase, needs.project_of(project))
        await tenders.draft_and_check(cast, purchase, tender)
        await tenders.publish(cast, purchase, tender, CLOSES)
        await stage.day(date(2022, 4, 6))
        if offers:
            await tenders.submit(cast, purchase, tender, offers)
        await stage.day(date(2022, 4, 7), hour=10)
        if len(offers) < 3:
            return
        if self.low:
            await tenders.open_bids(cast, purchase, tender)
            await cast[f"{purchase.city}.reviewer"].ask("tendering", f"{tender}/qualification", {"found": []})
            return
        if self.doubted:
            await self._review_by_two(cast, tender)
            return
        await tenders.evaluate(cast, purchase, tender, offers)
        if self.rescored:
            await self._score_again(cast, tender)
        award = await tenders.propose_award(cast, purchase, tender)
        await stage.day(date(2022, 4, 12))
        await tenders.confirm_award(cast, purchase, award)
        contract = await agreements.contract_of(cast, purchase, offers[0].provider)
        await agreements.write(cast, purchase, contract)
        await agreements.sign(cast, purchase, contract, offers[0].provider)
        await self._perform(cast, contract)

    async def _review_by_two(self, cast: Cast, tender: str) -> None:
        """By what one found alone the purchase would fail, which another does not confirm; then both find the same."""
        bids = list((await tenders.open_bids(cast, self.purchase, tender)).values())
        one = cast[f"{self.purchase.city}.reviewer"]
        other = await self._another(cast, "reviews", {"review_qualification"})
        for who, fit in ((one, False), (other, True), (one, True)):
            found = [{"bid_id": bid, "condition": OWN["code"], "met": fit} for bid in bids]
            await who.do("tendering", f"{tender}/qualification", {"found": found})
        await cast.stage.settled()

    async def _score_again(self, cast: Cast, tender: str) -> None:
        """What one says of a member's points the others do not find; then they find it, and the member scores again."""
        city = self.purchase.city
        planner, faulty = cast[f"{city}.planner"], cast[f"{city}.{tenders.PANELS[city][0]}"]
        panel = [*(cast[f"{city}.{desk}"] for desk in tenders.PANELS[city]), cast[f"{city}.acceptor"]]
        minutes = await planner.get("tendering", f"{tender}/opening")
        bids = {UUID(bid["provider_id"]): bid["bid_id"] for bid in minutes["bids"]}
        of = {offer.provider: bids[cast.organisations[offer.provider]] for offer in self.offers}
        fault = {"person_id": str(faulty.person_id), "bid_id": of[self.offers[0].provider], "factor": "plan"}
        why = {"ground": "abnormal", "faults": [fault], "reason": REASON}
        for found in (False, True):
            rescoring = await planner.do("tendering", f"{tender}/rescorings", why)
            for member in panel:
                if rescoring["state"] == "asked":
                    path = f"/v1/rescorings/{rescoring['id']}/judgement"
                    rescoring = await member.do("tendering", path, {"found": found})
        scores = [
            {"bid_id": of[offer.provider], "factor": factor, "points": points}
            for offer in self.offers
            for factor, points in (("plan", offer.plan), ("capability", offer.capability))
        ]
        await faulty.do("tendering", f"{tender}/scores", {"scores": scores, "reason": REASON})

    async def _perform(self, cast: Cast, contract: dict[str, Any]) -> None:
        if self.purchase.city == "cd":
            await self._assess(cast, contract)
        else:
            await self._accept_and_evaluate(cast, contract)

    async def _assess(self, cast: Cast, contract: dict[str, Any]) -> None:
        """An objection taken back, another upheld, one rejected; an order that the treasury returns; points for which
        nothing is paid."""
        purchase, lines, provider = self.purchase, contract["lines"], cast[self.offers[0].provider]
        await cast.stage.day(date(2022, 9, 19))
        assessment = await service.open_assessment(cast, purchase, contract["id"], lines[0]["id"])
        await service.give_score(cast, purchase, assessment, "84.00")
        await agreements.pay(cast, purchase, lines[0], papers=assessment.rsplit("/", 1)[-1])
        mistaken = await service.object_to(cast, self.offers[0].provider, assessment)
        await provider.do("evaluation", f"/v1/objections/{mistaken['id']}/withdraw")
        objection = await service.object_to(cast, self.offers[0].provider, assessment)
        await service.uphold(cast, purchase, objection, "91.00")
        unpaid = {"settled": False, "treasury_reference": "GK-CD-0000"}
        other = await house_of(cast).person(
            "finance", duties={"record_receipt"}, organisation=uuid4(), jurisdiction="5101/510104"
        )
        colleague = Player(cast.stage, "finance", other.account, other.id, other.organisation, other.token)
        for one in (cast[f"{purchase.city}.finance.treasury"], colleague):  # two persons say that it came back
            await one.do("contracts", f"/v1/payment-lines/{lines[0]['id']}/receipts", unpaid)
        await agreements.pay(cast, purchase, lines[0], papers=assessment.rsplit("/", 1)[-1])
        await agreements.settle(cast, purchase, lines[0], "GK-CD-0001")
        await cast.stage.day(date(2023, 3, 1))
        second = await service.open_assessment(cast, purchase, contract["id"], lines[1]["id"])
        await service.give_score(cast, purchase, second, "60.00")
        rejected = await service.object_to(cast, self.offers[0].provider, second)
        answer = {"upheld": False, "verification": "登记属实"}
        await cast["cd.reviewer"].do("evaluation", f"/v1/objections/{rejected['id']}/answer", answer)
        await cast.stage.settled()

    async def _accept_and_evaluate(self, cast: Cast, contract: dict[str, Any]) -> None:
        """An advance, an acceptance that fails and one that passes, an evaluation corrected by two persons, and the
        contract closed with what is withheld."""
        purchase, stage, lines, at = self.purchase, cast.stage, contract["lines"], contract["id"]
        await service.set_targets(cast, purchase, at)
        await agreements.pay(cast, purchase, lines[0])
        await agreements.settle(cast, purchase, lines[0], "GK-ZH-0001")
        await stage.day(date(2022, 10, 20))
        for passed in (False, True):
            acceptance = await service.open_acceptance(cast, purchase, at, lines[1]["id"])
            asked = await service.survey(cast, purchase, at, satisfied=82)
            body = {"passed": passed, "survey_id": asked}
            await cast["zh.acceptor"].do("evaluation", f"{acceptance}/conclusion", body)
            await stage.settled()
        await agreements.pay(cast, purchase, lines[1], papers=acceptance.rsplit("/", 1)[-1])
        await agreements.settle(cast, purchase, lines[1], "GK-ZH-0002")
        await stage.day(date(2022, 12, 20))
        await service.entrust(cast, purchase, at, 2022)
        await agreements.pay(cast, purchase, lines[2])
        points = {"purchaser": "51.00", "third_party": "51.00"}
        given: dict[str, Any] = {"points": points, "satisfied": 61, "attained": "318", "agrees": False}
        evaluated = await service.conclude(cast, purchase, at, lines[2]["id"], **given)
        path = f"/v1/evaluations/{evaluated['id']}/corrections"
        wrong = {"purchaser_score": "50.00", "reason": "录入有误"}
        mistaken = await cast["zh.acceptor"].do("evaluation", path, wrong)
        await cast["zh.acceptor"].do("evaluation", f"/v1/corrections/{mistaken['id']}/withdraw")
        correction = await cast["zh.acceptor"].do("evaluation", path, wrong)
        another = await self._another(cast, "concludes", {"conclude_evaluation"})
        await another.ask("evaluation", f"/v1/corrections/{correction['id']}/approve")
        await stage.settled()
        await cast["zh.signer"].ask("contracts", f"/v1/contracts/{at}/close")
        await stage.settled()

    async def _another(self, cast: Cast, name: str, duties: set[str]) -> Player:
        house, organisation = house_of(cast), cast["zh.acceptor"].organisation
        one = await house.person(name, duties=duties, organisation=organisation, jurisdiction="4404/440402")
        return Player(cast.stage, name, one.account, one.id, organisation, one.token)


def house_of(cast: Cast) -> House:
    assert isinstance(cast.stage, Theatre)
    return cast.stage.house


@dataclass(frozen=True, slots=True)
class Register:
    """What is entered in the register by one, confirmed by another, and taken back: a bar, an imported result, papers,
    a change, a provider, a post and a login."""

    text: str = "the register"
    name: str = "the register"
    acts: ClassVar[tuple[Act, ...]] = TAKE_BACK
    ends: ClassVar[Mapping[str, frozenset[str]]] = states.UNDONE

    @property
    def events(self) -> tuple["Event", ...]:
        return nothing, an_approval_is_lost, days_pass(800)

    async def keys(self, house: House, cast: Cast) -> list[UUID]:
        """Whose records are looked at: of one provider, and of whoever was registered last."""
        keys = [cast.organisations["tongxing"]]
        for newest in (
            "SELECT id AS key FROM registry.providers ORDER BY id DESC LIMIT 1",
            "SELECT key FROM (SELECT id, key FROM registry.post_proposals UNION ALL"
            " SELECT id, key FROM registry.account_proposals) p ORDER BY id DESC LIMIT 1",
        ):
            keys += [row["key"] for row in await house.rows(newest)]
        return list(dict.fromkeys(keys))

    async def tell(self, cast: Cast) -> None:
        await self._a_bar(cast)
        await self._a_result(cast)
        await self._papers(cast)
        await self._a_change(cast)
        await self._a_provider(cast)
        await self._a_person(cast)

    async def _a_bar(self, cast: Cast) -> None:
        one, two = await finance(cast, "4404")
        at = f"/v1/providers/{cast.organisations['tongxing']}/bars"
        body = await a_bar(one, "4404")
        withdrawn = await one.do("registry", at, body)
        await two.do("registry", f"/v1/bars/{withdrawn['id']}/withdraw")
        bar = await one.do("registry", at, body)
        await two.do("registry", f"/v1/bars/{bar['id']}/confirm")
        await self._reversed(one, two, f"/v1/bars/{bar['id']}")

    async def _reversed(self, one: Player, two: Player, path: str) -> None:
        why = {"ground": "revoked", "reason": "复议撤销", "document_hash": await one.upload("registry", "复议决定书")}
        mistaken = await one.do("registry", f"{path}/reversals", why)
        await one.do("registry", f"/v1/reversals/{mistaken['id']}/withdraw")
        reversal = await one.do("registry", f"{path}/reversals", why)
        await two.do("registry", f"/v1/reversals/{reversal['id']}/confirm")
        await one.stage.settled()

    async def _a_result(self, cast: Cast) -> None:
        register, verifier = cast["zh.authority.register"], cast["zh.authority.verifier"]
        at = f"/v1/providers/{cast.organisations['tongxing']}/imported-results"
        body = {
            **{"organisation": str(register.organisation), "jurisdiction": "4404", "grade": "poor"},
            **{"score": "40.00", "concluded_on": "2021-12-15", "rulebook": "zhuhai-2021"},
            "evidence_hash": await register.upload("registry", "2021 绩效评价报告"),
        }
        withdrawn = await register.do("registry", at, body)
        await register.do("registry", f"/v1/imported-results/{withdrawn['id']}/withdraw")
        result = await register.do("registry", at, body)
        await verifier.do("registry", f"/v1/imported-results/{result['id']}/confirm")
        await self._reversed(register, verifier, f"/v1/imported-results/{result['id']}")

    async def _papers(self, cast: Cast) -> None:
        register, verifier = cast["zh.authority.register"], cast["zh.authority.verifier"]
        at = f"/v1/providers/{cast.organisations['tongxing']}"
        paper = {"kind": "credit_report", "issuer": "示范机关", "issued_on": "2021-12-01"}
        papers = {"papers": [{**paper, "document_hash": await register.upload("registry", "信用报告")}]}
        for verdict in ("rejected", "accepted"):
            entered = await register.do("registry", f"{at}/evidence", papers)
            waits = [one["id"] for one in entered["evidence"] if one["state"] == "entered"]
            await verifier.do("registry", f"{at}/verify", {verdict: waits})

    async def _a_change(self, cast: Cast) -> None:
        register, verifier = cast["zh.authority.register"], await registrar(cast)
        at = f"/v1/organisations/{cast.organisations['tongxing']}/changes"
        paper = await register.upload("registry", "登记证书")
        body = {"founded_on": "2014-06-01", "reason": "录入有误", "document_hash": paper}
        withdrawn = await register.do("registry", at, body)
        await register.do("registry", f"/v1/changes/{withdrawn['id']}/withdraw")
        change = await register.do("registry", at, body)
        await verifier.do("registry", f"/v1/changes/{change['id']}/confirm")
        await cast.stage.settled()

    async def _a_provider(self, cast: Cast) -> None:
        """Whose licence shows a code that misses its check character."""
        register, second = cast["zh.authority.register"], await registrar(cast)
        whole = with_check_digit("52440402MJ0000099")
        body = {
            **{"title": "珠海旧证社工中心", "jurisdiction": "4404/440402", "kind": "social_organisation"},
            **{"form": "private_non_enterprise", "registered_with": "city_civil_affairs"},
            **{"registration_number": "示例民证字第0099号", "founded_on": "2015-06-01"},
            "credit_code": whole[:-1] + ("1" if whole[-1] == "0" else "0"),
            "licence_hash": await register.upload("registry", "登记证书"),
        }
        entered = await register.do("registry", "/v1/providers", body)
        await second.do("registry", f"/v1/providers/{entered['id']}/confirm")
        await register.do("registry", f"/v1/providers/{entered['id']}/withdraw")
        await second.do("registry", f"/v1/providers/{entered['id']}/withdraw/confirm")

    async def _a_person(self, cast: Cast) -> None:
        """A weighty post taken back and one confirmed; a login taken back and one confirmed."""
        there = {"organisation": str(cast.organisations["zh"]), "jurisdiction": "4404/440402"}
        login = {"issuer": ISSUER, "account": "newcomer"}
        one, two = cast.administrator, cast.second
        person = await one.do("registry", "/v1/persons", {**there, **login})
        at = f"/v1/persons/{person['id']}"
        post = {**there, "duties": ["approve_payment"]}
        withdrawn = (await one.do("registry", f"{at}/posts", post))["proposed"][-1]
        await one.do("registry", f"/v1/posts/{withdrawn['id']}/end", {})
        given = (await one.do("registry", f"{at}/posts", post))["proposed"][-1]
        await two.do("registry", f"/v1/posts/{given['id']}/confirm")
        for account, then in zip(LOGINS, ("disable", "confirm"), strict=True):
            other = {"issuer": ISSUER, "account": account}
            await one.do("registry", f"{at}/accounts", other)
            await two.do("registry", f"{at}/accounts/{then}", other)
        await cast.stage.settled()


async def finance(cast: Cast, place: str) -> tuple[Player, Player]:
    """Two of an office that bars providers."""
    office = uuid4()
    one, two = [
        await house_of(cast).person("bars", duties={"bar_provider"}, organisation=office, jurisdiction=place)
        for _ in range(2)
    ]
    first, second = [Player(cast.stage, "bars", each.account, each.id, office, each.token) for each in (one, two)]
    return first, second


async def registrar(cast: Cast) -> Player:
    office = cast["zh.authority.register"].organisation
    one = await house_of(cast).person("registers", duties=REGISTRAR, organisation=office, jurisdiction="4404")
    return Player(cast.stage, "registers", one.account, one.id, office, one.token)


async def a_bar(desk: Player, place: str) -> dict[str, Any]:
    return {
        **{"organisation": str(desk.organisation), "jurisdiction": place, "ground": "false_material", "months": 24},
        **{"reason": "提交虚假材料", "document_hash": await desk.upload("registry", "处理决定书")},
    }


Told = Play | Register


CARE_OFFERS = (
    Offer("jinxin", "456000.00", "12", "33.10", "18.00"),
    Offer("heyi", "470000.00", "20", "30.00", "15.00"),
    Offer("chunhui", "465000.00", "30", "30.00", "15.00"),
)
TALK_OFFERS = (
    Offer("anning", "200000.00", "12", "33.10", "18.00"),
    Offer("qinglang", "205000.00", "20", "30.00", "15.00"),
    Offer("tongxing", "215000.00", "30", "24.00", "10.00"),
)
OWN = {"code": "counsellors_licensed", "text": "咨询师持证", "reason": "心理咨询由持证人员提供"}
DOUBTED = replace(COUNSELLING, file={**COUNSELLING.file, "conditions": [*COUNSELLING.file["conditions"], OWN]})
PLAYS: tuple[Told, ...] = (
    Play("zhuhai-2021", COUNSELLING, TALK_OFFERS),
    Play("chengdu-2017", HOME_CARE, CARE_OFFERS, rescored=True),
    Play("zhuhai-2021", COUNSELLING, TALK_OFFERS[:1]),
    Play("chengdu-2017", replace(HOME_CARE, title="居家养老服务（无人投标）"), ()),
    Play("zhuhai-2021", COUNSELLING, (replace(TALK_OFFERS[0], price="0.05"), *TALK_OFFERS[1:]), low=True),
    Play("zhuhai-2021", DOUBTED, TALK_OFFERS, doubted=True),
    Register(),
)
"""One a text, what too few bids, one too low and a reviewer's word come to, and the register. Another text joins with a
play of its own."""


# --- what may happen between two steps


Event = Callable[[House, Cast, Told], Awaitable[None]]


async def nothing(house: House, cast: Cast, play: Told) -> None:
    """Everybody simply stops."""


async def _bar(house: House, cast: Cast, play: Told, names: list[str], *, by_mistake: bool = False) -> None:
    place = "5101" if city_of(play) == "cd" else "4404"
    one, two = await finance(cast, place)
    body = await a_bar(one, place)
    why = {"ground": "entered_wrongly", "reason": "录入有误", "document_hash": body["document_hash"]}
    for name in names:
        bar = await one.do("registry", f"/v1/providers/{cast.organisations[name]}/bars", body)
        await two.do("registry", f"/v1/bars/{bar['id']}/confirm")
        await house.pump()
        if by_mistake:
            reversal = await one.do("registry", f"/v1/bars/{bar['id']}/reversals", why)
            await two.do("registry", f"/v1/reversals/{reversal['id']}/confirm")
            await house.pump()


def city_of(play: Told) -> str:
    return play.purchase.city if isinstance(play, Play) else "zh"


def bidders(play: Told) -> list[str]:
    return [offer.provider for offer in (CARE_OFFERS if city_of(play) == "cd" else TALK_OFFERS)]


async def the_first_is_barred(house: House, cast: Cast, play: Told) -> None:
    await _bar(house, cast, play, bidders(play)[:1])


async def all_are_barred(house: House, cast: Cast, play: Told) -> None:
    await _bar(house, cast, play, bidders(play))


async def the_first_is_barred_by_mistake(house: House, cast: Cast, play: Told) -> None:
    """The bar is lifted again, and everybody goes on as before."""
    await _bar(house, cast, play, bidders(play)[:1], by_mistake=True)


async def the_first_leaves(house: House, cast: Cast, play: Told) -> None:
    provider = f"/v1/providers/{cast.organisations[bidders(play)[0]]}"
    await cast[f"{city_of(play)}.authority.register"].ask("registry", f"{provider}/withdraw")
    await cast[f"{city_of(play)}.authority.verifier"].ask("registry", f"{provider}/withdraw/confirm")
    await house.pump()


async def the_budget_is_cut(house: House, cast: Cast, play: Told) -> None:
    """Finance cuts the project's budget to next to nothing, where nothing is committed of it yet."""
    [key] = await play.keys(house, cast)
    [row] = await house.rows("SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1", key)
    people = await People.of(house, row["organisation"], row["jurisdiction"])
    for budget in await house.rows("SELECT * FROM catalog.budgets WHERE key = $1 AND state = 'approved'", key):
        await budget_becomes(people, budget, "1.00")
    await house.pump()


async def an_approval_is_lost(house: House, cast: Cast, play: Told) -> None:
    """Everybody who had to do with it is gone: their posts ended yesterday, and others come."""
    gone = [player.person_id for player in cast.players.values()]
    for name in SERVICES:
        await house.rows(
            f"UPDATE {name}.posts SET valid_until = (clock.now() AT TIME ZONE 'Asia/Shanghai')::date - 1"
            " WHERE person_id = ANY($1)",
            gone,
        )


async def the_year_has_no_schedule(house: House, cast: Cast, play: Told) -> None:
    """Nobody installed the schedules of this year and the next: last days are provisional and close nothing."""
    [row] = await house.rows("SELECT clock.now() AS now")
    house.schedules_lack(row["now"].year, row["now"].year + 1)
    await house.pump()


def days_pass(days: int) -> Event:
    """Long enough to slip past a closing, a first day of service, a year, the last day of a text."""

    async def pass_by(house: House, cast: Cast, play: Told) -> None:
        [row] = await house.rows("SELECT clock.now() AS now")
        await house.today_is(row["now"].date() + timedelta(days=days))
        await house.pump()

    pass_by.__name__ = f"{days}_days_pass"
    return pass_by


async def orders_come_back(house: House, cast: Cast, play: Told) -> None:
    """After the contract was terminated the treasury returns what it had not paid; two persons of finance say so."""
    place = JURISDICTIONS[city_of(play)]
    finance = [
        await house.person("finance", duties={"record_receipt"}, organisation=uuid4(), jurisdiction=place) for _ in "12"
    ]
    lines = await house.rows(
        "SELECT l.id, c.id AS contract, c.organisation FROM contracts.payment_lines l"
        " JOIN contracts.contracts c ON c.id = l.contract_id WHERE l.state IN ('released', 'reduced')"
    )
    for line in lines:
        organisation = line["organisation"]
        one, two = [
            await house.person("signs", duties={"sign_contract"}, organisation=organisation, jurisdiction=place)
            for _ in "12"
        ]
        path = f"/v1/contracts/{line['contract']}/terminations"
        await one.post("contracts", path, {"ground": "public_interest_harm", "reason": "任务取消"})
        await two.post("contracts", f"{path}/confirm")
        for each in finance:
            receipt = await each.post("contracts", f"/v1/payment-lines/{line['id']}/receipts", {"settled": False})
            assert receipt.status == 200, receipt.body.decode()
    await house.pump()


async def _clerks(house: House, place: str) -> tuple[Person, Person]:
    """Two who register whatever there is in the city."""
    duties, office = REGISTRAR | {"register_purchaser"}, uuid4()
    one, two = [
        await house.person("clerk", duties=duties, organisation=office, jurisdiction=place.partition("/")[0])
        for _ in "12"
    ]
    return one, two


async def _leaves(house: House, clerks: tuple[Person, Person], old: UUID, new: Any) -> None:
    """The one takes the other's place, which then is no more; each proposed by one and confirmed by the other."""
    one, two = clerks
    why = {"reason": REASON, "document_hash": PAPER}
    for who, change in ((new, {"successor_of": str(old)}), (old, {"departure": "merged"})):
        proposed = await one.post("registry", f"/v1/organisations/{who}/changes", {**change, **why})
        assert done(proposed), proposed.body.decode()
        assert done(await two.post("registry", f"/v1/changes/{proposed.json['id']}/confirm"))
        await house.pump()


async def the_purchaser_leaves(house: House, cast: Cast, play: Told) -> None:
    """Another is registered and carries on what it has."""
    [key] = await play.keys(house, cast)
    [row] = await house.rows("SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1", key)
    clerks = await _clerks(house, row["jurisdiction"])
    kind = "street_office" if city_of(play) == "zh" else "administrative_organ"
    body = {"title": "接续的街道办事处", "jurisdiction": row["jurisdiction"], "kind": kind}
    new = await clerks[0].post("registry", "/v1/purchasers", body)
    await _leaves(house, clerks, row["organisation"], new.ok()["id"])


async def a_body_leaves(house: House, cast: Cast, play: Told) -> None:
    """The finance bureau, whose people approve budgets and file contracts; another takes its place."""
    bureau, place = cast[f"{city_of(play)}.finance.budget"].organisation, JURISDICTIONS[city_of(play)]
    clerks = await _clerks(house, place)
    body = {"title": "接续的财政局", "jurisdiction": place, "kind": "finance_bureau"}
    new = await clerks[0].post("registry", "/v1/bodies", body)
    await _leaves(house, clerks, bureau, new.ok()["id"])


async def the_first_is_taken_over(house: House, cast: Cast, play: Told) -> None:
    """By another bidder, which is merged with it."""
    first, second = [cast.organisations[name] for name in bidders(play)[:2]]
    await _leaves(house, await _clerks(house, JURISDICTIONS[city_of(play)]), first, second)


async def _find_unfit(house: House, cast: Cast, play: Told, reviewers: int) -> None:
    [key] = await play.keys(house, cast)
    for row in await house.rows("SELECT * FROM tendering.procurements WHERE key = $1 AND state = 'opened'", key):
        bids = await house.rows("SELECT id FROM tendering.bids WHERE procurement_id = $1", row["id"])
        found = [{"bid_id": str(bid["id"]), "condition": OWN["code"], "met": False} for bid in bids]
        for _ in range(reviewers):
            reviewer = await house.person(
                "reviews",
                duties={"review_qualification"},
                organisation=row["organisation"],
                jurisdiction=row["jurisdiction"],
            )
            assert done(
                await reviewer.post("tendering", f"/v1/procurements/{row['id']}/qualification", {"found": found})
            )
    await house.pump()


async def one_finds_all_unfit(house: House, cast: Cast, play: Told) -> None:
    """And no other says so, or says anything."""
    await _find_unfit(house, cast, play, 1)


async def two_find_all_unfit(house: House, cast: Cast, play: Told) -> None:
    await _find_unfit(house, cast, play, 2)


async def what_was_recorded_is_set_right(house: House, cast: Cast, play: Told) -> None:
    """Another person finds each result and receipt to have been the other way round, where that may still be said."""
    [key] = await play.keys(house, cast)
    [row] = await house.rows("SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1", key)
    other = await house.person(
        "other", duties=SETS_RIGHT, organisation=row["organisation"], jurisdiction=row["jurisdiction"]
    )
    for each in await house.rows("SELECT id, state FROM evaluation.acceptances WHERE key = $1", key):
        body = {"passed": each["state"] == "failed", "reason": REASON}
        done(await other.post("evaluation", f"/v1/acceptances/{each['id']}/correction", body))
    for each in await house.rows("SELECT id, score FROM evaluation.assessments WHERE key = $1", key):
        body = {"score": "95.00" if (each["score"] or 0) < 80 else "55.00", "reason": REASON}
        done(await other.post("evaluation", f"/v1/assessments/{each['id']}/correction", body))
    receipts = await house.rows(
        "SELECT p.id, p.line_id, r.settled, r.treasury_reference FROM contracts.receipts r"
        " JOIN contracts.payments p ON p.id = r.payment_id JOIN contracts.contracts c ON c.id = p.contract_id"
        " WHERE c.key = $1",
        key,
    )
    for each in receipts:
        body = {"settled": not each["settled"], "treasury_reference": each["treasury_reference"], "reason": REASON}
        path = f"/v1/payment-lines/{each['line_id']}/receipts/{each['id']}/correction"
        done(await other.post("contracts", path, body))


async def what_is_proposed_is_taken_back(house: House, cast: Cast, play: Told) -> None:
    """One person proposes to give up whatever can be given up, and another refuses all of it: nothing has changed."""
    [key] = await play.keys(house, cast)
    [row] = await house.rows("SELECT organisation, jurisdiction FROM catalog.projects WHERE id = $1", key)
    one, two = (await People.of(house, row["organisation"], row["jurisdiction"])).purchaser
    harm = {"ground": "public_interest_harm", "reason": REASON}
    for name, table, path, body in (
        ("catalog", "projects", "projects/{id}/withdrawal", {"reason": REASON}),
        ("tendering", "procurements", "procurements/{id}/cancellation", {"ground": "task_cancelled", "reason": REASON}),
        ("tendering", "awards", "awards/{id}/choice", {"choice": "fail"}),
        ("contracts", "contracts", "contracts/{id}/withdrawals", harm),
        ("contracts", "contracts", "contracts/{id}/terminations", harm),
    ):
        for each in await house.rows(f"SELECT id FROM {name}.{table} WHERE key = $1", key):
            at = f"/v1/{path.format(id=each['id'])}"
            if done(await one.post(name, at, body)):
                assert done(await two.post(name, f"{at}/revoke"))


EVENTS: tuple[Event, ...] = (
    nothing,
    the_first_is_barred,
    the_first_is_barred_by_mistake,
    the_first_leaves,
    all_are_barred,
    the_budget_is_cut,
    an_approval_is_lost,
    the_year_has_no_schedule,
    days_pass(45),
    days_pass(800),
    orders_come_back,
    the_purchaser_leaves,
    a_body_leaves,
    the_first_is_taken_over,
    what_was_recorded_is_set_right,
    what_is_proposed_is_taken_back,
)
LEAVES_A_FIT_ONE = set(EVENTS[:4]) | {
    *(the_budget_is_cut, an_approval_is_lost, the_year_has_no_schedule),
    *(the_purchaser_leaves, a_body_leaves, the_first_is_taken_over, what_is_proposed_is_taken_back),
}
"""After these a bidder is left with whom a contract can be signed."""

SAMPLE: dict[str, tuple[Event, ...]] = {
    "tendering v1/awards/confirm": (the_first_is_barred_by_mistake,),
    "contracts v1/contracts/write": (the_first_leaves,),
    "contracts v1/payment-lines/receipts": (orders_come_back,),
    " the end": (nothing,),
}
"""Where the first searches found purchases without an end, and what happened there: the branches of the short run."""

OPEN_AGAIN: dict[str, tuple[Event, ...]] = {
    "tendering v1/rescorings/judgement": (nothing, an_approval_is_lost),
    "tendering v1/procurements/awards": (nothing,),
}
"""While the scores of the second play are open again, and after they are given anew."""
