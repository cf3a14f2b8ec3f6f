"""What values, units and words of the law are called, and what forms are told of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.law.instruments import RulebookError
from shared.law.rulebook import INSTRUMENTS, load
from shared.law.vocabulary import Named, read_vocabulary
from shared.reading.vocabulary import words_given
from tests.support.world import World

BOOKS = load(INSTRUMENTS)
CHINESE = re.compile("[\u4e00-\u9fff]")
HEAD = '[cap]\ntype = "decimal"\njoins = "least"\nunit = "share"\n'
CALLED = 'title = { zh = "上限", en = "cap" }\nquestion = { zh = "最多多少？", en = "How much at most?" }\n'
UNITS = '[units]\nshare = { zh = "比例", en = "share" }\n[words]\n'


def every_word() -> Iterator[tuple[str, str]]:
    """Every word that a value may hold or a text gives, with its value."""
    given = words_given(BOOKS)
    for name, term in BOOKS.vocabulary.terms.items():
        wider = (each for words in term.wider.values() for each in words)
        yield from ((name, word) for word in {*term.words, *term.wider, *wider, *given.get(name, ())})


PLACES = {("recognised_standings", word) for name, word in every_word() if name == "recognised_standings"}


def test_every_word_that_a_text_or_a_rule_uses_has_a_title() -> None:
    nameless = {f"{name}: {word}" for name, word in every_word() if BOOKS.vocabulary.word(name, word) is None}

    assert nameless == {f"{name}: {word}" for name, word in PLACES}


def test_titles_and_questions_are_chinese_in_zh_and_english_in_en() -> None:
    vocabulary = BOOKS.vocabulary
    asked = [each for term in vocabulary.terms.values() for each in (term.title, term.question)]
    called = [vocabulary.word(name, word) for name, word in every_word()]
    named: list[Named] = [*asked, *vocabulary.units.values(), *(each for each in called if each)]

    assert [each for each in named if not CHINESE.search(each.zh) or CHINESE.search(each.en)] == []
    assert [
        term.question for term in vocabulary.terms.values() if term.question.zh[-1] + term.question.en[-1] != "？?"
    ] == []


def test_no_two_values_are_called_alike_or_ask_the_same() -> None:
    terms = BOOKS.vocabulary.terms.values()

    for said in ([t.title.zh for t in terms], [t.title.en for t in terms], [t.question.zh for t in terms]):
        assert sorted({each for each in said if said.count(each) > 1}) == []


def test_a_word_is_called_in_one_value_otherwise_than_elsewhere() -> None:
    word = BOOKS.vocabulary.word

    assert word("recusal_grounds", "employment") != word("directory_fields", "employment")
    assert word("provider_kinds", "of_our_city") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (HEAD + UNITS, "cap.*title|title.*Field required"),
        (HEAD + CALLED.partition("\n")[0] + "\n" + UNITS, "question"),
        (HEAD + CALLED + UNITS.replace("share =", "day ="), "units do not say what share is called"),
        (HEAD + CALLED + UNITS.replace("[words]", ""), "words"),
        (HEAD + CALLED.replace('"cap"', '""') + UNITS, "at least 1"),
    ],
)
def test_a_vocabulary_that_leaves_something_nameless_is_not_read(tmp_path: Path, written: str, said: str) -> None:
    file = tmp_path / "vocabulary.toml"
    file.write_text(HEAD + CALLED + UNITS, encoding="utf-8")
    assert read_vocabulary(file)["cap"].title.en == "cap"

    file.write_text(written, encoding="utf-8")
    with pytest.raises(RulebookError, match=said):
        read_vocabulary(file)


async def test_forms_are_told_every_value_with_its_words(world: World) -> None:
    reader = await world.person("reader", duties=())

    told = {each["name"]: each for each in (await reader.get("catalog", "/v1/vocabulary")).ok()}

    assert told.keys() == BOOKS.vocabulary.terms.keys()
    cap = told["advance_max_ratio"]
    assert (cap["title_zh"], cap["type"], cap["joins"]) == ("预付款上限", "decimal", "least")
    assert (cap["unit_zh"], cap["unit_en"]) == ("占合同价款的比例", "share of the contract price")
    kinds = {each["word"]: each for each in told["purchaser_kinds"]["words"]}
    assert told["purchaser_kinds"]["closed"]
    assert kinds["street_office"]["title_zh"] == "街道办事处"
    assert kinds["street_office"]["wider"] == ["administrative_organ", "state_organ"]
    fields = {each["word"]: each["title_en"] for each in told["directory_fields"]["words"]}
    assert not told["directory_fields"]["closed"]
    assert fields["basic_service/health"] == "health"
