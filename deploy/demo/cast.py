"""Who plays: organisations, the people in their posts, and how the registry comes to know them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from deploy.demo.stage import Player, Stage
from services.registry.persons.handlers import bootstrap_administrator
from shared.database import Database
from shared.ids import new_id
from shared.issuer import ISSUER
from shared.places import NATION, city_of
from shared.sealing.keys import KeyPair, Use

CHENGDU = "5101/510104"
ZHUHAI = "4404/440402"

_PURCHASER_DESKS: dict[str, tuple[str, ...]] = {
    "planner": ("propose_project", "submit_budget", "write_requirement", "open_procurement", "draft_file",
                "publish_notice", "form_panel", "draft_contract", "request_payment", "plan_evaluation", "run_survey"),
    "reviewer": ("review_project", "review_requirement", "check_file", "open_bids", "review_qualification",
                 "approve_award", "approve_payment", "answer_objection"),
    "signer": ("sign_contract", "approve_award"),
    "acceptor": ("accept_service", "evaluate_service", "conclude_evaluation", "score_bids"),
}  # fmt: skip

_FINANCE_DESKS: dict[str, tuple[str, ...]] = {
    "budget": ("review_budget", "open_budget_line", "draft_directory", "file_contract"),
    "treasury": ("record_receipt", "publish_directory"),
}

_AUTHORITY_DESKS: dict[str, tuple[str, ...]] = {
    "register": ("register_purchaser", "register_provider", "import_result"),
    "verifier": ("verify_provider", "import_result"),
}

_EXPERTS = {f"expert{n}": ("score_bids",) for n in range(1, 5)}
_EVALUATOR = {"evaluator": ("evaluate_service", "accept_service", "run_survey", "conclude_evaluation")}

PROVIDER_DESKS = ("maintain_provider", "submit_bid", "sign_for_provider", "file_objection")


@dataclass
class Cast:
    """Everyone by desk: `cast["zh.planner"]`, `cast["provider.anning"]`."""

    stage: Stage
    administrator: Player
    organisations: dict[str, UUID] = field(default_factory=dict)
    players: dict[str, Player] = field(default_factory=dict)
    keys: dict[str, KeyPair] = field(default_factory=dict)

    def __getitem__(self, desk: str) -> Player:
        return self.players[desk]

    def key(self, desk: str, use: Use) -> KeyPair:
        """The key pair on that desk's own machine, made when it is first needed (`goufu opening keygen`, `goufu bid
        keygen`)."""
        return self.keys.setdefault(desk, KeyPair.new(use))

    async def join(
        self, desk: str, title: str, duties: tuple[str, ...], *, organisation: UUID, jurisdiction: str
    ) -> Player:
        """A person is registered with an account and given a post."""
        body = {"organisation": str(organisation), "jurisdiction": jurisdiction, "issuer": ISSUER, "account": desk}
        person = await self.administrator.do("registry", "/v1/persons", body)
        post = {"organisation": str(organisation), "jurisdiction": jurisdiction, "duties": list(duties)}
        await self.administrator.do("registry", f"/v1/persons/{person['id']}/posts", post)
        player = Player(self.stage, title, desk, UUID(person["id"]), organisation, self.stage.token(desk))
        self.players[desk] = player
        return player

    async def office(self, name: str, title: str, jurisdiction: str, desks: Mapping[str, tuple[str, ...]]) -> None:
        """An organisation with one person a desk."""
        organisation = self.organisations.setdefault(name, new_id())
        for desk, duties in desks.items():
            await self.join(
                f"{name}.{desk}", f"{title}·{desk}", duties, organisation=organisation, jurisdiction=jurisdiction
            )


async def administrator_of(stage: Stage) -> Player:
    """The deployment's first administrator of posts, made by the operator."""
    database = Database("registry", stage.deployment.settings.url("registry"), size=1)
    await database.open()
    try:
        first = await bootstrap_administrator(database, ISSUER, "administrator", NATION)
    finally:
        await database.close()
    token = stage.token("administrator")
    return Player(stage, "系统管理员", "administrator", first.person_id, first.organisation, token)


async def gather(stage: Stage) -> Cast:
    """Purchasers, finance bureaus, registration authorities, experts and oversight of both cities."""
    cast = Cast(stage, await administrator_of(stage))
    for city, jurisdiction, name in (("cd", CHENGDU, "成都"), ("zh", ZHUHAI, "珠海")):
        await cast.office(f"{city}.authority", f"{name}民政局", city_of(jurisdiction), _AUTHORITY_DESKS)
        await cast.office(f"{city}.finance", f"{name}区财政局", jurisdiction, _FINANCE_DESKS)
        await cast.office(f"{city}.audit", f"{name}审计局", city_of(jurisdiction), {"auditor": ("audit",)})
        await cast.office(f"{city}.supervision", f"{name}监督", city_of(jurisdiction), {"opener": ("open_bids",)})
        await cast.office(f"{city}.notary", f"{name}公证处", city_of(jurisdiction), {"opener": ("open_bids",)})
        await cast.office(f"{city}.pool", f"{name}评审专家库", city_of(jurisdiction), _EXPERTS)
        await cast.office(f"{city}.third", f"{name}第三方评估机构", city_of(jurisdiction), _EVALUATOR)
    await stage.settled()
    for city, jurisdiction, title in (("cd", CHENGDU, "锦溪街道办事处"), ("zh", ZHUHAI, "云澳街道办事处")):
        await register_purchaser(cast, city, jurisdiction, title)
    await stage.settled()
    return cast


async def register_purchaser(cast: Cast, city: str, jurisdiction: str, title: str) -> None:
    """The authority registers the street; its people join."""
    kind = "street_office" if city == "zh" else "administrative_organ"
    body = {"title": title, "jurisdiction": jurisdiction, "kind": kind}
    purchaser = await cast[f"{city}.authority.register"].do("registry", "/v1/purchasers", body)
    cast.organisations[city] = UUID(purchaser["id"])
    await cast.office(city, title, jurisdiction, _PURCHASER_DESKS)
