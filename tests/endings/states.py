"""Every state that a record can be in, read from the tables' own constraints, and which of them are ends."""

import re
from importlib import import_module

import sqlalchemy as sa

from shared.events import SERVICES

_LISTED = re.compile(r"^\s*state IN \((?P<states>[^)]*)\)\s*$")

ENDS: dict[str, frozenset[str]] = {
    "catalog.projects": frozenset({"closed", "declined"}),
    "tendering.procurements": frozenset({"confirmed", "failed"}),
    "tendering.awards": frozenset({"confirmed", "blocked", "withdrawn"}),
    "contracts.contracts": frozenset({"completed", "terminated", "withdrawn"}),
    "contracts.payment_lines": frozenset({"settled", "withheld", "cancelled"}),
    "evaluation.duties": frozenset({"concluded", "dropped"}),
    "registry.bars": frozenset({"confirmed", "withdrawn", "lifted"}),
    "registry.clearances": frozenset({"closed", "blocked"}),
    "registry.standings": frozenset({"standing", "ended"}),
}
"""Of the records that something waits for. What stands for a time, as a bar, ends by its day."""

PARTS: dict[str, str] = {
    "catalog.budgets": "catalog.projects",
    "catalog.requirements": "catalog.projects",
    "catalog.commitments": "catalog.projects",
    "tendering.tender_files": "tendering.procurements",
    "tendering.bids": "tendering.procurements",
    "tendering.panels": "tendering.procurements",
    "tendering.lots": "tendering.procurements",
    "evaluation.acceptances": "evaluation.duties",
    "evaluation.assessments": "evaluation.duties",
    "evaluation.evaluations": "evaluation.duties",
    "evaluation.objections": "evaluation.duties",
    "evaluation.surveys": "evaluation.duties",
    "evaluation.corrections": "evaluation.duties",
    "evaluation.targets": "contracts.contracts",
    "evaluation.mandates": "contracts.contracts",
}
"""Records that end with another: nothing waits for them once it has ended."""

ALONE: dict[str, str] = {
    "catalog.editions": "a draft that is not published binds nobody",
    "registry.organisation_changes": "a change that nobody confirms changes nothing",
    "registry.bodies": "a body leaves by `confirm_change`: tests/registry/test_departures_api.py",
    "registry.purchasers": "a purchaser leaves by `confirm_change`: tests/registry/test_departures_api.py",
    "registry.post_proposals": "its proposal is withdrawn and it ends by `end_post`: tests/registry/test_posts_api.py",
    "registry.persons": "somebody stays registered, or is erased: tests/registry/test_erasures_api.py",
    "registry.erasures": "confirmed, or withdrawn by `withdraw_erasure`: tests/registry/test_erasures_api.py",
    "registry.account_proposals": "confirmed, or withdrawn by `disable_account`: tests/registry/test_persons_api.py",
    "registry.providers": "a provider leaves by `withdraw_provider`: tests/registry/test_providers_api.py",
    "registry.evidence": "verified or rejected by `verify_provider`: tests/registry/test_providers_api.py",
    "registry.results": "withdrawn, counted, or annulled by two persons: tests/registry/test_reversals_api.py",
    "registry.reversals": "confirmed, or withdrawn by `withdraw_reversal`: tests/registry/test_reversals_api.py",
}
"""Records that belong to no purchase, each with how it ends."""


OF_THE_ROAD = frozenset({"held", "deadlines", "dispatches", "documents"})
"""Tables that every service has: what they hold ends by workers and operators."""


def listed() -> dict[str, tuple[str, ...]]:
    """By table, the states that its CHECK constraint allows."""
    found = {}
    for service in SERVICES:
        for table in import_module(f"services.{service}.tables").metadata.tables.values():
            for constraint in table.constraints:
                if table.name in OF_THE_ROAD:
                    continue
                if isinstance(constraint, sa.CheckConstraint) and (match := _LISTED.match(str(constraint.sqltext))):
                    states = tuple(state.strip(" '\n") for state in match["states"].split(","))
                    found[f"{service}.{table.name}"] = states
    return found
