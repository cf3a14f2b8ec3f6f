"""The providers of the story: registered with a checked credit code, their papers entered and verified."""

from dataclasses import dataclass
from uuid import UUID

from deploy.demo.cast import PROVIDER_DESKS, Cast
from deploy.demo.stage import Player
from shared.fields.credit_code import with_check_digit

PAPERS = (
    "legal_person_certificate",
    "credit_report",
    "financial_system",
    "facilities",
    "staff",
    "professional_ability",
    "internal_governance",
    "tax",
    "social_security",
)


@dataclass(frozen=True, slots=True)
class Provider:
    """An invented social organisation; `number` makes its credit code."""

    name: str
    title: str
    city: str
    jurisdiction: str
    number: int
    founded_on: str = "2015-06-01"


PROVIDERS = (
    Provider("jinxin", "成都锦心养老服务中心", "cd", "5101/510104", 1),
    Provider("heyi", "成都和怡社会工作服务中心", "cd", "5101/510104", 2),
    Provider("chunhui", "成都春晖助老服务中心", "cd", "5101/510104", 3),
    Provider("anning", "珠海安宁心理服务中心", "zh", "4404/440402", 4, "2020-05-01"),
    Provider("qinglang", "珠海晴朗社工服务中心", "zh", "4404/440402", 5, "2016-03-01"),
    Provider("tongxing", "珠海同行社会服务中心", "zh", "4404/440402", 6),
)


async def register_providers(cast: Cast) -> None:
    """Registers everyone, gives each a person who acts for it, and has the papers seen by another desk."""
    for provider in PROVIDERS:
        await register_provider(cast, provider)
    await cast.stage.settled()


async def register_provider(cast: Cast, provider: Provider) -> None:
    """Registers one, gives it a person who acts for it, and has the papers seen."""
    register = cast[f"{provider.city}.authority.register"]
    body = {
        "title": provider.title,
        "jurisdiction": provider.jurisdiction,
        "kind": "social_organisation",
        "form": "private_non_enterprise",
        "credit_code": with_check_digit(f"52{provider.jurisdiction[-6:]}MJ{provider.number:07d}"),
        "registered_with": "city_civil_affairs",
        "registration_number": f"示例民证字第{provider.number:04d}号",
        "founded_on": provider.founded_on,
    }
    registered = await register.do("registry", "/v1/providers", body)
    cast.organisations[provider.name] = UUID(registered["id"])
    await cast.join(
        provider.name,
        provider.title,
        PROVIDER_DESKS,
        organisation=UUID(registered["id"]),
        jurisdiction=provider.jurisdiction,
    )
    await _verify(cast, provider, register)


async def _verify(cast: Cast, provider: Provider, register: Player) -> None:
    path = f"/v1/providers/{cast.organisations[provider.name]}"
    scan = await register.upload("registry", f"{provider.title} 登记材料")
    papers = [
        {
            "kind": kind,
            "issuer": "示范机关",
            "issued_on": "2021-12-01",
            "document_hash": scan,
        }
        for kind in PAPERS
    ]
    entered = await register.do("registry", f"{path}/evidence", {"papers": papers})
    accepted = [paper["id"] for paper in entered["evidence"]]
    await cast[f"{provider.city}.authority.verifier"].do("registry", f"{path}/verify", {"accepted": accepted})
