"""The bench itself works, at sizes too small to say anything of speed."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.bench.__main__ import MEASUREMENTS, arguments
from tests.bench.house import House
from tests.bench.load import Requests, lua, read_wrk
from tests.bench.over_http import Command
from tests.bench.pages import Pages
from tests.bench.rounds import (
    Comparison,
    Figures,
    Goal,
    Measurement,
    Rounds,
    Scale,
    Side,
    Wrong,
    at_least,
    at_most,
    require,
    save,
)

TINY = Scale(seconds=0.3, rows=300, few=100, connections=4)
SAID_BY_WRK = """Running 3s test @ http://127.0.0.1:8000
  Latency Distribution
     50%   13.14ms
     99%    1.02s
  4344 requests in 3.01s, 1.21MB read
  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 7
"""


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with House(database_url) as house:
        yield house


class Told(Measurement):
    """Two sides whose figures are known beforehand."""

    name = "told"
    about = "figures from a list"
    comparisons = (Comparison("told", "rate", "/s", at_least(0.5)),)
    ours, theirs = (40.0, 60.0, 50.0), (100.0, 100.0, 80.0)

    async def open(self) -> None:
        self.rounds = {"ours": iter(self.ours), "reference": iter(self.theirs)}

    def sides(self) -> Mapping[str, Side]:
        def side(name: str) -> Side:
            async def found() -> Figures:
                return {"rate": next(self.rounds[name])}

            return found

        return {name: side(name) for name in self.rounds}


async def test_the_result_compares_the_medians_and_shows_the_spread_of_the_rounds(house: House) -> None:
    measurement = Told(house, TINY)

    [result] = await Rounds(measurement).run(3, lambda line: None)

    assert (result.ours, result.reference, result.ratio) == (50.0, 100.0, 0.5)
    assert result.spread == (0.4, 0.625)
    assert (result.goal, result.holds) == (">= 0.5", True)


@pytest.mark.parametrize(("goal", "ratio", "reached"), [(at_least(0.8), 0.8, True), (at_least(0.8), 0.79, False)])
def test_a_goal_is_reached_at_its_bound(goal: Goal, ratio: float, reached: bool) -> None:
    assert goal.reached(ratio) is reached
    assert at_most(1.2).reached(1.2)
    assert not at_most(1.2).reached(1.21)


@pytest.mark.long
async def test_a_real_command_is_measured_and_its_rows_are_counted(house: House, tmp_path: Path) -> None:
    results = await Rounds(Command(house, TINY)).run(1, lambda line: None)

    save(results, tmp_path / "bench.json")

    [written] = json.loads((tmp_path / "bench.json").read_text())
    assert set(written) >= {"name", "ours", "reference", "unit", "ratio", "spread", "goal", "holds", "load"}
    assert written["ours"] > 0
    assert written["reference"] > 0


@pytest.mark.long
async def test_a_page_is_measured_at_both_lengths_of_the_list(house: House) -> None:
    first, deep = await Rounds(Pages(house, TINY)).run(1, lambda line: None)

    assert first.ours > 0
    assert deep.reference > 0


def test_what_was_not_done_is_no_figure() -> None:
    with pytest.raises(Wrong, match="2 rows are missing"):
        require(False, "2 rows are missing")


def test_both_programs_send_the_same_request() -> None:
    requests = Requests("http://127.0.0.1:1/v1/x/@N?a=1", "POST", {"key": "k-@N"}, '{"n": "@N"}', ("t0", "t1"), 10)

    sent = requests.sent(10).decode()

    assert sent.startswith("POST /v1/x/00000000000a?a=1 HTTP/1.1\r\nhost: 127.0.0.1:1\r\nkey: k-00000000000a\r\n")
    assert "authorization: Bearer t0\r\n" in sent
    assert sent.endswith('content-length: 21\r\n\r\n{"n": "00000000000a"}')
    assert 'local n, path, body, tokens = 9, "/v1/x/@N?a=1"' in lua(requests)


def test_what_wrk_says_is_understood() -> None:
    found = read_wrk(SAID_BY_WRK)

    assert (found.answers, found.refused, found.seconds) == (4344, 10, 3.01)
    assert (found.p50, found.p99) == (13.14, 1020.0)


def test_an_unknown_measurement_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["speed"])

    said = capsys.readouterr().err
    assert all(name in said for name in MEASUREMENTS)
