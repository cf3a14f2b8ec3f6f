"""What people are told: every stable word has a sentence in Chinese and in English, and no answer falls back to another
language than the reader's."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast, get_args

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType
from starlette.requests import Request

from shared.events import SERVICES
from shared.process.settings import Settings
from shared.road.migrations import metadata_of
from shared.road.tables import service_metadata
from shared.web import texts
from shared.web.errors import language_of
from tests.architecture.source import Source, dotted, every, read
from tests.endings.states import listed

HAN = re.compile(r"[\u4e00-\u9fff]")


# --- refused tokens


def reasons() -> Iterator[str]:
    """Every fixed word that `shared/web/tokens.py` refuses with."""
    [source] = read("shared/web/tokens.py")
    for call, name in source.calls():
        if name in ("_refuse_if", "TokenRefused"):
            yield from (str(each.value) for each in call.args[-1:] if isinstance(each, ast.Constant))


def test_every_reason_for_refusing_a_token_says_what_to_do() -> None:
    assert set(reasons()) == texts.TOKENS.keys()


@pytest.mark.parametrize("reason", [*texts.TOKENS, "iat_missing", "auth_time_malformed"])
def test_a_reason_is_said_in_the_readers_language(reason: str) -> None:
    assert HAN.search(texts.token_text(reason, "zh"))
    assert not HAN.search(texts.token_text(reason, "en"))


# --- fields

OF_PYTHON_ALONE = re.compile(
    "no_such_attribute|needs_python_object|recursion_.*|frozen_(field|instance|dict_type)|get_attribute_error"
    "|dataclass_.*|(named_tuple|ordered_dict|counter|deque|iterable|callable|arguments)_type|default_factory_not_called"
    "|iteration_error|value_error|assertion_error|.*sentinel_error|ellipsis_error|is_(instance|subclass)_of"
    "|.*_argument|multiple_argument_values|(fraction|complex|url)_.*"
)
"""Errors of the library that no JSON can cause in our models: their kinds of field are in none of them. A value error
is one of our own sentences."""

NEVER_A_FIELD = re.compile(
    r"dataclass|named-tuple|generator|deque|counter|ordered|is-instance|is-subclass|callable|arguments|call$|"
    r"fraction|complex|url|sentinel|ellipsis|custom-error"
)
CONTEXT = {"field_type": "List", "actual_length": 1, "tag": "x", "error": "x", "class_name": "x"}
CONTEXT |= {"pattern": "x", "encoding": "x", "encoding_error": "x", "tz_expected": 1, "tz_actual": 2}


def test_every_error_that_the_library_knows_has_a_text_or_cannot_come() -> None:
    needed = {kind for kind in get_args(ErrorType) if not OF_PYTHON_ALONE.fullmatch(kind)}

    assert needed == texts.FIELDS.keys() - {"other"}


def kinds_of_field(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str) and not isinstance(schema.get("schema"), str):
            yield schema["type"]
        for each in schema.values():
            yield from kinds_of_field(each)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from kinds_of_field(each)


@pytest.mark.parametrize("service", SERVICES)
def test_no_model_of_a_request_has_a_field_whose_errors_have_no_text(service: str) -> None:
    address: dict[str, Any] = {f"{service}_url": "postgresql://a:b@c:1/d"}
    app = import_module(f"services.{service}.app").create_app(Settings(sandbox=True, **address))
    fields = [
        field
        for route in app.routes
        if isinstance(route, APIRoute)
        for field in [*route.dependant.query_params, *route.dependant.path_params, *route.dependant.body_params]
    ]

    kinds = {kind for field in fields for kind in kinds_of_field(field._type_adapter.core_schema)}

    assert {"model", "list"} <= kinds
    assert {kind for kind in kinds if NEVER_A_FIELD.search(kind)} == set()


@pytest.mark.parametrize("kind", texts.FIELDS)
def test_a_text_of_a_field_is_in_both_languages_and_names_only_what_the_library_gives(kind: str) -> None:
    named = set(re.findall(r"\{(\w+)\}", "".join(texts.FIELDS[kind].values())))
    context: dict[str, Any] = dict.fromkeys(named, 2) | dict.fromkeys(
        ("expected", "expected_tags", "discriminator"), "'a' or 'b'"
    )
    context = {name: value for name, value in (context | CONTEXT).items() if name in named | CONTEXT.keys()}
    if kind != "other":
        PydanticKnownError(cast(Any, kind), context or None).message()

    said = {
        language: texts.field_text({"type": kind, "ctx": context, "msg": ""}, language) for language in ("zh", "en")
    }

    assert HAN.search(said["zh"])
    assert not HAN.search(said["en"])
    assert "{" not in said["zh"] + said["en"].replace("{pattern}", "")


def test_a_value_that_is_not_allowed_is_answered_with_those_that_are() -> None:
    error = {"type": "literal_error", "msg": "", "ctx": {"expected": "'good', 'fair' or 'poor'"}}

    assert texts.field_text(error, "zh") == "须为以下值之一：good、fair、poor"
    assert texts.field_text(error, "en") == "give one of: good, fair, poor"


# --- our own sentences

SAYS = {"PydanticCustomError": 1, "WrongField": 2, "UnreadableJson": 0, "BadKey": 0, "UnknownSuite": 0, "_refuse": 1}
REFUSES_FIELDS = ("shared/fields/text.py", "shared/sealing/envelope.py")


def sentences(source: Source) -> Iterator[str]:
    """What the checks of a file say; `{}` stands where they put something in."""
    for call, name in source.calls():
        name = name.rpartition(".")[2]
        if name in SAYS and len(call.args) > SAYS[name] and (name != "_refuse" or source.path in REFUSES_FIELDS):
            yield from template(call.args[SAYS[name]], source.tree)
        if name == "DecimalText":
            yield from (
                text for word in call.keywords if word.arg == "message" for text in template(word.value, source.tree)
            )
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and any(
            dotted(getattr(each, "func", each)) in ("model_validator", "field_validator")
            for each in node.decorator_list
        ):
            for raised in ast.walk(node):
                if isinstance(raised, ast.Call) and dotted(raised.func) == "ValueError":
                    yield from template(raised.args[0], source.tree)


def template(node: ast.AST, module: ast.Module) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.Name(id=name):
            for given in ast.walk(module):
                if isinstance(given, ast.Assign) and name in [dotted(target) for target in given.targets]:
                    yield from template(given.value, module)


def test_whatever_our_own_checks_say_is_said_in_chinese_too() -> None:
    said = {
        sentence: source.path
        for source in read("services/*/*.py", "services/*/*/*.py", "shared/**/*.py")
        for sentence in sentences(source)
    }

    assert len(said) > 60
    assert {text: path for text, path in said.items() if text not in texts.SENTENCES} == {}
    assert texts.SENTENCES.keys() - said.keys() == set()


@pytest.mark.parametrize("english", texts.SENTENCES)
def test_a_sentence_keeps_what_is_put_into_it(english: str) -> None:
    gaps = english.count("{}")
    said = texts.in_chinese(english.replace("{}", "7"))

    assert said is not None
    assert HAN.search(said)
    assert texts.SENTENCES[english].count("{}") == gaps
    assert said.count("7") >= gaps


def test_a_new_sentence_would_be_found() -> None:
    text = 'def f(self):\n  raise PydanticCustomError("x", f"give {n} of them")'

    assert list(sentences(Source("services/contracts/terms/api.py", text))) == ["give {} of them"]


# --- conflicts

BY_EVENTS_ALONE = {
    "contracts": {"pk_bars", "pk_budgets", "pk_departures", "pk_reference_numbers"},
    "registry": {"pk_erasure_answers", "pk_private_interest_acts", "pk_private_logins", "uq_persons_id_state"},
    "tendering": {"uq_procurements_sealed", "pk_controls", "pk_departures", "pk_standings", "pk_verifications"},
}
"""Copies, counters and random ids: no command inserts what a caller chose."""


def unique_constraints(service: str) -> Iterator[str]:
    """Every one of a service's own tables but those by a record's own random id; of the road's those of accounts."""
    road = service_metadata().tables.keys() - {"accounts"}
    for table in metadata_of(service).tables.values():
        if table.name not in road:
            named = [each for each in table.constraints if hasattr(each, "columns") and not _is_check(each)]
            yield from (_name(each) for each in named if [column.name for column in each.columns] != ["id"])
            yield from (str(index.name) for index in table.indexes if index.unique)


