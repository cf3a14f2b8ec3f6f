"""Decisions lie in docs/decisions, numbered without a gap in the order of their days; ARCHITECTURE.md lists them."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from tests.architecture.source import ROOT

FOLDER = ROOT / "docs/decisions"
FORM = re.compile(r"# (?P<number>\d+)\. (?P<title>\S.*[^.\n])\n\n(?P<day>\d{4}-\d\d-\d\d)\n\n(?P<text>\S.*)", re.DOTALL)


def offences(pages: dict[str, str], architecture: str) -> Iterator[str]:
    """What is wrong with pages (name → text) and the list of them."""
    day, listed = date.min, []
    for number, (name, text) in enumerate(sorted(pages.items()), 1):
        page = FORM.fullmatch(text)
        if not re.fullmatch(rf"{number:04}-[a-z0-9]+(-[a-z0-9]+)*\.md", name):
            yield f"{name}: the next number is {number:04}"
        if page is None or int(page["number"]) != number:
            yield f"{name}: begins with `# {number}. Title`, the day in a line of its own, then the text"
            continue
        if (said := date.fromisoformat(page["day"])) < day:
            yield f"{name}: {said} lies before the day of the page before it"
        day = said
        listed.append(f"{number}. {said} [{page['title']}](docs/decisions/{name})")
    section = architecture.partition("\n## Decision records\n")[2].partition("\n## ")[0].strip().split("\n\n")
    if section[1:] != ["\n".join(listed)]:
        lines = [line for paragraph in section[1:] for line in paragraph.splitlines()]
        yield f"ARCHITECTURE.md: the list of decisions differs in {sorted(set(lines) ^ set(listed)) or 'its order'}"


def committed() -> tuple[dict[str, str], str]:
    pages = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    return pages, (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_dated_and_listed() -> None:
    assert list(offences(*committed())) == []


PAGES = {"0001-a.md": "# 1. One\n\n2026-01-02\n\nIt holds.\n", "0002-b-c.md": "# 2. Two\n\n2026-01-02\n\nToo.\n"}
LIST = """# Architecture

## Decision records

Pages.

1. 2026-01-02 [One](docs/decisions/0001-a.md)
2. 2026-01-02 [Two](docs/decisions/0002-b-c.md)

## Glossary
"""


def test_pages_in_order_are_no_offence() -> None:
    assert list(offences(PAGES, LIST)) == []


@pytest.mark.parametrize(
    ("pages", "architecture"),
    [
        ({"0001-a.md": PAGES["0001-a.md"]}, LIST),
        (PAGES | {"0004-d.md": "# 4. Four\n\n2026-01-03\n\nToo.\n"}, LIST),
        (PAGES | {"0002-also.md": PAGES["0002-b-c.md"]}, LIST),
        (PAGES | {"0002-b-c.md": "# 3. Two\n\n2026-01-02\n\nToo.\n"}, LIST),
        (PAGES | {"0002-b-c.md": "# 2. Two\n\nToo.\n"}, LIST),
        (
            PAGES | {"0002-b-c.md": "# 2. Two\n\n2026-01-01\n\nToo.\n"},
            LIST.replace("2026-01-02 [Two]", "2026-01-01 [Two]"),
        ),
        (PAGES, LIST.replace("[Two]", "[Three]")),
        (PAGES, LIST.replace("2. 2026-01-02 [Two](docs/decisions/0002-b-c.md)\n", "")),
        (PAGES, LIST.replace("\n## Glossary", "\n**A third.** Written here.\n\n## Glossary")),
    ],
)
def test_a_page_or_a_line_out_of_order_would_be_found(pages: dict[str, str], architecture: str) -> None:
    assert list(offences(pages, architecture))
