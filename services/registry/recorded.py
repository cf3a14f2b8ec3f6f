"""What registry's journal says of persons' duties and of providers' standing."""

from collections.abc import Callable, Mapping
from typing import Any

from services.registry.changes.events import OrganisationChangeProposed
from services.registry.clearances.events import ClearanceStands
from services.registry.interests.store import hashed
from services.registry.persons.events import AccountProposed
from services.registry.posts.events import PostProposed
from services.registry.providers.events import EvidenceSeen, ProviderProposed, ProviderWithdrawalProposed
from services.registry.standing.events import ResultCounted
from services.registry.tables import CHANGE, CLEARANCE, ENTERED, FOUND, LOGIN, MAY_BUY, ORDERED, PAPER, REVERSED
from shared.events.registry import (
    AccountLinked,
    BarProposed,
    ErasureProposed,
    EvidenceAnnulled,
    EvidenceEntered,
    InterestRecorded,
    OrganisationLeft,
    OrganisationRegistered,
    OrganisationSucceeded,
    PersonErased,
    PostEnded,
    PostGiven,
    ProviderBarred,
    ProviderLeft,
    ProviderPreferred,
    ProviderRegistered,
    ProviderReturned,
    ProviderWatched,
    PurchaserRegistered,
    ResultImportProposed,
    ReversalConfirmed,
    ReversalProposed,
    SuccessionAnnulled,
)
from shared.road.recorded import (
    ACTOR,
    ANY,
    DAY,
    EACH,
    OPEN_OR_OVER,
    OWNED,
    Is,
    Nth,
    Rows,
    Says,
    day_of,
    if_told,
    watched,
)

