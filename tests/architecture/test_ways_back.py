"""Whatever is decided has a way back: an operation that corrects or withdraws it, or a clause by which it stands."""

from dataclasses import dataclass

import pytest

from shared.law.rulebook import rulebooks
from tests.abuse.surface import WRITES, Route, named


@dataclass(frozen=True, slots=True)
class By:
    """Operations that set it right, of its own service or `service.operation`; its own name: given again, it counts in
    the place of the former, which stays in the journal."""

    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stands:
    """By this clause it stands, or is attacked outside; `why` in words."""

    clause: str
    why: str


@dataclass(frozen=True, slots=True)
class Decides:
    """It decides nothing, because of that."""

    nothing: str


Way = By | Stands | Decides


def by(*operations: str) -> By:
    return By(operations)


PANEL = Stands("D87-60.1", "the majority of the panel decides on a price, and a single voice moves nothing")
DELIVERY = Decides("an operator's act about the delivery of what others decided")
UPLOAD = Decides("nothing refers to it yet, and what nothing refers to is swept")
OPENED = Stands("GPL-36.1", "what is opened cannot be sealed again; a fault of the opening ends the purchase")

COMMON: dict[str, Way] = {
    "upload_document": UPLOAD,
    "replay_held_event": DELIVERY,
    "skip_held_event": DELIVERY,
    "retry_dispatch": DELIVERY,
    "cancel_dispatch": by("retry_dispatch"),
}

CATALOG: dict[str, Way] = {
    "import_directory": by("import_directory"),
    "publish_directory": by("publish_directory"),
    "propose_project": by("propose_project_withdrawal"),
    "record_deliberation": by("record_deliberation", "withdraw_deliberation"),
    "record_vote": by("record_vote", "withdraw_vote"),
    "withdraw_deliberation": by("record_deliberation"),
    "withdraw_vote": by("record_vote"),
    "consent_project": by("propose_project_withdrawal"),
    "choose_project": by("propose_project_withdrawal"),
    "review_project": by("propose_project_withdrawal"),
    "open_budget_line": by("adjust_budget_line"),
    "adjust_budget_line": by("adjust_budget_line"),
    "submit_budget": by("review_budget"),
    "adjust_budget": by("review_budget"),
    "review_budget": by("adjust_budget", "submit_budget"),
    "write_requirement": by("write_requirement"),
    "review_requirement": by("write_requirement"),
    "open_consultation": by("withdraw_consultation"),
    "withdraw_consultation": by("open_consultation"),
    "give_feedback": by("give_feedback"),
    "dispose_feedback": by("correct_disposition"),
    "dispose_feedback_together": by("correct_disposition"),
    "correct_disposition": by("correct_disposition"),
    "propose_project_withdrawal": by("revoke_project_withdrawal"),
    "revoke_project_withdrawal": by("propose_project_withdrawal"),
    "confirm_project_withdrawal": by("propose_project"),
}

REGISTRY: dict[str, Way] = {
    "register_person": by("link_account", "disable_account", "correct_name", "propose_erasure"),
    "correct_name": by("correct_name"),
    "link_account": by("disable_account"),
    "confirm_account": by("disable_account"),
    "disable_account": by("link_account"),
    "propose_erasure": by("withdraw_erasure"),
    "confirm_erasure": Stands("GPL-42.1", "two persons, once no file needs the person: what is erased is erased"),
    "withdraw_erasure": by("propose_erasure"),
    "give_post": by("end_post"),
    "confirm_post": by("end_post"),
    "end_post": by("give_post"),
    "register_body": by("propose_change"),
    "register_purchaser": by("propose_change"),
    "register_provider": by("propose_change", "withdraw_provider"),
    "confirm_provider": by("propose_change", "withdraw_provider"),
    "enter_evidence": by("verify_provider", "annul_evidence"),
    "verify_provider": by("annul_evidence"),
    "annul_evidence": by("enter_evidence"),
    "withdraw_provider": by("revoke_provider_withdrawal"),
    "confirm_provider_withdrawal": by("register_provider"),
    "revoke_provider_withdrawal": by("withdraw_provider"),
    "propose_change": by("withdraw_change", "propose_change"),
    "confirm_change": by("propose_change"),
    "withdraw_change": by("propose_change"),
    "import_result": by("withdraw_import"),
    "confirm_import": by("propose_import_reversal"),
    "withdraw_import": by("import_result"),
    "propose_bar": by("withdraw_bar"),
    "confirm_bar": by("propose_bar_reversal"),
    "withdraw_bar": by("propose_bar"),
    "propose_bar_reversal": by("withdraw_reversal"),
    "propose_import_reversal": by("withdraw_reversal"),
    "propose_standing_reversal": by("withdraw_reversal"),
    "confirm_reversal": by("propose_bar", "import_result"),
    "withdraw_reversal": by("propose_bar_reversal", "propose_import_reversal"),
    "declare_interest": by("end_interest"),
    "end_interest": by("declare_interest"),
}

