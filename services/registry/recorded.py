"""What registry's journal says of persons' duties and of providers' standing."""

from shared.events.registry import (
    AccountLinked,
    BarProposed,
    PostEnded,
    PostGiven,
    ProviderBarred,
    ProviderPreferred,
    ProviderWatched,
    ResultImportProposed,
)
from shared.recorded import ACTOR, Is, Rows, Says

ACCOUNTS = Rows(
    "accounts", "SELECT issuer, subject, person_id, enabled FROM accounts", ("issuer", "subject"), whole=True
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
    "SELECT DISTINCT ON (provider_id, cause, kind, jurisdiction) provider_id, cause, kind, jurisdiction, clause,"
    " effect, grade, score, from_day, until_day, ended_because FROM standings"
    " ORDER BY provider_id, cause, kind, jurisdiction, state = 'standing' DESC, id DESC",
    ("provider_id", "cause", "kind", "jurisdiction"),
    whole=True,
)
BARS = Rows("bars", "SELECT id, provider_id, ground, months, proposed_by FROM bars", ("id",), whole=True)
IMPORTED = Rows(
    "imported_results",
    "SELECT id, provider_id, grade, concluded_on, evidence_hash, imported_by FROM results"
    " WHERE imported_by IS NOT NULL",
    ("id",),
    whole=True,
)

_POST = {
    "person_id": "person_id",
    "organisation_id": "organisation",
    "jurisdiction": "jurisdiction",
    "duties": "duties",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
}
_STANDING = {
    "clause": "clause",
    "effect": "effect",
    "grade": "grade",
    "score": "score",
    "from_day": "from_day",
    "until_day": "until_day",
    "ended_because": "ended",
}
RECORDED = (
    Says(
        AccountLinked,
        ACCOUNTS,
        {"issuer": "issuer", "subject": "account"},
        {"person_id": "person_id", "enabled": "enabled"},
    ),
    Says(PostGiven, POSTS, {"id": "post_id"}, _POST),
    Says(PostEnded, POSTS, {"id": "post_id"}, _POST),
    *(
        Says(
            event,
            STANDINGS,
            {"provider_id": "provider_id", "cause": "cause", "kind": Is(kind), "jurisdiction": "jurisdiction"},
            _STANDING,
        )
        for event, kind in ((ProviderWatched, "watched"), (ProviderPreferred, "preferred"), (ProviderBarred, "barred"))
    ),
    Says(
        BarProposed,
        BARS,
        {"id": "bar_id"},
        {"provider_id": "provider_id", "ground": "ground", "months": "months", "proposed_by": ACTOR},
    ),
    Says(
        ResultImportProposed,
        IMPORTED,
        {"id": "result_id"},
        {
            **{name: name for name in ("provider_id", "grade", "concluded_on", "evidence_hash")},
            "imported_by": ACTOR,
        },
    ),
)