ACCOUNTS = Rows(
    "accounts", "SELECT issuer, subject, person_id, enabled, machine FROM accounts", ("issuer", "subject"), whole=True
)
PERSONS = Rows("persons", "SELECT * FROM persons", ("id",), owned=OWNED)
CLEARANCES = Rows(
    # Those of before they were told of are known by their answers alone.
    "clearances",
    "SELECT * FROM clearances",
    ("id",),
    makes={"facts": CLEARANCE},
)
ORGANISATIONS = Rows(
    "organisations",
    # Of each the register has the record of its sort, which says the same of title and place.
    "SELECT o.id, o.kind, o.left_on, o.jurisdiction, b.kind AS of_body, CASE WHEN b.id IS NULL THEN o.jurisdiction"
    " ELSE b.jurisdiction END AS lies, b.title, coalesce((b.state = 'left') = (o.left_on IS NULL), false) AS gone"
    " FROM organisations o LEFT JOIN bodies b ON b.id = o.id",
    ("id",),
    whole=True,
)
PURCHASERS = Rows(
    "purchasers",
    "SELECT * FROM purchasers",
    ("id",),
    whole=True,
    makes={"facts": MAY_BUY},
    owned=("key", "organisation"),
)
CHANGES = Rows(
    "organisation_changes",
    "SELECT * FROM organisation_changes",
    ("id",),
    whole=True,
    makes={"change": CHANGE},
    owned=OWNED,
)
SUCCESSORS = Rows(
    "successors",
    "SELECT successor, predecessor, from_day, annulled FROM successors",
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
    # What ends one that stands is there, and after its last day.
    "SELECT s.*, s.state <> 'standing' OR s.until_day IS NULL"
    f" OR {watched('standing_ends', 's', 's.until_day')} AS ends FROM standings s",
    ("id",),
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
PROPOSED_ACCOUNTS = Rows(
    "account_proposals",
    "SELECT * FROM account_proposals",
    ("id",),
    whole=True,
    makes={"facts": LOGIN},
    owned=("key",),
)
ERASURES = Rows("erasures", "SELECT * FROM erasures", ("id",), whole=True, owned=OWNED)
LEAVING = Rows("providers", "SELECT id, leaving_proposed_by, leaving_confirmed_by FROM providers", ("id",))
RESULTS = Rows(
    "results",
    "SELECT * FROM results",
    ("id",),
    whole=True,
    makes={"facts": FOUND},
    owned=("key", "jurisdiction"),
)
PROVIDERS = Rows(
    "providers",
    "SELECT * FROM providers WHERE state <> 'proposed'",
    ("id",),
    whole=True,
    makes={"facts": ENTERED},
    owned=("key", "organisation"),
)
EVIDENCE = Rows(
    "evidence",
    # What tells a condition anew that a paper proved is there, and after the paper's last day.
    "SELECT e.*, e.state <> 'verified' OR e.valid_until IS NULL OR e.valid_until < e.verified_on"
    f" OR {watched('evidence_expires', 'e', 'e.valid_until', states=OPEN_OR_OVER)} AS expires FROM evidence e",
    ("id",),
    whole=True,
    makes={"paper": PAPER},
    owned=OWNED,
)
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


def _registrar(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """Who registers a person links the first login."""
    return before.get("registered_by", event["actor"])


def _first(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    """As it was told first: what is taken back or confirmed is the same."""
    return lambda event, before: before.get(name, event.get(name, ANY))


def _of_body(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], object]:
    return lambda event, before: None if event["kind"] in ("purchaser", "provider") else event[name]


def _change_state(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return event.get("state") or ("withdrawn" if event.get("withdrawn") else ANY)


def _change_proposer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    return before.get("proposed_by", event["actor"])


def _change_confirmer(event: Mapping[str, Any], before: Mapping[str, Any]) -> object:
    """A change that is not weighty is confirmed with its proposal, by nobody else."""
    return event["actor"] if event.get("state") == "confirmed" and before.get("proposed_by") else None


_OF_BODY = {"of_body": _of_body("kind"), "title": _of_body("title")}
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
    "cause": "cause",
    "provider_id": "provider_id",
    "jurisdiction": "jurisdiction",
    "origin": if_told("origin"),
    "ends": Is(value=True),
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
_AS_BEFORE = {
    "leaving_proposed_by": lambda _, before: before.get("leaving_proposed_by"),
    "leaving_confirmed_by": lambda _, before: before.get("leaving_confirmed_by"),
}
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
    Says(
        AccountLinked,
        PERSONS,
        {"id": "person_id"},
        {
            "machine": _first("machine"),
            "registered_by": _registrar,
            "state": lambda _, before: before.get("state", "registered"),
            "erased_on": lambda _, before: before.get("erased_on"),
        },
    ),
    Says(PersonErased, PERSONS, {"id": "person_id"}, {"state": Is("erased"), "erased_on": DAY}, begins=False),
    Says(ClearanceStands, CLEARANCES, {"id": "clearance_id"}, {"facts": "facts"}),
    Says(
        OrganisationRegistered,
        ORGANISATIONS,
        {"id": "organisation"},
        {**_LIES, **_OF_BODY, "left_on": Is(None), "lies": "jurisdiction", "gone": Is(value=False)},
    ),
    Says(OrganisationLeft, ORGANISATIONS, {"id": "organisation"}, {**_LIES, "left_on": "left_on"}),
    Says(
        OrganisationSucceeded,
        SUCCESSORS,
        {"successor": "organisation", "predecessor": "predecessor"},
        {"from_day": "from_day", "annulled": Is(value=False)},
    ),
    Says(
        SuccessionAnnulled,
        SUCCESSORS,
        {"successor": "organisation", "predecessor": "predecessor"},
        {"annulled": Is(value=True)},
        begins=False,
    ),
    Says(PostGiven, POSTS, {"id": "post_id"}, _POST),
    Says(PostEnded, POSTS, {"id": "post_id"}, _POST),
    *(
        Says(
            event,
            STANDINGS,
            {"id": "standing_id"},
            {**_STANDING, "kind": Is(kind), "state": _standing},
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
    Says(
        PostProposed,
        PROPOSED_POSTS,
        {"id": "post_id"},
        {**_PROPOSED, "proposed_by": _proposer, "confirmed_by": Is(None), "state": _waiting},
    ),
    Says(
        PostGiven,
        PROPOSED_POSTS,
        {"id": "post_id"},
        {"state": Is("confirmed"), "confirmed_by": ACTOR},
        begins=False,
    ),
    Says(
        AccountProposed,
        PROPOSED_ACCOUNTS,
        {"id": "proposal_id"},
        {
            "person_id": "person_id",
            "proposed_by": _proposer,
            "confirmed_by": Is(None),
            "state": _waiting,
            "facts": _first("facts"),
        },
    ),
    Says(
        AccountLinked,
        PROPOSED_ACCOUNTS,
        {"id": "proposal_id"},
        {"state": Is("confirmed"), "confirmed_by": ACTOR},
        begins=False,
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
        RESULTS,
        {"id": "result_id"},
        {
            **{name: name for name in ("provider_id", "grade", "concluded_on", "evidence_hash")},
            "result_version": Is("1"),
            "imported_by": _importer,
            "confirmed_by": Is(None),
            "state": _waiting,
            "facts": if_told("facts"),
        },
    ),
    Says(
        ResultCounted,
        RESULTS,
        {"id": "result_id"},
        {
            **{name: name for name in ("provider_id", "grade", "score", "concluded_on", "result_version")},
            "imported_by": lambda _, before: before.get("imported_by"),
            "confirmed_by": lambda event, before: event["actor"] if before.get("imported_by") else None,
            "state": Is("counted"),
            "facts": if_told("facts"),
        },
    ),
    Says(ReversalConfirmed, RESULTS, {"id": "result_id"}, {"state": Is("annulled")}, begins=False),
    Says(
        PurchaserRegistered,
        PURCHASERS,
        {"id": "organisation"},
        {
            **{name: name for name in ("title", "kind", "jurisdiction")},
            "state": Is("registered"),
            "facts": if_told("facts"),
        },
    ),
    Says(OrganisationLeft, PURCHASERS, {"id": "organisation"}, {"state": Is("left")}, begins=False),
    Says(
        OrganisationChangeProposed,
        CHANGES,
        {"id": "change_id"},
        {
            "proposed_by": _change_proposer,
            "state": _change_state,
            "confirmed_by": _change_confirmer,
            "change": _first("change"),
        },
    ),
    Says(
        ProviderRegistered,
        PROVIDERS,
        {"id": "provider_id"},
        {
            **{name: name for name in ("title", "kind", "founded_on", "jurisdiction")},
            "credit_code": _code,
            "state": _registered,
            "facts": if_told("facts"),
        },
    ),
    Says(EvidenceSeen, PROVIDERS, {"id": "provider_id"}, {"state": Is("verified")}, begins=False),
    Says(ProviderLeft, PROVIDERS, {"id": "provider_id"}, {"state": Is("left")}),
    Says(ProviderRegistered, LEAVING, _PROVIDER, _AS_BEFORE),
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
            "expires": Is(value=True),
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
            **{name: name for name in ("provider_id", "bar_id", "result_id", "standing_id", "ground")},
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