def _is_check(constraint: Any) -> bool:
    return isinstance(constraint, sa.CheckConstraint | sa.ForeignKeyConstraint)


def _name(constraint: Any) -> str:
    return str(cast(Any, sa.dialects.postgresql.dialect)().identifier_preparer.format_constraint(constraint))


def test_every_unique_constraint_says_what_is_there_and_what_to_do() -> None:
    found = {service: set(unique_constraints(service)) for service in SERVICES}
    needed = set().union(*(found[service] - BY_EVENTS_ALONE.get(service, set()) for service in SERVICES))

    assert needed - texts.CONFLICTS.keys() == set()
    assert texts.CONFLICTS.keys() - needed == set()


@pytest.mark.parametrize("name", texts.CONFLICTS)
def test_a_conflict_is_said_in_both_languages(name: str) -> None:
    assert HAN.search(texts.CONFLICTS[name]["zh"])
    assert not HAN.search(texts.CONFLICTS[name]["en"])


# --- the reader's language (RFC 9110, 12.5.4)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("zh", "zh"),
        ("fr, en;q=0.8, zh;q=0.1", "en"),
        ("fr, en;q=0.8, zh;q=0.9", "zh"),
        ("fr, en; q=0.8 , zh-Hans-CN;q=0.801", "zh"),
        ("en;q=0.8, zh;q=0.8", "en"),
        ("zh;q=0.8, en;q=0.8", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.3, zh-TW", "zh"),
        ("fr", "zh"),
        ("*", "zh"),
        ("zh;q=0, *", "en"),
        ("en;q=0", "zh"),
        ("en;q=0, *", "zh"),
        ("english", "zh"),
        ("en;q=2", "zh"),
        (";;;,,=", "zh"),
        ("fr," * 5000 + "en", "zh"),
    ],
)
def test_the_language_is_the_one_the_reader_likes_better(header: str | None, language: str) -> None:
    headers = [] if header is None else [(b"accept-language", header.encode())]

    assert language_of(Request({"type": "http", "headers": headers})) == language