TENDERING: dict[str, Way] = {
    "open_procurement": by("propose_cancellation"),
    "ask_consent": by("withdraw_consent"),
    "answer_consent": by("answer_consent", "ask_consent"),
    "withdraw_consent": by("ask_consent"),
    "draft_file": by("draft_file"),
    "check_file": by("draft_file"),
    "register_opening_key": by("register_opening_key"),
    "publish_notice": by("propose_closing", "propose_cancellation"),
    "propose_closing": by("revoke_closing"),
    "revoke_closing": by("propose_closing"),
    "confirm_closing": by("propose_closing"),
    "store_envelope": Decides("it is no bid before it is submitted"),
    "seal_bid": Decides("it is no bid before it is submitted"),
    "submit_bid": by("submit_bid", "withdraw_bid"),
    "withdraw_bid": by("submit_bid"),
    "propose_opening": by("revoke_opening"),
    "revoke_opening": by("propose_opening"),
    "give_opening_share": OPENED,
    "confirm_opening": OPENED,
    "propose_abandonment": by("revoke_abandonment"),
    "revoke_abandonment": by("propose_abandonment"),
    "confirm_abandonment": by("open_procurement"),
    "form_panel": by("form_panel"),
    "declare_interests": by("form_panel"),
    "review_qualification": by("review_qualification"),
    "look_at_price": by("look_at_price", "ask_about_price"),
    "ask_about_price": by("judge_price"),
    "explain_price": by("correct_explanation"),
    "correct_explanation": by("correct_explanation"),
    "judge_price": PANEL,
    "score_bids": by("score_bids", "reopen_scores"),
    "reopen_scores": by("revoke_rescoring"),
    "judge_rescoring": by("revoke_rescoring", "score_bids"),
    "revoke_rescoring": by("reopen_scores"),
    "record_lots": by("record_lots"),
    "confirm_lots": Stands("GPL-36.1", "two persons saw the draw; an unlawful one ends the purchase"),
    "propose_award": Decides("it asks registry and catalog about who is first, whom nobody chooses"),
    "give_award_reasons": by("correct_award_reasons"),
    "correct_award_reasons": by("correct_award_reasons"),
    "ask_award_again": Decides("it asks the same again"),
    "confirm_award": by("contracts.propose_withdrawal"),
    "choose_after_block": by("choose_after_block", "revoke_choice"),
    "revoke_choice": by("choose_after_block"),
    "confirm_choice": by("open_procurement", "choose_after_block", "propose_cancellation"),
    "propose_cancellation": by("revoke_cancellation"),
    "revoke_cancellation": by("propose_cancellation"),
    "confirm_cancellation": by("open_procurement"),
}

