"""Kinds of organisation, and which duties can be held in each: a duty belongs to the desk of one kind of body.

Purchasers and providers are registered in matters of their own; the bodies are what remains.
"""

from dataclasses import dataclass

from services.registry.persons.duties import DUTIES, Side


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of body, and the duties that a post in it can give."""

    zh: str
    en: str
    duties: frozenset[str]


def _of(*sides: Side) -> frozenset[str]:
    return frozenset(name for name, duty in DUTIES.items() if duty.side in sides)


_ADMINISTERS = frozenset({"administer_posts"})
_EVALUATES = frozenset({"accept_service", "run_survey", "evaluate_service", "conclude_evaluation"})

KINDS: dict[str, Kind] = {
    "finance_bureau": Kind("财政部门", "finance bureau", _of("finance") | _ADMINISTERS),
    "supervising_unit": Kind("主管预算单位", "supervising budget unit", _of("superior")),
    "registration_authority": Kind("登记管理机关", "registration authority", _of("registering") | _ADMINISTERS),
    "audit_body": Kind("审计机关", "audit body", _of("overseeing", "shared")),
    "supervision_body": Kind("监督机关", "supervision body", _of("overseeing", "shared")),
    "notary_office": Kind("公证机构", "notary office", _of("shared")),
    "expert_pool": Kind("评审专家库", "pool of experts", frozenset({"score_bids"})),
    "evaluator": Kind("第三方评估机构", "third-party evaluator", _EVALUATES),
    "community": Kind("社区组织", "community", frozenset({"propose_project", "choose_project"})),
    "operator": Kind("平台运行机构", "operator of the platform", _of("running")),
}
"""The bodies by name."""

FITTING: dict[str, frozenset[str]] = {
    "purchaser": _of("buying", "shared") | _ADMINISTERS,
    "provider": _of("providing"),
    **{name: kind.duties for name, kind in KINDS.items()},
}
"""Every kind of organisation, with the duties that can be held in it."""
