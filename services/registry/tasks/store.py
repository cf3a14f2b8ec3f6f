"""What waits in the registry, by the duty that would do it: papers to enter, to verify and to renew, and what a second
person confirms. Clearances wait for nobody here: they are answered at once, and a block is dealt with in tendering."""

import sqlalchemy as sa

from services.registry.rulebook import BarSection, PostSection, ProviderSection, StandingSection
from services.registry.tables import (
    account_proposals,
    bars,
    erasures,
    evidence,
    organisation_changes,
    organisations,
    post_proposals,
    providers,
    results,
    reversals,
)
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, TODAY, Kind, Subject, among, clause_in, clause_of

RENEWAL_DAYS = 30
"""A paper is shown to its provider so many days before its last one; no text sets this."""

_p, _e, _b, _r = providers.c, evidence.c, bars.c, results.c
_o, _post, _login = organisations.c, post_proposals.c, account_proposals.c
_c, _v = organisation_changes.c, reversals.c
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


def _of_provider(kind: str, table: sa.Table, path: str, within: sa.Column[object] | None = None) -> Subject:
    """A record about a provider, shown with the provider's code and title."""
    rows = table.join(providers, _p.id == table.c.provider_id)
    rulebook = table.c.get("rulebook")
    shown = {"rulebook": rulebook, "reference": _p.credit_code, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.provider_id, table.c.jurisdiction, path, within, **shown)


EVIDENCE = _of_provider("evidence", evidence, "/v1/providers/{}/evidence", _e.provider_id)
BAR = _of_provider("bar", bars, "/v1/bars/{}")
RESULT = _of_provider("imported_result", results, "/v1/imported-results/{}")
REVERSAL = _of_provider("reversal", reversals, "/v1/reversals/{}")


POST = Subject(
    "post",
    post_proposals.join(organisations, _o.id == _post.organisation),
    _post.id,
    _post.person_id,
    _o.jurisdiction,
    "/v1/persons/{}",
    _post.person_id,
)
ACCOUNT = Subject(
    "account", account_proposals, _login.id, _login.person_id, _login.jurisdiction, "/v1/persons/{}", _login.person_id
)

ERASURE = Subject(
    "erasure",
    erasures,
    erasures.c.id,
    erasures.c.person_id,
    erasures.c.jurisdiction,
    "/v1/persons/{}",
    erasures.c.person_id,
)

CHANGE = Subject(
    "change",
    organisation_changes.join(organisations, _o.id == _c.organisation),
    _c.id,
    _c.key,
    _c.jurisdiction,
    "/v1/changes/{}",
)


def _posts(book: Rulebook) -> Clause | None:
    return book.section(PostSection).incompatible_posts_separated.clause


def _conditions(book: Rulebook) -> Clause | None:
    return clause_in(book.section(ProviderSection).required_conditions)


def _verifier(book: Rulebook) -> Clause | None:
    return clause_of(book.section(ProviderSection).incompatible_posts_separated) or _conditions(book)


_entered = sa.exists().where(_e.provider_id == _p.id, _e.state == "entered")
_lasts_longer = sa.or_(_later.c.valid_until.is_(None), _later.c.valid_until > _e.valid_until)
_renewed = sa.exists().where(
    _later.c.provider_id == _e.provider_id,
    _later.c.kind == _e.kind,
    among(_later.c.state, "entered", "verified"),
    _lasts_longer,
)

KINDS = (
    Kind(
        "confirm_post",
        {"administer_posts"},
        POST,
        sa.and_(_post.state == "proposed", _post.proposed_by != ME, _post.person_id != ME),
        law=_posts,
    ),
    Kind(
        "confirm_account",
        {"administer_posts"},
        ACCOUNT,
        sa.and_(_login.state == "proposed", _login.proposed_by != ME, _login.person_id != ME),
        law=_posts,
    ),
    Kind(
        "confirm_erasure",
        {"administer_posts"},
        ERASURE,
        sa.and_(erasures.c.state == "proposed", erasures.c.proposed_by != ME, erasures.c.person_id != ME),
        law=_posts,
    ),
    Kind(
        "confirm_provider",
        {"register_provider"},
        PROVIDER,
        sa.and_(_p.state == "proposed", _p.code_entered_by != ME),
        law=_verifier,
    ),
    Kind(
        "confirm_provider_withdrawal",
        {"register_provider"},
        PROVIDER,
        sa.and_(among(_p.state, "proposed", "registered", "verified"), _p.leaving_proposed_by != ME),
        law=_verifier,
    ),
    *(
        Kind(
            "confirm_change",
            {duty},
            CHANGE,
            sa.and_(_c.state == "proposed", _c.proposed_by != ME, kinds),
            law=_posts,
        )
        for duty, kinds in (
            ("register_purchaser", _o.kind == "purchaser"),
            ("register_provider", _o.kind == "provider"),
            ("administer_posts", ~among(_o.kind, "purchaser", "provider")),
        )
    ),
    Kind(
        "enter_evidence",
        {"maintain_provider"},
        PROVIDER,
        sa.and_(_p.state == "registered", ~_entered),
        _p.organisation,
        law=_conditions,
    ),
    Kind(
        "verify_provider",
        {"verify_provider"},
        PROVIDER,
        sa.and_(among(_p.state, "registered", "verified"), _entered.where(_e.entered_by != ME)),
        law=_verifier,
    ),
    Kind(
        "renew_evidence",
        {"maintain_provider"},
        EVIDENCE,
        sa.and_(_e.state == "verified", _e.valid_until <= TODAY + RENEWAL_DAYS, _p.state != "left", ~_renewed),
        _e.organisation,
        deadline="evidence_expires",
    ),
    Kind(
        "confirm_bar",
        {"bar_provider"},
        BAR,
        sa.and_(_b.state == "proposed", _b.proposed_by != ME),
        _b.organisation,
        law=lambda book: clause_of(book.section(BarSection).incompatible_posts_separated),
    ),
    Kind(
        "confirm_import",
        {"import_result"},
        RESULT,
        sa.and_(_r.state == "proposed", _r.imported_by != ME),
        law=lambda book: clause_of(book.section(StandingSection).incompatible_posts_separated),
    ),
    Kind(
        "confirm_reversal",
        {"bar_provider"},
        REVERSAL,
        sa.and_(_v.state == "proposed", _v.bar_id.is_not(None), _v.proposed_by != ME),
        _v.organisation,
        law=lambda book: clause_of(book.section(BarSection).incompatible_posts_separated),
    ),
    Kind(
        "confirm_reversal",
        {"import_result"},
        REVERSAL,
        sa.and_(_v.state == "proposed", _v.result_id.is_not(None), _v.proposed_by != ME),
        law=lambda book: clause_of(book.section(StandingSection).incompatible_posts_separated),
    ),
)
