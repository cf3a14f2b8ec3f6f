"""Cases of the law, asked of the rules of all services: whether each is decided as it says, and one record in many
cities."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

from shared.events import SERVICES
from shared.fields.places import NATION, PATTERN
from shared.law.cases import Case, CaseError, Player, Record, Rule, told
from shared.law.rulebook import RulebookError, Rulebooks


def questions() -> Mapping[str, Rule]:
    """Every question that a service offers, by its name."""
    offered = [import_module(f"services.{service}.cases").QUESTIONS for service in SERVICES]
    return {name: rule for each in offered for name, rule in each.items()}


def texts_of_places(books: Rulebooks) -> dict[str, str]:
    """The texts that speak in a place by themselves, national law last, each with its place."""
    latest = [versions[max(versions)] for versions in books.files.instruments.values()]
    own = [file for file in latest if re.match(PATTERN, file.jurisdiction) and not file.opt_in]
    return {file.id: file.jurisdiction for file in sorted(own, key=lambda file: (file.jurisdiction == NATION, file.id))}


class Answers:
    """What each text says to the records of cases: one record, many cities. `texts` are named with their places."""

    def __init__(self, player: Player, books: Rulebooks, texts: Mapping[str, str]) -> None:
        self._player = player
        self._books = books
        self._texts = texts

    def rows(self, cases: Sequence[Case]) -> Iterator[tuple[str, str, list[str]]]:
        """Of each case both records: what it says, the fact, and what each text answers."""
        for case in cases:
            for record, value in zip(case.records, case.values, strict=True):
                fact = f"{case.written.fact} = {_short(value)}"
                yield case.written.says or case.name, fact, [self._answer(record, text) for text in self._texts]

    def _answer(self, record: Record, text: str) -> str:
        """`✓`, or what does not hold: what refuses, and (`?`) what asks for a reason alone."""
        try:
            book = self._books.get(text, record.day)
            findings = self._player.ask(replace(record, place=self._texts[text]), book).findings
        except (KeyError, CaseError, RulebookError):
            return "–"
        lacking = [f"{'' if found.refuses else '? '}{told(found)}" for found in findings if not found.satisfied]
        return "\n".join(dict.fromkeys(lacking)) or "✓"


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
