"""What registry's journal says of persons' duties and of providers' standing."""

from collections.abc import Mapping
from typing import Any

from services.registry.interests.store import hashed
from services.registry.tables import ORDERED, PAPER, REVERSED
from shared.events.registry import (
    AccountLinked,
    AccountProposed,
    BarProposed,
    ErasureProposed,
    EvidenceAnnulled,
    EvidenceEntered,
    EvidenceSeen,
    InterestRecorded,
    OrganisationLeft,
    OrganisationRegistered,
    OrganisationSucceeded,
    PersonErased,
    PostEnded,
    PostGiven,
    PostProposed,
    ProviderBarred,
    ProviderLeft,
    ProviderPreferred,
    ProviderProposed,
    ProviderRegistered,
    ProviderReturned,
    ProviderVerified,
    ProviderWatched,
    ProviderWithdrawalProposed,
    ResultCounted,
    ResultImportProposed,
    ReversalConfirmed,
    ReversalProposed,
)
from shared.road.recorded import ACTOR, ANY, DAY, EACH, OWNED, Is, Nth, Rows, Says, day_of, if_told

ACCOUNTS = Rows(
    "accounts", "SELECT issuer, subject, person_id, enabled, machine FROM accounts", ("issuer", "subject"), whole=True
)
ORGANISATIONS = Rows("organisations", "SELECT id, kind, jurisdiction, left_on FROM organisations", ("id",), whole=True)
SUCCESSORS = Rows(
    "successors",
    "SELECT successor, predecessor, from_day FROM successors",
    ("successor", "predecessor"),
    whole=True,
)
POSTS = Rows(
    "posts",
    "SELECT id, person_id, organisation_id, jurisdiction, duties, valid_from, valid_until FROM posts",
    ("id",),
    whole=True,
)
STANDINGS = Rows(
    "standings",
    # One that ended may stand again by the same cause: the newest is told of last, and none but it is in force.
    "SELECT DISTINCT ON (provider_id, cause, kind, jurisdiction) provider_id, cause, kind, jurisdiction,"
    " rulebook, clause, state, effect, grade, score, from_day, until_day, ended_because, concluded_on, project_id,"
    " key, organisation FROM standings"
    " ORDER BY provider_id, cause, kind, jurisdiction, state = 'standing' DESC, id DESC",
    ("provider_id", "cause", "kind", "jurisdiction"),
    whole=True,
    owned=("key", "organisation"),
)
BARS = Rows(
    "bars",
    "SELECT * FROM bars",
    ("id",),
    whole=True,
    makes={"ordered": ORDERED},
    owned=OWNED,
)
PROPOSED_POSTS = Rows(
    "post_proposals",
    "SELECT * FROM post_proposals",
    ("id",),
    whole=True,
    owned=("key",),
)
PROPOSED_ACCOUNTS = Rows("account_proposals", "SELECT * FROM account_proposals", ("id",), whole=True, owned=("key",))
ERASURES = Rows("erasures", "SELECT * FROM erasures", ("id",), whole=True, owned=OWNED)
IMPORTED = Rows(
    "imported_results",
    "SELECT * FROM results WHERE imported_by IS NOT NULL",
    ("id",),
    whole=True,
    owned=OWNED,
)
LEAVING = Rows("providers", "SELECT id, leaving_proposed_by, leaving_confirmed_by FROM providers", ("id",))
RESULTS = Rows(
    "results",
    "SELECT * FROM results WHERE imported_by IS NULL",
    ("id",),
    whole=True,
    owned=OWNED,
)
PROVIDERS = Rows(
    "providers",
    "SELECT * FROM providers WHERE state <> 'proposed'",
    ("id",),
    whole=True,
    owned=("key", "organisation"),
)
EVIDENCE = Rows("evidence", "SELECT * FROM evidence", ("id",), whole=True, makes={"paper": PAPER}, owned=OWNED)
DECLARATIONS = Rows("declarations", "SELECT * FROM declarations", ("id",), whole=True, owned=OWNED)
INTEREST_ACTS = Rows(
    "private_interest_acts",
    "SELECT * FROM private_interest_acts",
    ("interest_id", "number"),
    swept=True,
    makes={"said": hashed},
)
REVERSALS = Rows(
    "reversals",
    "SELECT * FROM reversals",
    ("id",),
    whole=True,
    makes={"reversed": REVERSED},
    owned=OWNED,
)

