"""`make bench`: measures Goufu beside its references and writes build/bench.json."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import uvloop

from tests.bench.circle import Circle
from tests.bench.house import House
from tests.bench.inbox import Inbox
from tests.bench.over_http import Command, Read
from tests.bench.pages import Pages
from tests.bench.relay import Drain, Latency
from tests.bench.rounds import Measurement, Result, Rounds, Scale, save
from tests.bench.servers import Servers

MEASUREMENTS: dict[str, type[Measurement]] = {
    each.name: each for each in (Command, Read, Latency, Drain, Inbox, Circle, Pages)
}
OUTPUT = Path(__file__).resolve().parents[2] / "build" / "bench.json"
LEAST_ROUNDS = 5


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """What to measure, and how."""
    known = "\n".join(f"  {name:<10} {each.about}" for name, each in MEASUREMENTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        epilog=f"measurements:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all of them when none is named")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help="rounds of each (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go (default: build/bench.json)")
    given = parser.parse_args(argv)
    if unknown := set(given.names) - MEASUREMENTS.keys():
        parser.error(f"no measurement {', '.join(sorted(unknown))}: there are {', '.join(MEASUREMENTS)}")
    return given


async def measure(names: Sequence[str], rounds: int, output: Path) -> bool:
    """Runs the measurements one after the other, each in a house of its own; True when every goal is reached."""
    chosen = [MEASUREMENTS[name] for name in names or MEASUREMENTS]
    results: list[Result] = []
    async with Servers(kafka=any(each.needs_kafka for each in chosen)) as servers:
        for each in chosen:
            print(f"{each.name}: {each.about}", flush=True)
            async with House(servers.database_url, servers.kafka if each.needs_kafka else None) as house:
                results += await Rounds(each(house, Scale())).run(rounds, lambda line: print(line, flush=True))
            save(results, output)
    report(results, output)
    return all(result.holds for result in results)


def report(results: Sequence[Result], output: Path) -> None:
    print()
    for each in results:
        lowest, highest = each.spread
        print(
            f"{each.name:<44} {each.ours:>11,.2f} {each.reference:>11,.2f} {each.unit:<9} x {each.ratio:.2f}"
            f" ({lowest:.2f}-{highest:.2f})  {each.goal:<8} {'holds' if each.holds else 'does not hold'}"
        )
    print(f"bench: holds={sum(each.holds for each in results)}/{len(results)} {output}")


def main() -> None:
    given = arguments()
    uvloop.run(measure(given.names, given.rounds, given.output))


if __name__ == "__main__":
    main()
