"""To which cases a text or a clause applies.

    applies = { purchaser_kinds = ["town_government", "street_office"] }     of an instrument, above its clauses
    applies = { methods = ["competitive_consultation"] }                     of a clause

A text of a place that is limited to purchasers is chosen by who buys; whoever it leaves out buys under what holds
beside it. Every other limit is asked when a section is filled: the section says with which facts (`filled_with`).
Without `applies` a clause holds for all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a purchase, as words of the vocabulary; None where it is not known, or the purchase has none."""

    purchaser_kind: str | None = None
    method: str | None = None

    @classmethod
    def of(cls, record: object) -> "Case":
        """What a record tells by its columns of these names."""
        told = {each.name: getattr(record, each.name, None) for each in fields(cls)}
        return cls(**{name: str(value) for name, value in told.items() if value is not None})

    def only(self, facts: Iterable[str]) -> "Case":
        """Of these facts alone."""
        return Case(**{fact: getattr(self, fact) for fact in facts})

    def __str__(self) -> str:
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        return ", ".join(f"{name} {value}" for name, value in known.items() if value is not None) or "any case"


UNKNOWN = Case()
"""A case of which nothing is known."""


class Applies(BaseModel):
    """To which purchasers, and to which methods of procurement; all of it must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purchaser_kinds: Words = ()
    methods: Words = ()

    def limits(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Each limit: its name, the fact that it asks for, its words."""
        for name, fact in FACTS.items():
            if words := getattr(self, name):
                yield name, fact, words

    def holds(self, case: Case, wider: Mapping[str, Mapping[str, tuple[str, ...]]]) -> bool | None:
        """Whether the case is one of these; None where it does not tell. `wider` are of each limit the words by which
        a text may mean one."""
        held: bool | None = True
        for name, fact, words in self.limits():
            told = getattr(case, fact)
            if told is None:
                held = None
            elif not {told, *wider.get(name, {}).get(told, ())} & set(words):
                return False
        return held

    def meets(self, other: "Applies") -> bool:
        """Whether a case may be one of both."""
        both = [(set(words), set(getattr(other, name))) for name, _, words in self.limits()]
        return all(not others or words & others for words, others in both)


EVERYTHING = Applies()

FACTS: Mapping[str, str] = {"purchaser_kinds": "purchaser_kind", "methods": "method"}
"""Which fact each limit asks for."""

NAMED_BY: Mapping[str, str] = {"purchaser_kinds": "purchaser_kinds", "methods": "procurement_methods"}
"""The value whose words a limit may name."""

CHOOSES = frozenset({"purchaser_kind"})
"""The facts by which the text of a place is chosen: they are known when a record begins."""

ALWAYS_ONE = frozenset({"method"})
"""The facts that every case has that is asked about them."""


def filled_with(section: type) -> tuple[str, ...]:
    """The facts that a section is filled with."""
    facts: tuple[str, ...] = getattr(section, "filled_with", ())
    return facts
