"""Runs the sides of a measurement in turns and compares their medians."""

import json
import statistics
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from tests.bench.house import House

Figures: TypeAlias = dict[str, float]
"""What one side measured in one round, by name."""
Side: TypeAlias = Callable[[], Awaitable[Figures]]
Tell: TypeAlias = Callable[[str], None]


class Wrong(Exception):
    """A side did not do what it was asked to: rows missing, an order broken, an answer that is no 2xx."""


def require(condition: bool, message: str) -> None:
    """Raises Wrong with the message unless the condition holds."""
    if not condition:
        raise Wrong(message)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. `seconds` of load a side and round; `rate` requests or commits a second where it is fixed;
    `backlog` entries to drain; `events` for the consumer; `rows` of the long list, which is compared with `few`."""

    seconds: float = 3.0
    rate: int = 100
    backlog: int = 100_000
    events: int = 20_000
    rows: int = 1_000_000
    few: int = 10_000
    connections: int = 32


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the ratio of ours to the reference: at least, or at most."""

    bound: float
    at_least: bool

    def reached(self, ratio: float) -> bool:
        return ratio >= self.bound if self.at_least else ratio <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


def at_least(bound: float) -> Goal:
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, at_least=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the result: which figure of `ours` is held against which side, and what must be reached."""

    name: str
    figure: str
    unit: str
    goal: Goal
    against: str = "reference"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the result; `ours` and `reference` are medians, `spread` the lowest and highest ratio of a round."""

    name: str
    ours: float
    reference: float
    unit: str
    ratio: float
    spread: tuple[float, float]
    goal: str
    holds: bool
    rounds: int
    load: str | None = None


class Measurement(ABC):
    """Something that is measured. `load` names the program that sends the requests, where there are any."""

    name: ClassVar[str]
    about: ClassVar[str]
    comparisons: ClassVar[tuple[Comparison, ...]]
    needs_kafka: ClassVar[bool] = False
    load: str | None = None

    def __init__(self, house: House, scale: Scale) -> None:
        self.house = house
        self.scale = scale

    @abstractmethod
    def sides(self) -> Mapping[str, Side]:
        """What is run in turns; `ours` is one of them."""

    async def open(self) -> None:  # noqa: B027
        """Whatever all rounds need; nothing to do where there is nothing."""

    async def close(self) -> None:  # noqa: B027
        """Leaves nothing running."""


@dataclass(slots=True)
class Rounds:
    """The figures of all rounds of one measurement, by side."""

    measurement: Measurement
    figures: dict[str, list[Figures]] = field(default_factory=dict)

    async def run(self, count: int, tell: Tell) -> list[Result]:
        """Every round takes the sides in the other order, so that none is always the first."""
        await self.measurement.open()
        try:
            for number in range(count):
                sides = list(self.measurement.sides().items())
                for name, side in sides if number % 2 == 0 else reversed(sides):
                    found = await side()
                    self.figures.setdefault(name, []).append(found)
                    tell(f"  round {number + 1}/{count}  {name:<10} {written(found)}")
        finally:
            await self.measurement.close()
        return [self._result(comparison) for comparison in self.measurement.comparisons]

    def _result(self, comparison: Comparison) -> Result:
        ours = [found[comparison.figure] for found in self.figures["ours"]]
        theirs = [found[comparison.figure] for found in self.figures[comparison.against]]
        pairs = [a / b for a, b in zip(ours, theirs, strict=True)]
        ratio = statistics.median(ours) / statistics.median(theirs)
        return Result(
            comparison.name,
            round(statistics.median(ours), 3),
            round(statistics.median(theirs), 3),
            comparison.unit,
            round(ratio, 3),
            (round(min(pairs), 3), round(max(pairs), 3)),
            str(comparison.goal),
            comparison.goal.reached(ratio),
            len(pairs),
            self.measurement.load,
        )


def written(figures: Figures) -> str:
    return "  ".join(f"{name} {value:,.2f}" for name, value in figures.items())


def save(results: list[Result], path: Path) -> None:
    """Writes the results as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = [asdict(result) for result in results]
    path.write_text(json.dumps(lines, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
