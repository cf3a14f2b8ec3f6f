"""A command begins with one opening: lock, duty, version, state, in this order (`tx.open`)."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import Source, dotted, read

RITUAL = frozenset(("tx.require", "tx.expect", "tx.lock_record", "tx.lock_part"))
"""Parts of an opening: who writes them out decides the order anew."""
OPENINGS = frozenset(("tx.open", "tx.open_part"))
WORK = frozenset(("tx.decided", "tx.emit", "tx.save", "tx.add", "tx.update", "tx.insert", "tx.answer"))

MAKES = "nothing is there yet that could be opened: it makes the record"
PERSON = "persons/handlers.py:administered opens the person, as for the commands on accounts"
OTHERWISE = {
    "services/catalog/budgets/handlers.py:open_line": MAKES,
    "services/catalog/directories/handlers.py:import_edition": MAKES,
    "services/catalog/projects/handlers.py:propose_project": MAKES,
    "services/registry/bodies/handlers.py:register_body": MAKES,
    "services/registry/interests/handlers.py:declare_interest": MAKES,
    "services/registry/persons/handlers.py:register_person": MAKES,
    "services/registry/providers/handlers.py:register_provider": MAKES,
    "services/registry/purchasers/handlers.py:register_purchaser": MAKES,
    "services/registry/erasures/handlers.py:propose_erasure": PERSON,
    "services/registry/erasures/handlers.py:confirm_erasure": PERSON,
    "services/registry/erasures/handlers.py:withdraw_erasure": PERSON,
    "services/tendering/procurements/handlers.py:open_procurement": MAKES,
    "services/tendering/consents/handlers.py:ask_consent": MAKES,
    "services/tendering/bids/handlers.py:store_envelope": MAKES,
    "services/tendering/bids/handlers.py:seal_bid": MAKES,
    "services/tendering/bids/handlers.py:submit_bid": MAKES,
    "services/catalog/consultations/handlers.py:give_feedback": "anybody who can log in may give it, without any duty",
}
"""Commands that open no record, each with the reason."""


def commands(source: Source) -> Iterator[ast.AsyncFunctionDef]:
    """The handlers that a route calls: `async def approve(call: Call, command: Approve) -> Answer`."""
    for node in source.tree.body:
        if isinstance(node, ast.AsyncFunctionDef) and node.args.args:
            first = node.args.args[0].annotation
            if first is not None and dotted(first) == "Call":
                yield node


def called(node: ast.AST) -> list[str]:
    """What is called, in the order of the text."""
    calls = sorted(
        (each for each in ast.walk(node) if isinstance(each, ast.Call)), key=lambda each: (each.lineno, each.col_offset)
    )
    return [dotted(each.func) for each in calls]


def with_helpers(source: Source, command: ast.AsyncFunctionDef) -> list[str]:
    """As `called`; a function of the same file that gets the transaction is read in its place."""
    own = {node.name: node for node in source.tree.body if isinstance(node, ast.AsyncFunctionDef)}
    found = []
    for name in called(command):
        found.append(name)
        if name in own and name != command.name:
            found.extend(called(own[name]))
    return found


def unopened(source: Source) -> Iterator[str]:
    """Commands that do anything before their opening, or write one out."""
    for command in commands(source):
        where = f"{source.path}:{command.name}"
        if where in OTHERWISE:
            continue
        names = with_helpers(source, command)
        opened = next((place for place, name in enumerate(names) if name in OPENINGS), None)
        before = names[:opened]
        if opened is None:
            yield f"{where}: begin with tx.open, or say in OTHERWISE why it opens nothing"
        elif found := (RITUAL | WORK).intersection(before):
            yield f"{where}: {', '.join(sorted(found))} before the record is opened"


def handlers() -> list[Source]:
    return [source for source in read("services/*/*/*.py") if list(commands(source))]


def test_every_command_begins_with_an_opening() -> None:
    found = [each for source in handlers() for each in unopened(source)]

    assert found == []


def test_every_exception_is_explained_and_needed() -> None:
    there = {f"{source.path}:{each.name}": (source, each) for source in handlers() for each in commands(source)}
    for where, why in OTHERWISE.items():
        assert len(why.split()) > 3, where
        assert not OPENINGS.intersection(with_helpers(*there[where])), f"{where} opens its record: take it off the list"


OPENED = """
async def approve(call: Call, command: Approve) -> Answer:
    async with call.transaction() as tx:
        {before}
        line, person = await tx.open(Line, command.line_id, "approve_payment")
        return tx.answer(200, view(line))
"""


@pytest.mark.parametrize(
    ("before", "offences"),
    [
        ("lines = await store.unspent(tx, command.line_id)", 0),
        ("await tx.lock(command.line_id)", 0),
        ('person = tx.require("approve_payment", None, "5101")', 1),
        ("tx.decided(rules.approve())", 1),
        ("await tx.update(lines, command.line_id)", 1),
    ],
)
def test_what_comes_before_the_opening_would_be_found(before: str, offences: int) -> None:
    source = Source("services/x/y/handlers.py", OPENED.format(before=before))

    assert len(list(unopened(source))) == offences


def test_a_command_without_an_opening_would_be_found() -> None:
    text = OPENED.format(before="pass").replace("tx.open(Line, ", "store.lock_line(tx, ")

    assert len(list(unopened(Source("services/x/y/handlers.py", text)))) == 1
