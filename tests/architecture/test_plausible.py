"""Every date, amount and number that a command takes is asked against its neighbours, or it is said why not: a new one
fails here until somebody decides."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.abuse.surface import WRITES

ASKED = {
    "the day of the step before and after, the text's first day, today": (
        *("record_deliberation.occurred_on", "record_vote.occurred_on"),
    ),
    "today, which it does not lie behind": (
        *("propose_project.details.initiated_on", "register_provider.founded_on", "propose_change.founded_on"),
        *("enter_evidence.papers[].issued_on", "import_result.concluded_on", "conclude_acceptance.held_at"),
        "give_assessment_result.held_at",
    ),
    "the day of issue": ("enter_evidence.papers[].valid_until",),
    "the last change, and today": ("propose_change.valid_from",),
    "today and the next 366 days": ("open_consultation.closes_on",),
    "today, the periods of the method, and the first day of the service in the file": (
        *("publish_notice.closes_at", "propose_closing.closes_at"),
    ),
    "the closing, when the notice is published; each other": (
        *("draft_file.terms.starts_on", "draft_file.terms.ends_on"),
    ),
    "what the award says": (
        *("write_contract.price", "write_contract.starts_on", "write_contract.ends_on"),
        *("write_contract.payments[].number", "write_contract.payments[].amount", "write_contract.payments[].period"),
        *("write_contract.payments[].due_days", "write_contract.objection_window_working_days"),
    ),
    "the contract that is renewed, and the longest term": ("renew_contract.starts_on", "renew_contract.ends_on"),
    "today, and each other": (
        *("give_mandate.valid_from", "give_mandate.valid_until", "give_post.valid_from", "give_post.valid_until"),
        "end_post.last_day",
        "end_interest.last_day",
    ),
    "the money at hand, at the review": ("propose_project.estimate", "review_project.available_money"),
    "its line and its sources, by another person of finance": (
        *("open_budget_line.amount", "submit_budget.amount", "submit_budget.sources[].amount"),
        *("submit_budget.sources[].raised", "adjust_budget.amount", "adjust_budget.sources[].amount"),
        "adjust_budget.sources[].raised",
    ),
    "the budget": ("draft_file.fixed_price.amount", "draft_file.terms.payments[].amount", "seal_bid.content.price"),
    "the weights of the file, and each other": (
        *("draft_file.factors[].weight", "draft_file.factors[].levels[].points", "draft_file.factors[].items[].points"),
        *("draft_file.factors[].indicator.lowest", "draft_file.factors[].indicator.highest"),
        *("draft_file.factors[].indicator.bands[].lowest", "draft_file.factors[].indicator.bands[].highest"),
        "draft_file.factors[].indicator.bands[].points",
        *(f"draft_file.factors[].result_points.{name}" for name in ("excellent", "good", "fair", "poor", "newcomer")),
    ),
    "the bounds of the day of the notice": (
        *("draft_file.small_enterprises.deduction", "draft_file.small_enterprises.share_deduction"),
    ),
    "the share that the file asks for, and each other": ("seal_bid.content.declaration.partners[].share",),
    "the published levels and ranges": ("score_bids.scores[].points", "seal_bid.content.offers[].value"),
}
"""What each is compared with."""

EXEMPT = {
    "finance opens a line and adjusts it by two persons": ("adjust_budget_line.amount",),
    "a year in figures, in bounds of its own": ("open_budget_line.year", "submit_budget.year"),
    "a count in bounds of its own, corrected by another person": ("record_vote.votes_for", "record_vote.votes_against"),
    "another person publishes the edition, and a later one takes its place": ("import_directory.valid_from",),
    "an erasure, which a later text may move": (
        *("register_person.display_name.keep_until", "correct_name.display_name.keep_until"),
    ),
    "points from 0 to 100, with a correction by two persons": (
        *("import_result.score", "give_assessment_result.score", "answer_objection.corrected_score"),
        *("correct_assessment_result.score", "correct_objection_answer.corrected_score"),
        *("give_evaluation_part.score", "propose_correction.purchaser_score", "propose_correction.third_party_score"),
    ),
    "a term in bounds of its own, checked by another person with the file": (
        *("draft_file.terms.payments[].number", "draft_file.terms.payments[].period"),
        *("draft_file.terms.payments[].due_days", "draft_file.terms.payments[].bands[].from_points"),
        *("draft_file.terms.payments[].bands[].share", "draft_file.terms.service_years"),
        *("draft_file.terms.objection_window_working_days", "draft_file.terms.pay_within_days"),
        "draft_file.small_enterprises.reserved_share",
    ),
    "reviewed by another person": ("write_requirement.content.result_payment[].share", "propose_bar.months"),
    "an aim that another person approves when it comes late": ("set_targets.indicators[].target",),
    "a number from a list": ("propose_project.service_class",),
    "the number of a bank account, which the other party signs or agrees to": (
        *("write_contract.account.number", "name_payee_account.number"),
    ),
    "a number of the machine's own": (
        *("register_opening_key.threshold", "register_opening_key.shares[].number", "give_opening_share.number"),
    ),
    "a length of time in bounds of its own, and the least that is reasonable": ("ask_about_price.minutes",),
    "a count in bounds of its own": (
        *("give_acceptance_opinion.members", "give_evaluation_opinion.members", "open_survey.invited"),
    ),
}
"""Why nothing is compared."""

OF_ANY_YEAR = {
    "record_deliberation.occurred_on": "the rule refuses it by the clause of the steps",
    "record_vote.occurred_on": "the rule refuses it by the clause of the steps",
    "propose_project.details.initiated_on": "it only bounds the steps",
    "register_provider.founded_on": "there are bodies of the year 1902",
    "propose_change.founded_on": "there are bodies of the year 1902",
    "propose_change.valid_from": "a name may be as old as the body",
    "enter_evidence.papers[].issued_on": "licences are as old as bodies",
    "enter_evidence.papers[].valid_until": "some hold for a hundred years",
    "import_result.concluded_on": "what counts is asked by the years of the text",
    "give_post.valid_from": "never backwards, and ended by another act",
    "give_post.valid_until": "ended by another act",
    "end_post.last_day": "never backwards",
    "register_person.display_name.keep_until": "the erasure's own rule",
    "correct_name.display_name.keep_until": "the erasure's own rule",
}
"""Days that are not bound to the years of purchases, with the reason."""


def figures(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Dates, instants, whole numbers and decimals of a body's schema, by their path."""
    if not isinstance(schema, dict):
        return
    example = str((schema.get("examples") or [""])[0])
    decimal = schema.get("type") == "string" and "pattern" in schema and example.replace(".", "", 1).isdigit()
    if schema.get("format") in ("date", "date-time") or schema.get("type") in ("integer", "number") or decimal:
        yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from figures(inner, f"{path}.{name}")
    yield from figures(schema.get("items"), f"{path}[]")
    yield from figures(schema.get("additionalProperties"), f"{path}{{}}")
    for among in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(among, ()):
            yield from figures(inner, path)


TAKEN = {
    f"{route.operation}{path}": schema
    for route in WRITES
    if route.body is not None
    for path, schema in figures(route.body)
    if not path.endswith(("jurisdiction", "code", ".item"))
}


def test_every_figure_is_asked_against_something_or_said_not_to_be() -> None:
    named = [name for table in (ASKED, EXEMPT) for names in table.values() for name in names]

    assert sorted(set(named) ^ TAKEN.keys()) == []
    assert len(named) == len(set(named))


@pytest.mark.parametrize("name", [name for name, schema in TAKEN.items() if "format" in schema])
def test_a_day_of_a_purchase_lies_in_the_years_of_purchases(name: str) -> None:
    assert ("x-years" in TAKEN[name]) != (name in OF_ANY_YEAR), "take WorkDate or WorkInstant from shared.fields.text"


def test_a_new_date_would_be_found() -> None:
    new = {"properties": {"due": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]}}}

    assert [path for path, _ in figures(new)] == [".due"]