def test_two_headers_are_one_list() -> None:
    headers = [(b"accept-language", b"zh;q=0.2"), (b"accept-language", b"en;q=0.3")]

    assert language_of(Request({"type": "http", "headers": headers})) == "en"


# --- states


@cache
def refusals_by_state() -> list[tuple[str, ast.Call]]:
    return [
        (source.at(call, ""), call)
        for source in every()
        for call, name in source.calls()
        if name in ("WrongState", "Pending")  # what is needed where nothing waits
    ]


def codes(node: ast.AST) -> Iterator[str]:
    """What is written as a code in an argument; the names of columns are none."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.JoinedStr():
            yield "a text with gaps"
        case ast.Subscript() | ast.Compare():
            return
        case _:
            for part in ast.iter_child_nodes(node):
                yield from codes(part)


def codes_of(call: ast.Call) -> list[str]:
    return [code for argument in call.args for code in codes(argument)]


def test_a_refusal_by_state_names_codes_that_have_a_text() -> None:
    known = texts.STATES.keys() | texts.NEEDED.keys()

    unknown = [f"{where}{code}" for where, call in refusals_by_state() for code in codes_of(call) if code not in known]

    assert unknown == []


def test_a_sentence_instead_of_a_code_would_be_found() -> None:
    calls = 'WrongState("not yet written", "written"); WrongState(row["state"], f"for {party}")'
    found = [codes_of(call) for call in ast.walk(ast.parse(calls)) if isinstance(call, ast.Call)]

    assert found == [["not yet written", "written"], ["a text with gaps"]]


def test_every_text_of_what_is_needed_is_used() -> None:
    used = {code for _, call in refusals_by_state() for code in codes_of(call)}

    assert texts.NEEDED.keys() - used == set()


def test_every_state_of_a_record_has_a_name() -> None:
    assert {state for table in listed().values() for state in table} - texts.STATES.keys() == set()


@pytest.mark.parametrize("table", [texts.STATES, texts.NEEDED], ids=["states", "needed"])
def test_a_state_is_said_in_both_languages(table: Mapping[str, texts.Said]) -> None:
    for text in table.values():
        assert HAN.search(text["zh"])
        assert not HAN.search(text["en"])
        assert re.findall(r"\{\w+\}", text["zh"]) == re.findall(r"\{\w+\}", text["en"])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("zh", "当前为“已批准”，须为“已提交”或“已退回”。"), ("en", "It is approved; it must be submitted or returned.")],
)
def test_states_are_told_by_their_names(language: str, sentence: str) -> None:
    assert texts.state_text("approved", ("submitted", "returned"), {}, language) == sentence


@pytest.mark.parametrize(("language", "least"), [("zh", "不得低于 12.00 元"), ("en", "12.00 CNY or more")])
def test_what_is_needed_besides_is_told_with_its_figure(language: str, least: str) -> None:
    assert least in texts.state_text("in_procurement", ("budget_not_lowered",), {"least": "12.00"}, language)