_LIES = {"kind": "kind", "jurisdiction": "jurisdiction"}
_POST = {
    "person_id": "person_id",
    "organisation_id": "organisation",
    "jurisdiction": "jurisdiction",
    "duties": "duties",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
}
_STANDING = {
    "rulebook": "rulebook",
    "clause": "clause",
    "effect": "effect",
    "grade": "grade",
    "score": "score",
    "from_day": "from_day",
    "until_day": "until_day",
    "ended_because": "ended",
    "concluded_on": "concluded_on",
    "project_id": "project_id",
}
_PROPOSED = {
    name: name for name in ("person_id", "organisation", "jurisdiction", "duties", "valid_from", "valid_until")
}


def _proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who takes a proposal back did not make it."""
    return before["proposed_by"] if event.get("withdrawn") else event["actor"]


def _waiting(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "withdrawn" if event.get("withdrawn") else "proposed"


def _importer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before["imported_by"] if event.get("withdrawn") else event["actor"]


def _bar_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "lifted" if event.get("ended") == "lifted" else "confirmed"


def _confirmer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A standing is told of again when it ends, and for whoever takes the provider's place."""
    again = event.get("ended") or str(event["provider_id"]) != str(before["provider_id"])
    return before["confirmed_by"] if again else event["actor"]


