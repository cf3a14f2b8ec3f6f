"""Sentences for people in Chinese and English, out of `texts.toml`: why a token was refused, what is wrong with a
field, what a record conflicts with. No sentence repeats what was sent."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

Said = Mapping[str, str]
"""The same in `zh` and in `en`."""

_ALL: dict[str, Any] = tomllib.loads(resources.files("shared.web").joinpath("texts.toml").read_text(encoding="utf-8"))
TOKENS: Mapping[str, Said] = _ALL["tokens"]
STEP_UP: Mapping[str, Said] = _ALL["step_up"]
FIELDS: Mapping[str, Said] = _ALL["fields"]
SENTENCES: Mapping[str, str] = _ALL["sentences"]
CONFLICTS: Mapping[str, Said] = _ALL["conflicts"]
STATES: Mapping[str, Said] = _ALL["states"]
NEEDED: Mapping[str, Said] = _ALL["needed"]

_VALUES = ("expected", "expected_tags")


def token_text(reason: str, language: str) -> str:
    """Why a token was refused and what to do about it; `<claim>_missing` and `<claim>_malformed` for every claim."""
    if reason in TOKENS:
        return TOKENS[reason][language]
    claim, _, fault = reason.rpartition("_")
    said: str = _ALL["tokens_by_claim"][fault][language]
    return said.format(claim=claim)


def field_text(error: Mapping[str, Any], language: str) -> str:
    """What a field must be. Values that are allowed are listed; the library's own names of types are not shown."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in FIELDS:
        shown = {name: _listed(value, language) if name in _VALUES else value for name, value in context.items()}
        return FIELDS[kind][language].format_map(shown)
    sentence = str(error["msg"]).removeprefix("Value error, ")
    return sentence if language == "en" else in_chinese(sentence) or FIELDS["other"]["zh"]


def state_text(state: str, needed: Sequence[str], facts: Mapping[str, object], language: str) -> str:
    """How a record is and must be for what was asked: what `NEEDED` says, or the states' names."""
    if needed[0] in NEEDED:
        return NEEDED[needed[0]][language].format_map(facts)
    names = [STATES[code][language] if code in STATES else code for code in (state, *needed)]
    if language == "zh":
        return f"当前为“{names[0]}”，须为“{'”或“'.join(names[1:])}”。"
    return f"It is {names[0]}; it must be {' or '.join(names[1:])}."


def in_chinese(sentence: str) -> str | None:
    """The Chinese of a sentence that our own checks say in English; None when there is none."""
    if sentence in SENTENCES:
        return SENTENCES[sentence]
    for pattern, chinese in _with_gaps():
        if found := pattern.fullmatch(sentence):
            return chinese.format(*found.groups())
    return None


@cache
def _with_gaps() -> list[tuple[re.Pattern[str], str]]:
    gaps = [(english, chinese) for english, chinese in SENTENCES.items() if "{}" in english]
    return [(re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), chinese) for english, chinese in gaps]


def _listed(expected: object, language: str) -> str:
    """The library lists values as `'a', 'b' or 'c'`."""
    values: Iterable[str] = re.findall(r"'([^']*)'", str(expected)) or [str(expected)]
    return ("、" if language == "zh" else ", ").join(values)
