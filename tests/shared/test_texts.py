"""What people are told: every stable word has a sentence in Chinese and in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import texts, tokens

HAN = re.compile(r"[\u4e00-\u9fff]")


def reasons() -> Iterator[str]:
    """Every fixed word that `shared/tokens.py` refuses with."""
    for node in ast.walk(ast.parse(Path(tokens.__file__).read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_refuse_if", "TokenRefused"):
            yield from (each.value for each in node.args[-1:] if isinstance(each, ast.Constant))


def test_every_reason_for_refusing_a_token_says_what_to_do() -> None:
    assert set(reasons()) == texts.TOKENS.keys()


@pytest.mark.parametrize("reason", [*texts.TOKENS, "iat_missing", "auth_time_malformed"])
def test_a_reason_is_said_in_the_readers_language(reason: str) -> None:
    assert HAN.search(texts.token_text(reason, "zh"))
    assert not HAN.search(texts.token_text(reason, "en"))