CONTRACTS: dict[str, Way] = {
    "write_contract": by("write_contract"),
    "propose_signing": by("write_contract"),
    "sign_contract": by("propose_withdrawal"),
    "countersign_contract": by("propose_termination"),
    "file_contract": Decides("it says that what both parties signed was filed"),
    "name_payee_account": by("name_payee_account"),
    "agree_payee_account": by("name_payee_account"),
    "renew_contract": by("propose_withdrawal"),
    "request_payment": by("refuse_payment", "withdraw_request"),
    "refuse_payment": by("request_payment"),
    "withdraw_request": by("request_payment"),
    "approve_payment": by("cancel_dispatch", "record_receipt"),
    "record_receipt": by("correct_receipt"),
    "correct_receipt": by("correct_receipt"),
    "close_contract": Decides("it says that the term is over and every line is resolved"),
    "propose_termination": by("revoke_termination"),
    "revoke_termination": by("propose_termination"),
    # The end itself stands (GPL-50.1): the work is procured anew.
    "confirm_termination": by("registry.propose_standing_reversal"),
    "propose_withdrawal": by("revoke_withdrawal"),
    "revoke_withdrawal": by("propose_withdrawal"),
    "confirm_withdrawal": by("tendering.choose_after_block"),
}

EVALUATION: dict[str, Way] = {
    "set_targets": by("set_targets"),
    "approve_targets": by("set_targets"),
    "give_mandate": by("end_mandate"),
    "end_mandate": by("give_mandate"),
    "open_acceptance": by("conclude_acceptance"),
    "notify_acceptance_observers": by("notify_acceptance_observers"),
    "give_acceptance_opinion": by("give_acceptance_opinion"),
    "conclude_acceptance": by("correct_acceptance"),
    "correct_acceptance": by("correct_acceptance"),
    "open_assessment": by("give_assessment_result"),
    "notify_assessment_observers": by("notify_assessment_observers"),
    "give_assessment_result": by("correct_assessment_result", "file_objection"),
    "correct_assessment_result": by("correct_assessment_result", "file_objection"),
    "file_objection": by("withdraw_objection"),
    "answer_objection": by("correct_objection_answer"),
    "correct_objection_answer": by("correct_objection_answer"),
    "withdraw_objection": by("file_objection"),
    "open_survey": by("open_survey"),
    "import_answers": by("open_survey"),
    "close_survey": by("open_survey", "propose_correction"),
    "open_evaluation": by("conclude_evaluation"),
    "give_evaluation_part": by("give_evaluation_part"),
    "give_evaluation_opinion": by("give_evaluation_opinion"),
    "conclude_evaluation": by("propose_correction"),
    "publish_evaluation": by("propose_correction"),
    "propose_correction": by("withdraw_correction"),
    "approve_correction": by("propose_correction"),
    "withdraw_correction": by("propose_correction"),
}

WAYS: dict[str, dict[str, Way]] = {
    service: {**COMMON, **own}
    for service, own in {
        "catalog": CATALOG,
        "registry": REGISTRY,
        "tendering": TENDERING,
        "contracts": CONTRACTS,
        "evaluation": EVALUATION,
    }.items()
}
"""Of every operation that writes, by service, what becomes of a slip in it."""

THERE = {f"{route.service}.{route.operation}" for route in WRITES}


@pytest.mark.parametrize("route", WRITES, ids=named)
def test_every_operation_that_decides_says_what_sets_it_right(route: Route) -> None:
    way = WAYS[route.service].get(route.operation)

    assert way is not None, f"{route} decides: name what corrects it"
    if isinstance(way, By):
        meant = {name if "." in name else f"{route.service}.{name}" for name in way.operations}
        assert meant, route
        assert meant <= THERE, f"{route}: {sorted(meant - THERE)} is no operation"


def test_every_entry_is_about_an_operation_that_is_there() -> None:
    entries = {f"{service}.{operation}" for service, ways in WAYS.items() for operation in ways}

    assert entries <= THERE, sorted(entries - THERE)


def test_what_stands_by_a_text_names_a_clause_of_it() -> None:
    known = {entry.id for book in rulebooks() for _, entry in book.entries()}
    named_by = {way.clause for ways in WAYS.values() for way in ways.values() if isinstance(way, Stands)}

    assert named_by <= known, sorted(named_by - known)


def test_a_first_proposal_is_taken_back_or_known_to_wait() -> None:
    """What only one person said so far never has the second person's act for its way back alone."""
    wrong = [
        f"{service}.{name}"
        for service, ways in WAYS.items()
        for name, way in ways.items()
        if name.startswith("propose_") and isinstance(way, By)
        and all(each.startswith(("confirm_", "approve_")) for each in way.operations)
    ]  # fmt: skip

    assert not wrong
