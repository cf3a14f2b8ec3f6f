"""No answer grows without end: every list inside one is at most as long as the body that fills it, has a limit on what
may be added, is made by the program, or shows the latest and names the list that goes through all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.events import SERVICES
from tests.abuse.surface import EVERY, WRITES, application


@dataclass(frozen=True, slots=True)
class Filled:
    """As long as what these commands take at once: a body of each has a longest list in it."""

    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limited:
    """These commands add, and are refused as `full` where there is no room (`shared/work/bounds.py`)."""

    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """It shows the latest; this list goes through all, page by page, and of what only the journal has the feed does."""

    route: str


@dataclass(frozen=True, slots=True)
class Made:
    """The program, a text of law or a fixed number of parties makes it."""

    why: str


@dataclass(frozen=True, slots=True)
class NoLimit:
    """As many as there are of these: nothing limits them yet."""

    what: str


Bound = Filled | Limited | Latest | Made | NoLimit

CLAUSES = Made("the clauses of one text, each for an object of the body at most once")
VOCABULARY = Made("codes of a vocabulary, each once")
BIDS = NoLimit("the bids that were opened")
LINES = Filled(("write_contract", "draft_file"))
A_FILE = Filled(("draft_file",))
HISTORY = Latest("read_events")

COMMON: dict[str, Bound] = {
    "Feed.items": Made("a page of the feed"),
    "Refusal.clauses": CLAUSES,
    "Refusal.codes": CLAUSES,
    "Refusal.objects": CLAUSES,
    "Step.clauses": CLAUSES,
    **dict.fromkeys(
        ("RulebookView.extends", "RulebookView.texts", "RulebookView.gaps"),
        Made("the texts of the deployment, which are files"),
    ),
    **dict.fromkeys(
        ("TermView.words", "WordView.wider", "GivenView.words", "SaidView.items"),
        Made("words of the vocabulary and of the texts"),
    ),
    **dict.fromkeys(
        (
            "ClauseView.values",
            "ClauseView.later",
            "ClauseView.sides",
            "LawView.clauses",
            "LawView.texts",
            "LawView.gaps",
        ),
        Made("the texts of the deployment, which are files"),
    ),
    **dict.fromkeys(
        ("LawView.sections", "SectionView.values", "SectionView.needs", "GivenView.uses"),
        Made("what the services read of the law, which is their code"),
    ),
    **dict.fromkeys(("UseView.rules", "UseView.operations"), Made("functions and routes of the services")),
}
OWN: dict[str, dict[str, Bound]] = {
    "catalog": {
        "BudgetView.results": Made("the grades of one project's service, one a service year"),
        "BudgetView.sources": Filled(("submit_budget",)),
        "ClearanceView.findings": CLAUSES,
        "ClearanceView.missing": VOCABULARY,
        "ConsultationView.channels": Filled(("open_consultation",)),
        "DisposedView.feedback": Filled(("dispose_feedback_together",)),
        "LineDetail.amounts": HISTORY,
    },
    "contracts": {
        **dict.fromkeys(("ContractDetail.contents", "ContractItem.contents", "ContractView.contents"), VOCABULARY),
        "ContractDetail.deadlines": Made("the last days of a contract, one a kind"),
        "ContractDetail.lines": LINES,
        "LineView.bands": LINES,
        "LineView.bands[]": Made("a pair"),
        "LineView.findings": CLAUSES,
        "ReceiptView.corrections": HISTORY,
    },
    "evaluation": {
        "AcceptanceDetails.observers": Limited(("notify_acceptance_observers",)),
        "AcceptanceDetails.opinions": Limited(("give_acceptance_opinion",)),
        "AssessmentDetails.observers": Limited(("notify_assessment_observers",)),
        "AssessmentDetails.modes": Filled(("open_assessment",)),
        "AssessmentView.modes": Filled(("open_assessment",)),
        "BatchView.faults": Filled(("import_answers",)),
        "EvaluationDetails.added_items": Filled(("open_evaluation",)),
        "EvaluationDetails.opinions": Limited(("give_evaluation_opinion",)),
        "EvaluationDetails.results": HISTORY,
        "EvaluationView.added_items": Filled(("open_evaluation",)),
        "ResultView.parts": Made("the parties that give a part"),
        "ObjectionDetails.evidence": Filled(("file_objection",)),
        "ObjectionView.evidence": Filled(("file_objection",)),
        "PublishedDetails.opinions": Limited(("give_evaluation_opinion",)),
        "PublishedDetails.parts": Made("the parties that give a part"),
        "TargetsDetails.indicators": Filled(("set_targets",)),
        "TargetsView.indicators": Filled(("set_targets",)),
    },
    "registry": {
        "CheckView.findings": CLAUSES,
        "CheckView.reasons_needed": CLAUSES,
        "InterestView.acts": HISTORY,
        "MeView.posts": Limited(("give_post",)),
        "MyPostView.duties": VOCABULARY,
        "OrganisationView.successions": HISTORY,
        "OrganisationView.versions": HISTORY,
        "PersonView.accounts": HISTORY,
        "PersonView.posts": Latest("list_posts"),
        "PersonView.proposed": Limited(("give_post",)),
        "PersonView.proposed_accounts": Limited(("link_account",)),
        "PostView.duties": VOCABULARY,
        "ProposedPostView.duties": VOCABULARY,
        "ErasureView.answers": Made("the services that answer, one answer each"),
        "ErasureView.waits_for": Made("the services that are asked"),
        "ProviderFile.evidence": Latest("list_evidence"),
        "ProviderStanding.history": Latest("list_standings"),
        "ProviderStanding.standings": Latest("list_standings"),
        "PurchaserView.attributes": VOCABULARY,
    },
    "tendering": {
        "ActView.given": Filled(("register_opening_key",)),
        "AwardView.findings": CLAUSES,
        "CheckView.findings": CLAUSES,
        "DossierView.offers": BIDS,
        "OfferView.signs": VOCABULARY,
        "DossierView.results": Made("the latest 200, of what evaluation publishes one by one"),
        "GivenSheetView.scores": Filled(("score_bids",)),
        "GivenSheetView.signs": Filled(("score_bids",)),
        "MinutesView.bids": BIDS,
        "MinutesView.opened_with": Filled(("register_opening_key",)),
        "MinutesView.openers": Filled(("register_opening_key",)),
        "MinutesView.trust": Made("sentences about the suite"),
        "PanelView.members": Filled(("form_panel",)),
        "PanelView.replaced": HISTORY,
        "RankingView.ranking": BIDS,
        "RescoringView.before": BIDS,
        "RescoringView.faults": Filled(("reopen_scores",)),
        "FindingsView.found": Filled(("review_qualification",)),
        "ReviewView.findings": HISTORY,
        "ReviewView.qualified": BIDS,
        "ReviewView.results": BIDS,
    },
}
BOUNDS = {service: {**COMMON, **own} for service, own in OWN.items()}
"""By service and view, what bounds each list inside it."""

WITHOUT_LIMIT = 6
"""How many lists nothing limits: this number only becomes smaller."""


def lists_in(schemas: Mapping[str, Any]) -> Iterator[str]:
    """Every list in these schemas that they do not bound themselves, by view and field."""
    for name, schema in schemas.items():
        for field, given in schema.get("properties", {}).items():
            yield from (f"{name}.{field}{deeper}" for deeper in _unbounded(given))


def _unbounded(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _unbounded(each, path)
    if schema.get("type") == "array":
        if "maxItems" not in schema:
            yield path
        yield from _unbounded(schema.get("items", {}), f"{path}[]")


def shown_by(service: str) -> dict[str, Any]:
    """The views of a service's answers, by name; the lists of lists are those of tests/architecture/test_lists.py."""
    document = application(service).openapi()
    schemas, found = document["components"]["schemas"], {}
    waiting = [
        answer.get("content", {}).get("application/json", {}).get("schema", {})
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    while waiting:
        given = waiting.pop()
        for each in _references(given):
            if each not in found:
                found[each] = schemas[each]
                waiting.append(schemas[each])
    return {name: schema for name, schema in found.items() if not name.startswith("Page_")}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


@pytest.mark.parametrize("service", SERVICES)
def test_every_list_inside_an_answer_has_a_bound(service: str) -> None:
    found = {each for each in lists_in(shown_by(service)) if not each.endswith(".explain")}

    assert sorted(found - BOUNDS[service].keys()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_bound_is_about_a_list_and_names_what_is_there(service: str) -> None:
    found, operations = (
        set(lists_in(shown_by(service))),
        {route.operation for route in EVERY if route.service == service},
    )

    assert sorted(OWN[service].keys() - found) == []
    for bound in BOUNDS[service].values():
        named = bound.by if isinstance(bound, Filled | Limited) else (bound.route,) if isinstance(bound, Latest) else ()
        assert set(named) <= {*operations, "draft_file", "write_contract"}, bound


def test_a_body_that_fills_a_list_bounds_it() -> None:
    bodies = {route.operation: str(route.body) for route in WRITES}
    filled = {name for own in OWN.values() for bound in own.values() if isinstance(bound, Filled) for name in bound.by}

    assert sorted(name for name in filled if "maxItems" not in bodies[name]) == []


ROOM = {
    "services/evaluation/conduct/handlers.py": "those told to watch one occasion, which nobody needs to tell again",
    "services/evaluation/opinions/handlers.py": "opinions on one occasion, of which each stands beside the others",
    "services/registry/persons/handlers.py": "logins that may be used or are proposed: one is disabled or withdrawn",
    "services/registry/posts/handlers.py": "posts that last or are proposed: one is ended or withdrawn",
}
"""Where adding is refused as `full`, and what is counted there: never what has ended or was corrected since, for then
so many changes would leave a record without its next act for good."""


def test_whatever_is_refused_as_full_counts_what_lasts() -> None:
    services = Path(__file__).parents[2] / "services"
    calls = [path for path in services.rglob("*.py") if "must_have_room(" in path.read_text(encoding="utf-8")]

    assert {str(path.relative_to(services.parent)) for path in calls} == set(ROOM)


def test_what_has_no_limit_only_becomes_less() -> None:
    open_ended = [name for own in OWN.values() for name, bound in own.items() if isinstance(bound, NoLimit)]

    assert len(open_ended) == WITHOUT_LIMIT, open_ended


def test_a_new_list_inside_an_answer_would_be_found() -> None:
    notes: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
    schemas = {"NewView": {"properties": {"notes": notes}}}

    assert list(lists_in(schemas)) == ["NewView.notes"]
    notes["maxItems"] = 3
    assert list(lists_in(schemas)) == []
