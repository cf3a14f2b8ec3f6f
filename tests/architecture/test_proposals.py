"""Where the database asks for two persons, the first may change their mind and the second may say no: nothing that one
person entered waits for ever for another."""

import re
from importlib import import_module

import sqlalchemy as sa

from shared.events import SERVICES
from tests.abuse.surface import WRITES

_TWO = re.compile(r"\b(\w+_by) <> (\w+_by)\b")

CORRECTS = "it corrects what stands: nothing waits for it"
NO_EFFECT = "a draft, which binds nobody before another person's act; the next one takes its place"
REPLACED = "entered again it takes the place of what waits, by the same person or another"
OPERATORS = "what one operator asks for replaces what another asked for, and the errand or event is tried on meanwhile"

WAYS_BACK: dict[str, str] = {
    "catalog.editions.drafted_by": NO_EFFECT,
    "catalog.negative_checks.declared_by": "review_requirement",
    "catalog.projects.withdrawal_proposed_by": "revoke_project_withdrawal",
    "catalog.projects.proposed_by": "review_project",
    "catalog.project_steps.recorded_by": CORRECTS,
    "catalog.line_amounts.entered_by": CORRECTS,
    "catalog.budgets.submitted_by": "review_budget",
    "catalog.requirements.written_by": "review_requirement",
    "catalog.consultations.withdrawn_by": CORRECTS,
    "catalog.disposition_corrections.was_by": CORRECTS,
    "tendering.consents.asked_by": "withdraw_consent",
    "tendering.tender_files.drafted_by": NO_EFFECT,
    "tendering.procurements.later_proposed_by": "revoke_closing",
    "tendering.procurements.opening_proposed_by": "revoke_opening",
    "tendering.procurements.abandonment_proposed_by": "revoke_abandonment",
    "tendering.procurements.cancellation_proposed_by": "revoke_cancellation",
    "tendering.qualification_results.first_found_by": REPLACED,
    "tendering.panel_replacements.was_formed_by": CORRECTS,
    "tendering.lots.drawn_by": REPLACED,
    "tendering.awards.proposed_by": "propose_cancellation",
    "tendering.awards.chosen_by": "revoke_choice",
    "tendering.private_explanations.was_by": CORRECTS,
    "contracts.contracts.signed_by": "propose_withdrawal",
    "contracts.contracts.ending_proposed_by": "revoke_termination",
    "contracts.private_accounts.named_by": REPLACED,
    "contracts.payment_lines.requested_by": "refuse_payment",
    "contracts.receipts.recorded_by": CORRECTS,
    "contracts.receipt_corrections.was_by": CORRECTS,
    "evaluation.answer_corrections.was_by": CORRECTS,
    "evaluation.targets.approved_by": REPLACED,
    "evaluation.objections.answered_by": "withdraw_objection",
    "evaluation.corrections.approved_by": "withdraw_correction",
    "evaluation.corrections.proposed_by": "withdraw_correction",
    "registry.post_proposals.proposed_by": "end_post",
    "registry.private_persons.was_by": CORRECTS,
    "registry.account_proposals.proposed_by": "disable_account",
    "registry.erasures.proposed_by": "withdraw_erasure",
    "registry.providers.code_entered_by": "withdraw_provider",
    "registry.providers.leaving_proposed_by": "revoke_provider_withdrawal",
    "registry.organisation_changes.proposed_by": "withdraw_change",
    "registry.evidence.entered_by": "verify_provider",
    "registry.evidence.verified_by": CORRECTS,
    "registry.results.imported_by": "withdraw_import",
    "registry.bars.proposed_by": "withdraw_bar",
    "registry.reversals.proposed_by": "withdraw_reversal",
    "registry.declarations.ended_by": CORRECTS,
    "*.dispatches.cancel_asked_by": OPERATORS,
    "*.skipped.asked_by": OPERATORS,
}
"""By the column of the first person, the command that takes back or refuses what waits, or why nothing waits."""


def firsts(tables: dict[str, sa.MetaData]) -> set[str]:
    """The columns of first persons, by the constraints that ask for another and by name; `*`: of every service."""
    found: dict[str, set[str]] = {}
    for service, metadata in tables.items():
        for table in metadata.tables.values():
            checks = (str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint))
            pairs = {match[1] for check in checks for match in _TWO.finditer(check)}
            for column in pairs | {column.name for column in table.columns if column.name.endswith("proposed_by")}:
                found.setdefault(f"{table.name}.{column}", set()).add(service)
    everywhere = len(tables)
    return {
        f"{service}.{column}"
        for column, services in found.items()
        for service in ({"*"} if len(services) == everywhere > 1 else services)
    }


def test_what_waits_for_a_second_person_has_a_way_back() -> None:
    tables: dict[str, sa.MetaData] = {
        service: import_module(f"services.{service}.tables").metadata for service in SERVICES
    }

    assert firsts(tables) ^ WAYS_BACK.keys() == set()


def test_a_way_back_is_a_command_or_a_reason() -> None:
    operations = {route.operation for route in WRITES}

    assert [way for way in WAYS_BACK.values() if " " not in way and way not in operations] == []


def test_a_new_proposal_without_a_way_back_would_be_found() -> None:
    metadata = sa.MetaData()
    columns = [sa.Column(name, sa.Uuid) for name in ("asked_by", "granted_by", "move_proposed_by", "made_by")]
    sa.Table("moves", metadata, *columns, sa.CheckConstraint("asked_by <> granted_by"))

    assert firsts({"x": metadata}) == {"x.moves.asked_by", "x.moves.move_proposed_by"}
