"""Who plays: organisations, the people in their posts, and how the registry comes to know them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from deploy.demo.stage import Player, Stage
from services.registry.persons.duties import WEIGHTY
from services.registry.posts.bootstrap import bootstrap_administrators
from shared.fields.places import NATION, city_of
from shared.sealing.keys import KeyPair, Use
from shared.web.issuer import ISSUER
from shared.work.database import Database

CHENGDU = "5101/510104"
ZHUHAI = "4404/440402"
JURISDICTIONS = {"cd": CHENGDU, "zh": ZHUHAI}

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
    "verifier": ("verify_provider", "import_result", "register_provider"),
}

_EXPERTS = {f"expert{n}": ("score_bids",) for n in range(1, 5)}
_EVALUATOR = {"evaluator": ("evaluate_service", "accept_service", "run_survey", "conclude_evaluation")}

PROVIDER_DESKS = ("maintain_provider", "submit_bid", "sign_for_provider", "file_objection")


@dataclass
class Cast:
    """Everyone by desk: `cast["zh.planner"]`, `cast["provider.anning"]`."""

    stage: Stage
    administrator: Player
    second: Player
    organisations: dict[str, UUID] = field(default_factory=dict)
    players: dict[str, Player] = field(default_factory=dict)
    keys: dict[str, KeyPair] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=lambda: JURISDICTIONS)
    """Where the street of each city lies."""

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
        await self.give(UUID(person["id"]), duties, organisation=organisation, jurisdiction=jurisdiction)
        player = Player(self.stage, title, desk, UUID(person["id"]), organisation, self.stage.token(desk))
        self.players[desk] = player
        return player

    async def give(self, person_id: UUID, duties: tuple[str, ...], *, organisation: UUID, jurisdiction: str) -> None:
        """A post by one administrator, confirmed by the other where its duties are weighty."""
        post = {"organisation": str(organisation), "jurisdiction": jurisdiction, "duties": list(duties)}
        given = await self.administrator.do("registry", f"/v1/persons/{person_id}/posts", post)
        if WEIGHTY.intersection(duties):
            await self.second.do("registry", f"/v1/posts/{given['proposed'][-1]['id']}/confirm")

    async def body(self, name: str, title: str, jurisdiction: str, kind: str) -> UUID:
        """A body that neither buys nor provides, registered."""
        body = {"title": title, "jurisdiction": jurisdiction, "kind": kind}
        registered = await self.administrator.do("registry", "/v1/bodies", body)
        self.organisations[name] = UUID(registered["id"])
        return self.organisations[name]

    async def office(self, name: str, title: str, jurisdiction: str, desks: Mapping[str, tuple[str, ...]]) -> None:
        """One person a desk in a registered organisation."""
        organisation = self.organisations[name]
        for desk, duties in desks.items():
            await self.join(
                f"{name}.{desk}", f"{title}·{desk}", duties, organisation=organisation, jurisdiction=jurisdiction
            )


async def administrators_of(stage: Stage) -> tuple[Player, Player]:
    """The deployment's first administrators of posts, made by the operator."""
    database = Database("registry", stage.deployment.settings.url("registry"), size=1)
    await database.open()
    try:
        accounts = ("administrator", "administrator-2")
        first, second = await bootstrap_administrators(database, ISSUER, accounts, NATION, "平台运行机构")
    finally:
        await database.close()
    one, two = (
        Player(stage, "系统管理员", made.account, made.person_id, made.organisation, stage.token(made.account))
        for made in (first, second)
    )
    return one, two


_OFFICES: tuple[tuple[str, str, str, Mapping[str, tuple[str, ...]]], ...] = (
    ("authority", "民政局", "registration_authority", _AUTHORITY_DESKS),
    ("audit", "审计局", "audit_body", {"auditor": ("audit",)}),
    ("supervision", "监督", "supervision_body", {"opener": ("open_bids",)}),
    ("notary", "公证处", "notary_office", {"opener": ("open_bids",)}),
    ("pool", "评审专家库", "expert_pool", _EXPERTS),
    ("third", "第三方评估机构", "evaluator", _EVALUATOR),
)


_TITLES = {"cd": ("成都", "锦溪街道办事处"), "zh": ("珠海", "云澳街道办事处")}


async def gather(
    stage: Stage, administrators: tuple[Player, Player] | None = None, places: Mapping[str, str] = JURISDICTIONS
) -> Cast:
    """Purchasers, finance bureaus, registration authorities, experts and oversight of each city. `administrators`: the
    first two, when they are there already."""
    cast = Cast(stage, *(administrators or await administrators_of(stage)), places=places)
    for code, jurisdiction in places.items():
        city, _ = _TITLES[code]
        await found(cast, f"{code}.finance", f"{city}区财政局", jurisdiction, "finance_bureau", _FINANCE_DESKS)
        for name, title, kind, desks in _OFFICES:
            await found(cast, f"{code}.{name}", f"{city}{title}", city_of(jurisdiction), kind, desks)
    await stage.settled()
    for code, jurisdiction in places.items():
        await register_purchaser(cast, code, jurisdiction, _TITLES[code][1])
    await stage.settled()
    return cast


async def found(
    cast: Cast, name: str, title: str, jurisdiction: str, kind: str, desks: Mapping[str, tuple[str, ...]]
) -> None:
    """A body with its people."""
    await cast.body(name, title, jurisdiction, kind)
    await cast.office(name, title, jurisdiction, desks)


async def register_purchaser(cast: Cast, city: str, jurisdiction: str, title: str) -> None:
    """The authority registers the street; its people join."""
    kind = "street_office" if city == "zh" else "administrative_organ"
    body = {"title": title, "jurisdiction": jurisdiction, "kind": kind}
    purchaser = await cast[f"{city}.authority.register"].do("registry", "/v1/purchasers", body)
    cast.organisations[city] = UUID(purchaser["id"])
    await cast.office(city, title, jurisdiction, _PURCHASER_DESKS)
