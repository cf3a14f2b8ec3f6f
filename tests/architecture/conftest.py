"""Guide sizes, reported at the end of a run of these tests; they guide, nothing fails by them."""

import ast
from collections.abc import Iterator
from statistics import median, quantiles

import pytest

from tests.architecture.source import Source, every, read

GUIDE = {"rules.py": 200, "handlers.py": 250, "api.py": 250, "store.py": 300}
TEST_FILE = 400
FUNCTION_MEDIAN, FUNCTION_P90 = 8, 30


def too_long(sources: list[Source], tests: list[Source]) -> Iterator[str]:
    """Files beyond their guide size."""
    for source in [*sources, *tests]:
        lines, guide = source.text.count("\n"), TEST_FILE if source in tests else GUIDE.get(source.name, 10**9)
        if lines > guide:
            yield f"{source.path}: {lines} lines, guide {guide}"


def function_lengths(sources: list[Source]) -> list[int]:
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not any(report.nodeid.startswith("tests/architecture/") for report in terminalreporter.getreports("passed")):
        return
    sources = every()
    lengths = function_lengths(sources)
    p90 = quantiles(lengths, n=10)[-1]
    terminalreporter.section("guide sizes")
    terminalreporter.write_line(
        f"functions: median {median(lengths):.0f} lines (guide {FUNCTION_MEDIAN}), p90 {p90:.0f} (guide {FUNCTION_P90})"
    )
    for line in too_long(sources, read("tests/**/test_*.py")):
        terminalreporter.write_line(line)
