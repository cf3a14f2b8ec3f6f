"""Where the database asks for two persons, a rule asks first: it cites its clause, and the refusal is on record."""

import re
from importlib import import_module

import pytest
import sqlalchemy as sa

from shared.events import SERVICES
from tests.architecture.source import ROOT

_TWO = re.compile(r"([a-z_]+_(?:by|from|apart)|was_by) <> (?:ALL \()?([a-z_]+)")
_PROPOSER = "confirmer_is_proposer"
RULES: dict[str, dict[str, str]] = {
    "catalog": {
        "budgets.two_persons": "reviewer_submitted_budget",
        "consultations.two_withdraw": "opener_withdraws",
        "disposition_corrections.two_persons": "disposer_corrects",
        "editions.two_persons": "confirmed_by_declarer",
        "line_amounts.two_persons": "adjuster_entered_amount",
        "negative_checks.two_persons": "confirmed_by_declarer",
        "project_steps.two_persons": "corrector_recorded_step",
        "projects.two_persons": "confirmed_by_declarer",
        "projects.two_withdraw": _PROPOSER,
        "requirements.two_persons": "reviewer_is_writer",
    },
    "registry": {
        "account_proposals.another_person": "another_administrator",
        "account_proposals.two_persons": "confirmed_by_proposer",
        "bars.two_persons": _PROPOSER,
        "declarations.another": "ended_by_another",
        "erasures.another_person": "another_administrator",
        "erasures.two_persons": "confirmed_by_proposer",
        "evidence.annulled_by_another": "annuller_verified_evidence",
        "evidence.two_persons": "verifier_entered_evidence",
        "organisation_changes.two_persons": "confirmer_proposed_change",
        "post_proposals.another_person": "another_administrator",
        "post_proposals.two_persons": "confirmed_by_proposer",
        "private_interest_acts.another": "ended_by_another",
        "private_persons.two_persons": "giver_corrects",
        "providers.taken_off_by_two": _PROPOSER,
        "providers.two_persons": "confirmer_entered_code",
        "results.two_persons": _PROPOSER,
        "reversals.two_persons": _PROPOSER,
    },
    "tendering": {
        "panel_replacements.two_persons": "replaces_own_choice",
        "awards.two_choose": _PROPOSER,
        "awards.two_persons": _PROPOSER,
        "consents.two_persons": "consenter_asked",
        "lots.two_persons": _PROPOSER,
        "procurements.two_cancel": _PROPOSER,
        "procurements.two_persons": _PROPOSER,
        "private_explanations.two_persons": "giver_corrects",
        "reason_corrections.two_persons": "giver_corrects",
        "tender_files.two_persons": "checker_is_author",
    },
    "contracts": {
        "contracts.two_end_it": "ended_alone",
        "contracts.two_parties": "one_person_for_both_parties",
        "payment_lines.two_persons": "approver_is_requester",
        "private_accounts.two_persons": "account_agreed_by_one",
        "receipt_corrections.two_persons": "corrected_alone",
        "receipts.two_persons": "returned_alone",
    },
    "evaluation": {
        "acceptances.another_corrects": "giver_corrects",
        "acceptances.two_persons": "acceptor_signed_contract",
        "answer_corrections.two_persons": "giver_corrects",
        "assessments.another_corrects": "giver_corrects",
        "assessments.two_persons": "acceptor_signed_contract",
        "corrections.two_persons": "corrector_approves",
        "evaluations.two_persons": "evaluator_signed_contract",
        "objections.two_persons": "assessor_answers",
        "targets.two_persons": "proposer_approves",
    },
}
"""By service, table and constraint, the code of the finding that refuses before the constraint would."""
NO_REFUSAL = {
    "dispatches.two_persons": "who asks a second time has asked, and nothing more",
    "skipped.two_persons": "who asks a second time has asked, and nothing more",
    "qualification_results.two_persons": "who finds the same a second time has found it, and another confirms it",
}


def constraints(service: str) -> set[str]:
    """The constraints that compare who acted with who else did."""
    metadata = import_module(f"services.{service}.tables").metadata
    return {
        f"{table.name}.{str(check.name).removeprefix(f'ck_{table.name}_')}"
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint) and any(_TWO.finditer(str(check.sqltext)))
    }


@pytest.mark.parametrize("service", SERVICES)
def test_each_constraint_of_two_persons_has_a_rule_before_it(service: str) -> None:
    assert constraints(service) - NO_REFUSAL.keys() == RULES[service].keys()


@pytest.mark.parametrize("service", SERVICES)
def test_the_rules_are_there(service: str) -> None:
    said = "".join(path.read_text() for path in (ROOT / "services" / service).rglob("*.py"))

    assert [code for code in RULES[service].values() if f'"{code}"' not in said] == []
