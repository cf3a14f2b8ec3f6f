"""Every way between states is declared beside its enum, taken by somebody, and drawn in docs/states.md."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from importlib import import_module

import pytest

from deploy.state_diagrams import FILE, Module, State, movers, stated, text, writers
from services.registry.bars.records import BarState
from shared.events import SERVICES
from shared.road.tables import service_metadata
from shared.work.records import Record
from shared.work.states import WAYS, Ways, moves
from tests.architecture.source import Source, read
from tests.proof.ways import TOGETHER


def undeclared(records: Iterable[type[Record]]) -> Iterator[str]:
    """Records with a state whose ways nobody declared."""
    kinds = {each.record: each.states for each in stated()}
    for record in records:
        if kinds.get(record) not in WAYS:
            yield record.__name__


@pytest.mark.parametrize("service", SERVICES)
def test_every_record_with_a_state_declares_its_ways(service: str) -> None:
    of_the_road = set(service_metadata().tables)
    found = import_module(f"services.{service}.tables").RECORDS
    with_state = [record for record, table in found.items() if "state" in table.c and table.name not in of_the_road]

    assert with_state
    assert list(undeclared(with_state)) == []


def test_a_record_without_a_declaration_would_be_found() -> None:
    class Unheard(Record):
        state: str

    assert list(undeclared([Unheard])) == ["Unheard"]


def untaken(kinds: Mapping[type[StrEnum], Ways], moved: Mapping[State, object]) -> Iterator[str]:
    """Declared ways into states that nobody takes: no command, reaction or deadline names them."""
    for kind, ways in kinds.items():
        for state in kind:
            if (kind.__name__, state.name) not in moved:
                yield f"{kind.__name__}: {', '.join(sorted(ways.into(state)))} -> {state.value}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_declared_way_is_taken_by_somebody(service: str) -> None:
    kinds = {each.states: WAYS[each.states] for each in stated() if each.service == service}

    assert list(untaken(kinds, movers(service))) == []


def test_a_way_that_nobody_takes_would_be_found() -> None:
    kinds: dict[type[StrEnum], Ways] = {BarState: WAYS[BarState]}
    without = {state: by for state, by in movers("registry").items() if state != ("BarState", "LIFTED")}

    assert list(untaken(kinds, without)) == ["BarState: confirmed -> lifted"]


def taken_past_save(source: Source) -> Iterator[str]:
    """Statements that write a state without a record that says where it was."""
    for call, name in source.calls():
        written = any(each.arg == "state" for each in call.keywords)
        if written and (name.rsplit(".", 1)[-1] == "values" or name in ("tx.update", "tx.insert")):
            yield source.path


def test_rows_are_taken_along_together_on_declared_ways() -> None:
    found = [path for source in read("services/*/*/*.py") for path in taken_past_save(source)]

    assert sorted(found) == sorted(TOGETHER), "name it in TOGETHER with the states out of which it takes rows"
    for kind, out_of, to in TOGETHER.values():
        assert set(out_of) <= WAYS[kind].into(to)


@pytest.mark.parametrize(
    ("text", "offences"),
    [
        ("_END = sa.update(lines).where(lines.c.id == ID).values(state=LineState.SETTLED)", 1),
        ("async def f(tx, id): await tx.update(lines, id, state=LineState.SETTLED)", 1),
        ("async def f(tx, a): await tx.save(a, replace(a, state=LineState.SETTLED))", 0),
    ],
)
def test_a_state_written_past_save_would_be_found(text: str, offences: int) -> None:
    assert len(list(taken_past_save(Source("services/x/y/store.py", text)))) == offences


@pytest.mark.parametrize(
    ("begins", "out_of", "why"),
    [
        ("open", {"open": "closed"}, None),
        ("open", {"open": "closed gone"}, "has no gone"),
        ("open", {"gone": "closed"}, "has no gone"),
        ("open", {}, "nothing leads to closed"),
    ],
)
def test_a_declaration_names_every_state_and_no_other(begins: str, out_of: dict[str, str], why: str | None) -> None:
    class Door(StrEnum):
        OPEN = "open"
        CLOSED = "closed"

    if why is None:
        moves(begins, **out_of)(Door)
        assert WAYS.pop(Door).into("closed") == {"open"}
    else:
        with pytest.raises(ValueError, match=why):
            moves(begins, **out_of)(Door)


def test_the_committed_page_is_what_the_declarations_say() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "`make api` writes it anew"


def test_another_way_would_change_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    before, ways = text(), WAYS[BarState]
    anew: dict[type[StrEnum], Ways] = {
        BarState: Ways(ways.begins, {**ways.out_of, "lifted": frozenset(("confirmed",))})
    }
    monkeypatch.setattr("deploy.state_diagrams.WAYS", {**WAYS, **anew})

    assert sorted(set(text().splitlines()) - set(before.splitlines())) == ["    lifted --> confirmed"]


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        ("async def f(tx, a, state): await tx.save(a, replace(a, state=state))", True),
        ("async def f(tx, a, state): await g(tx, a, state)\nasync def g(tx, a, to): replace(a, state=to)", True),
        ("async def f(tx, id, state): return await tx.one(_OF, Door, id=id, of_state=state)", False),
        ("def f(a, state): return a if a.state == state else replace(a, state=Door.SHUT)", False),
    ],
)
def test_a_function_moves_to_the_state_that_it_is_given_only_if_it_writes_it(text: str, moves: bool) -> None:
    module = Module("services.x.y.handlers", ast.parse(text), {})

    assert writers([module])["services.x.y.handlers", "f"] is moves
