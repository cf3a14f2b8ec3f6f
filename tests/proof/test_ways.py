"""The check of ways that no test takes: it reads every process of a run, and finds one that is missing."""

import json
from enum import StrEnum
from pathlib import Path

import pytest

from services.registry.bars.records import BarState
from shared.work import states
from shared.work.states import moves
from tests.proof.ways import Taken, declared, named, taken, untaken

BAR = named(BarState)


def test_a_run_of_two_processes_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "test.json").write_text("[]")
    (tmp_path / "test.gw0.json").write_text(json.dumps([[BAR, "", "proposed"]]))
    (tmp_path / "test.gw1.json").write_text(json.dumps([[BAR, "proposed", "confirmed"]]))
    (tmp_path / "long.json").write_text(json.dumps([[BAR, "confirmed", "lifted"]]))

    found = {way for way in taken(tmp_path, "test") if way[0] == BAR}

    assert found == {(BAR, "", "proposed"), (BAR, "proposed", "confirmed")}


def test_a_declared_way_that_no_test_takes_is_found() -> None:
    of_bars = {way for way in declared() if way[0] == BAR}
    without = of_bars - {(BAR, "confirmed", "lifted")}

    assert list(untaken(of_bars, of_bars)) == []
    assert list(untaken(of_bars, without)) == ["registry.bars.records.BarState: confirmed -> lifted"]


def test_what_was_refused_is_not_kept(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    class Door(StrEnum):
        OPEN = "open"
        CLOSED = "closed"

    monkeypatch.setattr(states, "WAYS", dict(states.WAYS))
    moves("open", open="closed")(Door)
    monkeypatch.setattr(states, "ask_begin", states.ask_begin)
    monkeypatch.setattr(states, "ask_move", states.ask_move)
    kept = Taken(pytestconfig, None)
    kept.watch()

    states.ask_begin(Door.OPEN)
    states.ask_move(Door.OPEN, Door.CLOSED)
    with pytest.raises(states.UndeclaredMove):
        states.ask_move(Door.CLOSED, Door.OPEN)

    assert kept.ways == {(named(Door), "", "open"), (named(Door), "open", "closed")}
