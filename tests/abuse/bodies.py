"""Bodies that no route accepts, and texts that no field keeps."""

import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.abuse.conftest import CANARY
from tests.abuse.surface import as_json

MILLION = 1_000_000


def unreadable(valid: Any) -> dict[str, bytes]:
    """Documents that are not JSON, not UTF-8, or built to be expensive; none may get past 400."""
    text = json.dumps(valid)
    inside = text[1:] if len(text) > 2 else "}"
    comma = ", " if len(text) > 2 else ""
    return {
        "cut short": text.encode()[:-1],
        "two documents": text.encode() * 2,
        "byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "UTF-16": text.encode("utf-16"),
        "overlong UTF-8": b'{"\xc0\xaf": 1}',
        "Latin-1": '{"ä": 1}'.encode("latin-1"),
        "half a surrogate pair": b'{"a": "\\ud800"}',
        "a key twice": f'{{"a": "{CANARY}", "a": 2{comma}{inside}'.encode(),
        "NaN": f'{{"a": NaN{comma}{inside}'.encode(),
        "Infinity": f'{{"a": -Infinity{comma}{inside}'.encode(),
        "1e999": f'{{"a": 1e999{comma}{inside}'.encode(),
        "an integer of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
        "2,000 deep": b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        "a comment": text.encode() + b" // " + CANARY.encode(),
        "single quotes": f"{{'a': '{CANARY}'}}".encode(),
        "gzip": gzip.compress(text.encode()),
        "nothing but zeros": b"\0" * 1000,
    }


def expensive() -> dict[str, bytes]:
    """What fits into the limit and is made to cost."""
    return {
        "100,000 deep and open": b"[" * 100_000,
        "60,000 keys": as_json({f"k{n}": 0 for n in range(60_000)}),
        "an array of 400,000": b"[" + b"0," * 400_000 + b"0]",
        "a name of a million quotes": b'{"a": "' + rb"\"" * 500_000 + b"}",
    }


def too_large() -> dict[str, bytes]:
    """More than a mebibyte, whatever it is."""
    return {
        "a name of 10 MB": as_json({"title": CANARY + "x" * (10 * MILLION)}),
        "an array of a million": b"[" + b"0," * MILLION + b"0]",
        "a million keys": b"{" + b",".join(b'"k%d":0' % n for n in range(MILLION)) + b"}",
        "one byte too many": b'"' + b"x" * ((1 << 20) - 1) + b'"',
    }


NOT_AN_OBJECT = {"empty": b"", "list": b"[]", "null": b"null", "text": b'"x"', "number": b"1", "true": b"true"}

WRONG_TYPES = {
    "none": None,
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "xml": "application/xml",
    "octets": "application/octet-stream",
    "merge-patch": "application/merge-patch+json",
    "UTF-16": "application/json; charset=utf-16",
    "latin-1": "application/json; charset=iso-8859-1",
    "junk": f"application/json, {CANARY}",
}

UNSEEN = {
    "NUL": "a\0b",
    "escape": "a\x1b[31mb",
    "newline": "a\r\nSet-Cookie: a=b",
    "zero width": "a\u200bb",
    "right to left override": "a\u202eb",
    "direction isolate": "\u2066a\u2069",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "line separator": "a\u2028b",
    "tag characters": "a\U000e0041b",
    "nothing": "",
    "spaces": " \u3000\t",
    "20,001 characters": "字" * 20_001,
    "a pile of marks": "a" + "\u0301" * 5000,
}
"""Texts that a name must not hold."""

STRANGE = {
    "html": "<script>alert(1)</script>",
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "formula": '=HYPERLINK("http://x")',
    "sql": "'; DROP TABLE journal; --",
    "like": "%_\\",
    "tsquery": "a & | ! ( ) :* <->",
    "json path": '$.* ? (@ == "a")',
    "regex": "(a+)+$" * 50 + "a" * 500 + "!",
    "format string": "%s%n{0.__class__}",
    "path": "../../../etc/passwd",
    "log line": "x level=error user=admin",
    "emoji": "👩‍🦽",
    "combined": "e\u0301",
}
"""Texts that mean something elsewhere; here they are text."""


def with_each_text(body: Any, schema: Mapping[str, Any], text: str) -> Iterator[tuple[str, Any]]:
    """The body once for each field of free text in it, with that text there: the field's name and the body."""
    for name, field in schema.get("properties", {}).items():
        variants = [field, *field.get("anyOf", ())]
        if any(_free(each) for each in variants):
            yield name, {**body, name: text}


_LONGEST_DESCRIPTION = 20_000


def _free(schema: Mapping[str, Any]) -> bool:
    """Free text; longer than a description it is a document, which is read line by line."""
    kept = schema.get("maxLength", 0) <= _LONGEST_DESCRIPTION
    return schema.get("type") == "string" and kept and not schema.keys() & {"format", "enum", "const"}


def with_unknown_field(body: Any) -> dict[str, Any]:
    """A field that nobody asked for, named and filled with something private."""
    return {**body, CANARY: CANARY}
