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
    "registry.results": frozenset({"counted", "withdrawn", "annulled"}),
    "registry.reversals": frozenset({"confirmed", "withdrawn"}),
    "registry.organisation_changes": frozenset({"confirmed", "withdrawn"}),
    "registry.evidence": frozenset({"verified", "rejected", "annulled"}),
    "registry.providers": frozenset({"registered", "verified", "left"}),
    "registry.post_proposals": frozenset({"confirmed", "withdrawn"}),
    "registry.account_proposals": frozenset({"confirmed", "withdrawn"}),
    "registry.clearances": frozenset({"closed", "blocked"}),
    "registry.standings": frozenset({"standing", "ended"}),
}
"""Of the records that something waits for. What stands for a time, as a bar, ends by its day."""

UNDONE: dict[str, frozenset[str]] = {
    **{table: ends for table, ends in ENDS.items() if table.startswith("registry.")},
    "registry.bars": frozenset({"withdrawn", "lifted"}),
    "registry.results": frozenset({"withdrawn", "annulled"}),
    "registry.evidence": frozenset({"rejected", "annulled"}),
    "registry.providers": frozenset({"left"}),
    "registry.standings": frozenset({"ended"}),
}
"""Where the register's records end when everything that was entered was a mistake."""

PARTS: dict[str, str] = {
    "catalog.budgets": "catalog.projects",
    "catalog.requirements": "catalog.projects",
    "catalog.commitments": "catalog.projects",
    "tendering.consents": "catalog.projects",
    "tendering.tender_files": "tendering.procurements",
    "tendering.bids": "tendering.procurements",
    "tendering.panels": "tendering.procurements",
    "tendering.lots": "tendering.procurements",
    "tendering.rescorings": "tendering.procurements",
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
    "registry.bodies": "a body leaves by `confirm_change`: tests/registry/test_departures_api.py",
    "registry.purchasers": "a purchaser leaves by `confirm_change`: tests/registry/test_departures_api.py",
    "registry.persons": "somebody stays registered, or is erased: tests/registry/test_erasures_api.py",
    "registry.declarations": "it ends by `end_interest`: tests/registry/test_interests_api.py",
    "registry.erasures": "confirmed, or withdrawn by `withdraw_erasure`: tests/registry/test_erasures_api.py",
}
"""Records that belong to no purchase, each with how it ends."""


UNREACHED: dict[str, str] = {
    "catalog.projects.chosen": "a way of entry that no play takes; declined like the others: `acts.decline`",
    "catalog.projects.consented": "a way of entry that no play takes; declined like the others: `acts.decline`",
    "catalog.requirements.returned": "the next version takes its place; it ends with its project",
    "catalog.requirements.replaced": "an end of its own, by the next version",
    **{
        f"tendering.consents.{state}": "nothing waits but for the authority, until the project is given up"
        for state in ("asked", "given", "refused", "withdrawn", "used")
    },
    "tendering.bids.replaced": "an end of its own, by the bidder's next bid",
    "tendering.bids.withdrawn": "an end of its own, by the bidder",
    "tendering.lots.drawn": "no play has equals; a lot ends with its procurement, which `acts.cancel` ends",
    "tendering.lots.confirmed": "no play has equals; a lot ends with its procurement, which `acts.cancel` ends",
    "tendering.lots.void": "an end of its own, by another draw or another ranking",
    "tendering.awards.proposed": "the answers are carried before the search looks",
    "tendering.awards.cleared": "the answers are carried before the search looks, and no play owes a reason",
    "contracts.payment_lines.reduced": "as released: its order waits for the treasury's receipt, `acts.settle`",
    "evaluation.mandates.ended": "an end of its own, by `end_mandate`",
    "evaluation.targets.proposed": "the next proposal takes its place; it ends with its contract",
    "evaluation.targets.replaced": "an end of its own",
}
"""States that no play reaches, each with why nothing waits in it for ever."""

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
