"""Whom the purchaser may entrust, and who may therefore organise.

CD17-25.1  acceptance and assessment are organised by the purchaser or a third party it has entrusted  (ZH21-27.1)
CD17-26.5  an entrusted third party has no ties to the provider or the purchaser
CD17-31.1  the purchaser itself organises the performance evaluation
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.evaluation.rulebook import MandateSection
from shared.law.decision import Clause, Decision, Finding, decide, finding, of_person
from shared.law.rulebook import Items, Value

Organiser = Literal["purchaser", "entrusted_third_party", "provider", "nobody"]


@dataclass(frozen=True, slots=True)
class Entrustment:
    """Who is to be entrusted, for which days, and whether it declares to have no ties to either party. `parties`: those
    of the contract, by every name they bore or bear."""

    third_party: UUID
    parties: frozenset[UUID]
    valid_from: date
    valid_until: date
    independent: bool


def entrust(asked: Entrustment, section: MandateSection) -> Decision[Entrustment]:
    """May this organisation be entrusted? Neither party of the contract is a third party."""
    return decide(_entrust_findings(asked, section), asked)


def _entrust_findings(asked: Entrustment, section: MandateSection) -> Iterator[Finding]:
    organisers = section.acceptance_organisers
    clause = organisers.clause("entrusted_third_party") if len(organisers) else section.acceptance_signed_by_all.clause
    yield of_person("third_party_is_a_party", clause, asked.third_party not in asked.parties)
    if section.third_party_independent is not None:
        yield of_person("third_party_not_independent", section.third_party_independent.clause, asked.independent)


def organiser_findings(
    organiser: Organiser, allowed: Items, silent: Clause, alone: Value[str] | None = None
) -> Iterator[Finding]:
    """One finding on who organises: `alone` names the only one who may, else `allowed` lists them. A text that names
    nobody leaves it to the purchaser and whom it entrusts, by the clause `silent`: never to the provider or a
    stranger."""
    if alone is not None:
        yield finding("organiser_not_entitled", alone.clause, organiser == alone.value, organiser=organiser)
    elif len(allowed):
        yield finding("organiser_not_entitled", allowed.clause(organiser), organiser in allowed, organiser=organiser)
    else:
        for_purchaser = organiser in ("purchaser", "entrusted_third_party")
        yield finding("organiser_not_entitled", silent, for_purchaser, organiser=organiser)