def _bound_from(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    again = event.get("ended") or str(event["provider_id"]) != str(before["provider_id"])
    return before["from_day"] if again else event["from_day"]


def _first_said(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before["until_day"] if event.get("ended") else event["until_day"]


def _takes_off(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return None if event.get("withdrawn") else event["actor"]


def _took_off(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A provider that leaves by itself is confirmed by nobody."""
    return event["actor"] if before["leaving_proposed_by"] else None


_PROVIDER = {"id": "provider_id"}
_NOBODY = {"leaving_proposed_by": Is(None), "leaving_confirmed_by": Is(None)}


def _standing(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "ended" if event.get("ended") else "standing"


def _registered(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "verified" if event["verified"] else "registered"


def _interest_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return "annulled" if event.get("annulled") else "standing" if event["until"] is None else "ended"


def _declared_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who declared it; what was declared on a panel the person said themselves."""
    if _interest_state(event, before) != "standing":
        return before["declared_by"]
    return event["actor"] or event["person_id"]


def _declared_on(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before["declared_on"] if _interest_state(event, before) != "standing" else day_of(event["recorded_at"])


def _ended_by(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["actor"] if _interest_state(event, before) != "standing" else None


_INTEREST = {"id": "interest_id"}


def _code(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event["credit_code"] or None


RECORDED = (
    Says(
        AccountLinked,
        ACCOUNTS,
        {"issuer": "issuer", "subject": "account"},
        {"person_id": "person_id", "enabled": "enabled", "machine": "machine"},
    ),
    Says(OrganisationRegistered, ORGANISATIONS, {"id": "organisation"}, {**_LIES, "left_on": Is(None)}),
    Says(OrganisationLeft, ORGANISATIONS, {"id": "organisation"}, {**_LIES, "left_on": "left_on"}),
    Says(
        OrganisationSucceeded,
        SUCCESSORS,
        {"successor": "organisation", "predecessor": "predecessor"},
        {"from_day": "from_day"},
    ),
    Says(PostGiven, POSTS, {"id": "post_id"}, _POST),
    Says(PostEnded, POSTS, {"id": "post_id"}, _POST),
    *(
        Says(
            event,
            STANDINGS,
            {"provider_id": "provider_id", "cause": "cause", "kind": Is(kind), "jurisdiction": "jurisdiction"},
            {**_STANDING, "state": _standing},
        )
        for event, kind in ((ProviderWatched, "watched"), (ProviderPreferred, "preferred"), (ProviderBarred, "barred"))
    ),
    Says(
        BarProposed,
        BARS,
        {"id": "bar_id"},
        {
            **{name: name for name in ("provider_id", "ground", "months")},
            "proposed_by": _proposer,
            "confirmed_by": Is(None),
            "state": _waiting,
            "from_day": Is(None),
            "until_day": Is(None),
            "ordered": if_told("facts"),
        },
    ),
    Says(
        ProviderBarred,
        BARS,
        {"id": "cause"},
        {"confirmed_by": _confirmer, "state": _bar_state, "from_day": _bound_from, "until_day": _first_said},
        begins=False,
    ),
    Says(PostProposed, PROPOSED_POSTS, {"id": "post_id"}, {**_PROPOSED, "proposed_by": _proposer, "state": _waiting}),
    Says(
        PostGiven,
        PROPOSED_POSTS,
        {"id": "post_id"},
        {"state": Is("confirmed"), "confirmed_by": ACTOR},
        begins=False,
    ),
    Says(
        AccountProposed, PROPOSED_ACCOUNTS, {"id": "proposal_id"}, {"person_id": "person_id", "proposed_by": _proposer}
    ),
    Says(
        ErasureProposed,
        ERASURES,
        {"id": "erasure_id"},
        {"person_id": "person_id", "proposed_by": _proposer, "state": _waiting},
    ),
    Says(
        PersonErased,
        ERASURES,
        {"id": "erasure_id"},
        {"state": Is("confirmed"), "confirmed_by": ACTOR},
        begins=False,
    ),
    Says(
        ResultImportProposed,
        IMPORTED,
        {"id": "result_id"},
        {
            **{name: name for name in ("provider_id", "grade", "concluded_on", "evidence_hash")},
            "imported_by": _importer,
        },
    ),
    Says(
        ResultCounted,
        RESULTS,
        {"id": "result_id"},
        {name: name for name in ("provider_id", "grade", "score", "concluded_on", "result_version")},
    ),
    Says(
        ProviderRegistered,
        PROVIDERS,
        {"id": "provider_id"},
        {
            **{name: name for name in ("title", "kind", "founded_on", "jurisdiction")},
            "credit_code": _code,
            "state": _registered,
        },
    ),
    # Conditions are told anew when a paper expires or is annulled too, which makes nobody verified.
    Says(ProviderVerified, PROVIDERS, {"id": "provider_id"}, {"state": ANY}),
    Says(ProviderLeft, PROVIDERS, {"id": "provider_id"}, {"state": Is("left")}),
    Says(
        InterestRecorded,
        DECLARATIONS,
        _INTEREST,
        {
            "person_id": "person_id",
            "provider_id": "provider_id",
            "state": _interest_state,
            "declared_by": _declared_by,
            "declared_on": _declared_on,
            "last_day": "until",
            "ended_by": _ended_by,
        },
    ),
    Says(
        InterestRecorded,
        INTEREST_ACTS,
        {"interest_id": "interest_id", "number": Nth()},
        {"said": if_told("act"), "person_id": "person_id"},
    ),
    Says(
        EvidenceEntered,
        EVIDENCE,
        {"id": "evidence_id"},
        {
            **dict.fromkeys(("verified_by", "verified_on", "annulled_by", "annulled_on"), Is(None)),
            "provider_id": "provider_id",
            "paper": "facts",
            "entered_by": ACTOR,
            "state": Is("entered"),
        },
        each="papers",
    ),
    *(
        Says(
            EvidenceSeen,
            EVIDENCE,
            {"id": EACH},
            {"state": Is(state), "verified_by": ACTOR, "verified_on": DAY},
            begins=False,
            each=seen,
        )
        for seen, state in (("accepted", "verified"), ("rejected", "rejected"))
    ),
    Says(
        EvidenceAnnulled,
        EVIDENCE,
        {"id": "evidence_id"},
        {"state": Is("annulled"), "annulled_by": ACTOR, "annulled_on": DAY},
        begins=False,
    ),
    Says(
        ReversalProposed,
        REVERSALS,
        {"id": "reversal_id"},
        {
            **{name: name for name in ("provider_id", "bar_id", "result_id", "ground")},
            "proposed_by": _proposer,
            "state": _waiting,
            "confirmed_by": Is(None),
            "confirmed_on": Is(None),
            "reversed": if_told("facts"),
        },
    ),
    Says(
        ReversalConfirmed,
        REVERSALS,
        {"id": "reversal_id"},
        {"state": Is("confirmed"), "confirmed_by": ACTOR, "confirmed_on": DAY},
        begins=False,
    ),
    Says(ReversalConfirmed, BARS, {"id": "bar_id"}, {"state": Is("lifted")}, begins=False),
    Says(ProviderWithdrawalProposed, LEAVING, _PROVIDER, {**_NOBODY, "leaving_proposed_by": _takes_off}),
    Says(ProviderLeft, LEAVING, _PROVIDER, {"leaving_confirmed_by": _took_off}, begins=False),
    Says(ProviderProposed, LEAVING, _PROVIDER, _NOBODY, begins=False),
    Says(ProviderReturned, LEAVING, _PROVIDER, _NOBODY, begins=False),
)
