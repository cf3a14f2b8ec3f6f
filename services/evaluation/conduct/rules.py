"""Who may carry out an acceptance or an assessment, and before whose eyes.

CD17-17.3  who signed the contract does not accept the service, as nobody's deputy either
CD17-25.1  it is organised by the purchaser or by a third party it has entrusted  (ZH21-27.1)
CD17-25.2  in a procurement whose purchaser is not the user at least three users are notified to supervise
CD17-25.3  they are users or beneficiaries of the service, all different, notified before it takes place
IC12-12.1  incompatible posts are separated: a result is set right by another person than the one who gave it

Readings: one name is one person, however many contacts are given with it, unless the numbers of two residents' cards
tell two apart (one person may have several other documents, and nobody checks their numbers); one number is one person
under whatever name. The duty of CD17-25.2 is to notify, so delivered notices
count, not attendance. Public service means class 3 (CD17-26.1): there the purchaser is never the user, whatever is
declared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.evaluation.mandates.rules import Organiser, organiser_findings
from services.evaluation.rulebook import ConductSection
from shared.law.decision import Finding, finding, of_person


@dataclass(frozen=True, slots=True)
class Conductor:
    """The person who acts, as what they act, and the person who signed the contract for the purchaser."""

    person: UUID
    organiser: Organiser
    signer: UUID


@dataclass(frozen=True, slots=True)
class Observer:
    """A notified person; `tied`: with the provider or the purchaser on the day of the notice, or within the years
    before it that count."""

    person: UUID
    kind: str
    tied: bool
    notified_at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """An acceptance or assessment that took place at `held_at`, who was notified of it, and for which service."""

    held_at: datetime
    observers: tuple[Observer, ...]
    procurement_project: bool
    purchaser_is_user: bool
    service_class: int | None


OTHER = b"other:"


@dataclass(frozen=True, slots=True)
class Named:
    """A person known by name alone: the name as folded, and the salted hash of an identity number where one was
    given, which begins with `OTHER` where it is not a resident's."""

    name: str
    identity: bytes | None


def is_same_person(one: Named, other: Named) -> bool:
    """Whether two names stand for one person: by number where both have a resident's or it is the same, else by the
    letters and digits of the name."""
    if one.identity is not None and other.identity is not None:
        if one.identity == other.identity:
            return True
        if not one.identity.startswith(OTHER) and not other.identity.startswith(OTHER):
            return False
    return _letters(one.name) == _letters(other.name)


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)) or name


def conductor_findings(conductor: Conductor, section: ConductSection) -> Iterator[Finding]:
    """Who acts: by person whatever posts they hold, and for an organisation that may."""
    apart = section.separate_signing_and_acceptance
    if apart is not None:
        yield of_person("acceptor_signed_contract", apart.clause, conductor.person != conductor.signer)
    silent = section.acceptance_signed_by_all.clause
    yield from organiser_findings(conductor.organiser, section.acceptance_organisers, silent)


def corrector_finding(person: UUID, given_by: UUID, section: ConductSection) -> Finding:
    """Another person corrects a result than the one who gave it."""
    return of_person("giver_corrects", section.incompatible_posts_separated.clause, person != given_by)


def occasion_findings(occasion: Occasion, section: ConductSection) -> Iterator[Finding]:
    """That enough service users knew of it beforehand."""
    least = section.min_observers
    if least is None or not observers_needed(occasion, section):
        return
    notified = len(occasion.observers)
    yield finding("too_few_observers", least.clause, notified >= least.value, notified=notified, least=least.value)
    kinds = section.observer_kinds
    counted = len({o.person for o in occasion.observers if _counts(o, occasion, section)})
    clause = kinds.clause("actual_user") if len(kinds) else least.clause
    yield finding("observers_not_counted", clause, counted >= least.value, counted=counted, least=least.value)


def observers_needed(occasion: Occasion, section: ConductSection) -> bool:
    """Whether the purchaser is not the user, and the purchase of the kind that the clause speaks of."""
    if section.observers_procurement_only is not None and not occasion.procurement_project:
        return False
    public_service = str(occasion.service_class) in section.continuous_acceptance_classes
    return public_service or not occasion.purchaser_is_user


def _counts(observer: Observer, occasion: Occasion, section: ConductSection) -> bool:
    named = observer.kind in section.observer_kinds or not len(section.observer_kinds)
    return named and not observer.tied and observer.notified_at < occasion.held_at
