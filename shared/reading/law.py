"""What the law says of a place on a day: sections as a service would fill them, each value with its clause and wording.

`law_of` is the one reader: nothing is decided here, and nothing stored."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Query as Parameter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from shared.fields.money import Money
from shared.fields.places import Place
from shared.fields.text import PlainDate
from shared.law.decision import Clause
from shared.law.instruments import RulebookError
from shared.law.rulebook import Ban, Demand, Items, Rulebook, Rulebooks, Value, fields_of, rulebooks
from shared.law.scope import FACTS, NAMED_BY, Case, filled_with
from shared.law.vocabulary import Vocabulary
from shared.reading.values import called, in_words, titles
from shared.web.http import Query, router
from shared.work.database import WrongState

SECTIONS_AT_ONCE = 40


class ItemView(BaseModel):
    """A member of a list, and the clause that names it."""

    word: str
    title_zh: str | None
    title_en: str | None
    clause: str


class SaidView(BaseModel):
    """A value as the section has it: `value` as text, or the `items` of a list, which takes others with a reason where
    it is `open`. `clause` is the one that gives it; without clause and items no text says anything. `reached`: whether
    the amount that was asked about is at least this figure. `source` marks what no text gives."""

    name: str
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    unit: str | None
    unit_zh: str | None
    unit_en: str | None
    value: str | None
    items: list[ItemView]
    open: bool
    clause: str | None
    source: str | None
    reached: bool | None


class SectionView(BaseModel):
    """What a service asks of the law in one matter. Where a fact that it `needs` was not given, it has no values;
    `unfilled` says why it can have none there that day."""

    section: str
    about: str
    needs: list[str]
    unfilled: str | None
    values: list[SaidView]


class CitedView(BaseModel):
    """A clause that gives a value: `text` is the article's original wording, `reading` says which of two readings
    holds. `gap`: the text that spoke that day is not carried."""

    id: str
    article: str
    rulebook: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    text: str | None
    reading: str | None
    verified: bool
    checked: date | None
    gap: bool


class LawView(BaseModel):
    """The answer of a text to facts that somebody gave: nothing was decided, and no record is bound to it."""

    hypothetical: Literal[True] = True
    jurisdiction: str
    on: date
    purchaser_kind: str | None
    method: str | None
    amount: Money | None
    rulebook: str
    texts: list[str]
    gaps: list[str]
    sections: list[SectionView]
    clauses: list[CitedView]


def ask_router(sections: Sequence[type]) -> APIRouter:
    """The route, for the sections of a service."""
    routes = router("rulebooks")

    @routes.get("/law", operation_id="ask_law")
    async def ask_law(
        query: Query,
        jurisdiction: Annotated[Place, Parameter()],
        on: Annotated[PlainDate | None, Parameter()] = None,
        section: Annotated[list[str] | None, Parameter(max_length=SECTIONS_AT_ONCE)] = None,
        purchaser_kind: Annotated[str | None, Parameter()] = None,
        method: Annotated[str | None, Parameter()] = None,
        amount: Annotated[Money | None, Parameter()] = None,
    ) -> LawView:
        """What the law of a place says on a day (today when none is given) of matters of this service, all of them when
        none is named: as a purchase that begins there that day would be asked. Nothing is decided or recorded."""
        case = Case(purchaser_kind=purchaser_kind, method=method)
        asked = list(_named(sections, section))
        return law_of(rulebooks(), jurisdiction, on or query.today, case, asked, amount)

    return routes


def law_of(
    books: Rulebooks, place: str, on: date, case: Case, sections: Iterable[type], amount: Decimal | None = None
) -> LawView:
    """The sections as they would be filled there that day. Raises RequestValidationError for a word that is not in the
    vocabulary, WrongState where no law is in force."""
    _known(books.vocabulary, case)
    book = books.governing(place, on, case)
    if book is None:
        raise WrongState("no_rulebook_in_force", "rulebook_in_force")
    shown = [_section(book, books.vocabulary, each, case, amount) for each in sections]
    cited = dict.fromkeys(clause for _, clauses in shown for clause in clauses)
    return LawView(
        jurisdiction=place,
        on=on,
        purchaser_kind=case.purchaser_kind,
        method=case.method,
        amount=amount,
        rulebook=book.name,
        texts=book.instruments,
        gaps=[gap.article for gap, _ in book.gaps if gap.spoke],
        sections=[view for view, _ in shown],
        clauses=[_cited(books, book, clause) for clause in cited],
    )


def _named(sections: Sequence[type], names: Sequence[str] | None) -> Iterator[type]:
    known = {each.__name__: each for each in sections}
    for name in names or known:
        if name not in known:
            raise _wrong("section", "unknown_section", f"give one of: {', '.join(known)}")
        yield known[name]


def _known(vocabulary: Vocabulary, case: Case) -> None:
    for limit, fact in FACTS.items():
        word, words = getattr(case, fact), vocabulary[NAMED_BY[limit]].words
        if word is not None and word not in words:
            raise _wrong(fact, "unknown_word", f"give one of: {', '.join(words)}")


def _wrong(field: str, code: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", field), "type": code, "msg": message}])


def _section(
    book: Rulebook, vocabulary: Vocabulary, kind: type, case: Case, amount: Decimal | None
) -> tuple[SectionView, list[Clause]]:
    about = " ".join((kind.__doc__ or "").split())
    needs = [fact for fact in filled_with(kind) if getattr(case, fact) is None]
    empty = SectionView(section=kind.__name__, about=about, needs=needs, unfilled=None, values=[])
    if needs:
        return empty, []
    try:
        filled: Any = book.section(kind, case)
    except RulebookError as error:
        return empty.model_copy(update={"unfilled": str(error)}), []
    values, clauses = list[SaidView](), list[Clause]()
    for name, _ in fields_of(kind):
        said = getattr(filled, name)
        clauses += _clauses_of(said)
        values.append(_said(book, vocabulary, name, said, amount))
    return empty.model_copy(update={"values": values}), clauses


def _clauses_of(said: Any) -> list[Clause]:
    match said:
        case Items():
            return list(said.members.values())
        case None:
            return []
        case _:
            return [said.clause]


def _said(book: Rulebook, vocabulary: Vocabulary, name: str, said: Any, amount: Decimal | None) -> SaidView:
    value, items, reached = None, list[ItemView](), None
    match said:
        case Items():
            for word, clause in said.members.items():
                title = called(vocabulary.word(name, word))
                items.append(ItemView(word=word, clause=clause.id, **title))
        case Demand():
            value = "true"
        case Ban():
            value = "false"
        case Value():
            value = in_words(said.value)
            if amount is not None and vocabulary[name].unit == "CNY":
                reached = bool(amount >= said.value)
    by = None if said is None or isinstance(said, Items) else said.clause.id
    given = (each for _, each in book.entries() if name in each.values and each.id == by)
    return SaidView(
        name=name,
        **titles(vocabulary, name),
        value=value,
        items=items,
        open=isinstance(said, Items) and said.open,
        clause=by,
        source=next((each.source for each in given if each.source), None),
        reached=reached,
    )


def _cited(books: Rulebooks, book: Rulebook, clause: Clause) -> CitedView:
    file = books.get(clause.rulebook).file
    entries = (entry for owner, entry in book.entries() if (owner.file.id, entry.id) == (file.id, clause.id))
    entry = next(entries, None)
    return CitedView(
        id=clause.id,
        article=clause.article,
        rulebook=clause.rulebook,
        title_zh=file.title_zh,
        title_en=file.title_en,
        zh=clause.zh,
        en=clause.en,
        text=entry.text if entry else None,
        reading=entry.reading if entry else None,
        verified=entry.verified if entry else True,
        checked=entry.checked if entry else None,
        gap=clause.gap,
    )
