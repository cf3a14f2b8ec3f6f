"""`GET /v1/vocabulary`: what values of the law are called and ask, with types, units and words, in every service."""

from collections.abc import Iterator

from fastapi import APIRouter
from pydantic import BaseModel

from shared.law.instruments import each_value
from shared.law.rulebook import Rulebooks, rulebooks
from shared.law.vocabulary import Joins, Kind, Vocabulary
from shared.reading.values import called, titles
from shared.web.http import Query, router


class WordView(BaseModel):
    """A word that a value may hold. `wider` are the words by which a text may mean it. A city's own word has no
    title."""

    word: str
    title_zh: str | None
    title_en: str | None
    wider: list[str]


class TermView(BaseModel):
    """A value of the law: what it is called, which question it answers, and how texts join that all give it: `highest`
    the highest text speaks, `least` a cap, `most` a floor, `demand` true binds, `ban` false binds, `add` lists unite,
    `replace` the nearest text alone, for the `reason`. `words` are those that it may hold where it is `closed`, else
    those that texts give."""

    name: str
    title_zh: str
    title_en: str
    question_zh: str
    question_en: str
    type: Kind
    unit: str | None
    unit_zh: str | None
    unit_en: str | None
    joins: Joins
    reason: str | None
    closed: bool
    words: list[WordView]


def vocabulary_router() -> APIRouter:
    """The route; every service has it."""
    routes = router("rulebooks")

    @routes.get("/vocabulary", operation_id="list_vocabulary")
    async def list_vocabulary(query: Query) -> list[TermView]:
        """Every value of the law that a rule reads, by name, with its words."""
        return list(terms_of(rulebooks()))

    return routes


def terms_of(books: Rulebooks) -> Iterator[TermView]:
    """Every value, as it is shown; with the words of its texts where any word may stand."""
    given = words_given(books)
    for name in sorted(books.vocabulary.terms):
        yield _term(books.vocabulary, name, given.get(name, {}))


def words_given(books: Rulebooks) -> dict[str, dict[str, None]]:
    """The words that texts and figures give, by value."""
    given: dict[str, dict[str, None]] = {}
    for written in books.files.all():
        for entry in written.clause:
            for name, value in entry.values.items():
                if books.vocabulary[name].type in ("list", "text"):
                    for each in each_value(value):
                        words = each if isinstance(each, list) else [each]
                        given.setdefault(name, {}).update(dict.fromkeys(map(str, words)))
    return given


def _term(vocabulary: Vocabulary, name: str, given: dict[str, None]) -> TermView:
    term = vocabulary[name]
    return TermView(
        name=name,
        **titles(vocabulary, name),
        type=term.type,
        joins=term.joins,
        reason=term.reason,
        closed=bool(term.words),
        words=[word_view(vocabulary, name, word) for word in term.words or given],
    )


def word_view(vocabulary: Vocabulary, name: str, word: str) -> WordView:
    """A word of a value with its titles."""
    wider = vocabulary[name].wider.get(word, ())
    return WordView(word=word, **called(vocabulary.word(name, word)), wider=list(wider))
