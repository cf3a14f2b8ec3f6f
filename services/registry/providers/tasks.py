"""What waits about providers: papers to enter, to verify and to renew, and what a second person confirms."""

import sqlalchemy as sa

from services.registry.providers.records import IN_REGISTER, NOT_LEFT, EvidenceState, ProviderState
from services.registry.rulebook import ProviderSection
from services.registry.tables import evidence, providers
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, TODAY, Kind, Subject, among, clause_in, clause_of

RENEWAL_DAYS = 30
"""A paper is shown to its provider so many days before its last one; no text sets this."""

_p = providers.c
_e = evidence.c
_later = evidence.alias("later")

PROVIDER = Subject(
    "provider",
    providers,
    _p.id,
    _p.key,
    _p.jurisdiction,
    "/v1/providers/{}",
    reference=_p.credit_code,
    title=_p.title,
)


def of_provider(kind: str, table: sa.Table, path: str, within: sa.Column[object] | None = None) -> Subject:
    """A record about a provider, shown with the provider's code and title."""
    rows = table.join(providers, _p.id == table.c.provider_id)
    rulebook = table.c.get("rulebook")
    shown = {"rulebook": rulebook, "reference": _p.credit_code, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.provider_id, table.c.jurisdiction, path, within, **shown)


EVIDENCE = of_provider("evidence", evidence, "/v1/providers/{}/evidence", _e.provider_id)


def _conditions(book: Rulebook) -> Clause | None:
    return clause_in(book.section(ProviderSection).required_conditions)


def _verifier(book: Rulebook) -> Clause | None:
    return clause_of(book.section(ProviderSection).incompatible_posts_separated) or _conditions(book)


_entered = sa.exists().where(_e.provider_id == _p.id, _e.state == EvidenceState.ENTERED)
_lasts_longer = sa.or_(_later.c.valid_until.is_(None), _later.c.valid_until > _e.valid_until)

_renewed = sa.exists().where(
    _later.c.provider_id == _e.provider_id,
    _later.c.kind == _e.kind,
    among(_later.c.state, EvidenceState.ENTERED, EvidenceState.VERIFIED),
    _lasts_longer,
)

KINDS = (
    Kind(
        "confirm_provider",
        {"register_provider"},
        PROVIDER,
        sa.and_(_p.state == ProviderState.PROPOSED, _p.code_entered_by != ME),
        law=_verifier,
    ),
    Kind(
        "confirm_provider_withdrawal",
        {"register_provider"},
        PROVIDER,
        sa.and_(among(_p.state, *NOT_LEFT), _p.leaving_proposed_by != ME),
        law=_verifier,
    ),
    Kind(
        "enter_evidence",
        {"maintain_provider"},
        PROVIDER,
        sa.and_(_p.state == ProviderState.REGISTERED, ~_entered),
        _p.organisation,
        law=_conditions,
    ),
    Kind(
        "verify_provider",
        {"verify_provider"},
        PROVIDER,
        sa.and_(among(_p.state, *IN_REGISTER), _entered.where(_e.entered_by != ME)),
        law=_verifier,
    ),
    Kind(
        "renew_evidence",
        {"maintain_provider"},
        EVIDENCE,
        sa.and_(
            _e.state == EvidenceState.VERIFIED,
            _e.valid_until <= TODAY + RENEWAL_DAYS,
            _p.state != ProviderState.LEFT,
            ~_renewed,
        ),
        _e.organisation,
        deadline="evidence_expires",
    ),
)
