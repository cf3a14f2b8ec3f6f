"""JSON as the services read and write it.

`loads` is the door for request bodies and events: it refuses what ordinary parsers let through (two values for one
key, NaN, 1e999, half of a surrogate pair, a byte order mark, UTF-16) and what is only built to be expensive (deep
nesting, endless numbers, a million members). `canonical` writes the one form of a value that is hashed, `compact` what
is only sent.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from json.decoder import JSONDecodeError
from math import isinf
from typing import Any, NoReturn
from uuid import UUID

import orjson

MAX_DEPTH = 32
MAX_MEMBERS = 10_000
MAX_INTEGER_DIGITS = 30


class UnreadableJson(ValueError):
    """A body that is not acceptable JSON. `reason` says what to change and never repeats the input."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def loads(body: bytes) -> object:
    """The value of one JSON document (RFC 8259) in UTF-8. Raises UnreadableJson."""
    _refuse_oversize(body)
    try:
        value: object = _decoder(body).decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise UnreadableJson("send the JSON document in UTF-8") from None
    except JSONDecodeError as error:
        raise UnreadableJson(f"not valid JSON: see line {error.lineno}, column {error.colno}") from None
    except RecursionError:  # brackets that are never closed are not counted by _depth
        raise UnreadableJson(_TOO_DEEP) from None
    if b"\\u" in body and _SURROGATE_ESCAPE.search(body):
        _refuse_lone_surrogates(value)
    return value


def canonical(value: object) -> bytes:
    """The bytes that are hashed: keys sorted by code point, no spaces, UTF-8, one form for each value.

    Decimals keep their places and have no exponent, instants are UTC with microseconds, dates and UUIDs are text.
    Raises ValueError for NaN, infinity, a lone surrogate or a date-time without offset, TypeError for a key that is
    not a string (numbers sort in another order once they are text) and for a value of any other kind.
    """
    _refuse_other_keys(value)
    return _ENCODER.encode(value).encode("utf-8")


def canonical_record(record: dict[str, Any]) -> bytes:
    """As `canonical`, in a sixth of the time, for a record whose figures are all texts or whole numbers: a NaN or a
    number with an exponent would slip through here."""
    try:
        return orjson.dumps(record, _as_text, _AS_HERE)
    except TypeError:  # a whole number beyond 64 bits, or what has no form at all
        return canonical(record)


def compact(value: object, default: Callable[[object], object] | None = None) -> bytes:
    """JSON to be sent or logged, not hashed: no spaces, no order. `default` turns into JSON what is not."""
    try:
        return orjson.dumps(value, default)
    except TypeError:  # a whole number beyond 64 bits, a key that is not a text, half of a surrogate pair
        return json.dumps(value, default=default, separators=(",", ":")).encode()


# --- reading

_TOO_DEEP = f"nest objects and lists at most {MAX_DEPTH} deep"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_CURLY_TO_SQUARE = bytes.maketrans(b"{}", b"[]")
_EMPTY_CONTAINER = re.compile(rb"[\[{][ \t\r\n]*[\]}]")
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_ALL_DIGITS_ALIKE = bytes.maketrans(b"0123456789", b"0000000000")
_LONG_RUN = b"0" * (MAX_INTEGER_DIGITS + 1)


def _refuse_oversize(body: bytes) -> None:
    opened = body.count(b"[") + body.count(b"{")
    if opened <= MAX_DEPTH and opened + body.count(b",") <= MAX_MEMBERS:
        return  # brackets and commas inside strings only make these counts larger
    bare = _without_strings(body)
    if _members(bare) > MAX_MEMBERS:
        raise UnreadableJson(f"send at most {MAX_MEMBERS:,} members in one document")
    if _depth(bare) > MAX_DEPTH:
        raise UnreadableJson(_TOO_DEEP)


def _without_strings(body: bytes) -> bytes:
    without_escapes = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(without_escapes.split(b'"')[::2])


def _members(bare: bytes) -> int:
    """Members of all objects and lists: each has one more than it has commas, an empty one has none."""
    members = bare.count(b",") + bare.count(b"[") + bare.count(b"{")
    return members if members <= MAX_MEMBERS else members - len(_EMPTY_CONTAINER.findall(bare))


def _depth(bare: bytes) -> int:
    """How often the innermost pairs can be taken away before none is left."""
    brackets = bare.translate(_CURLY_TO_SQUARE, _NOT_BRACKETS)
    depth = 0
    while depth <= MAX_DEPTH and b"[]" in brackets:
        brackets = brackets.replace(b"[]", b"")
        depth += 1
    return depth


def _refuse_lone_surrogates(value: object) -> None:
    try:
        _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise UnreadableJson("a \\u escape names half of a surrogate pair: send the whole character") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    raise UnreadableJson("an object names the same key twice: send each key once")


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise UnreadableJson(f"send whole numbers of at most {MAX_INTEGER_DIGITS} digits")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise UnreadableJson("a number is too large to be kept")
    return number


def _constant(_name: str) -> NoReturn:
    raise UnreadableJson("NaN and Infinity are not JSON numbers")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
_COUNTING_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_constant=_constant, parse_int=_integer
)


def _decoder(body: bytes) -> json.JSONDecoder:
    """A call for each integer is half the cost of a body of figures: pay it only where a long run of digits is."""
    return _COUNTING_DECODER if _LONG_RUN in body.translate(_ALL_DIGITS_ALIKE) else _DECODER


# --- writing

_LISTS = (list, tuple)
_CONTAINERS = (dict, list, tuple)


def _refuse_other_keys(value: object) -> None:
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError("canonical JSON needs strings as keys")
        value = value.values()
    elif not isinstance(value, _LISTS):
        return
    for member in value:
        if isinstance(member, _CONTAINERS):
            _refuse_other_keys(member)


def _as_text(value: object) -> str:
    match value:
        case Decimal() if value.is_finite():
            return format(value, "f")
        case datetime() if value.utcoffset() is not None:
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Decimal() | datetime():
            raise ValueError("only a finite decimal and a date-time with its offset have one canonical form")
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


_AS_HERE = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_as_text
)
