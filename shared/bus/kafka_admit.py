"""Users and rights on Kafka: what aiokafka's administrator lacks, said in its own words.

The two requests are described in Kafka's protocol (keys 30 and 51, https://kafka.apache.org/protocol); what makes a
password a SCRAM credential in RFC 5802. The password itself stays here.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    IncompatibleBrokerVersion,
    SecurityDisabled,
    UnsupportedVersionError,
    for_code,
)
from aiokafka.protocol.admin import CreateAclsRequest_v1
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from shared.bus import NotAdmitted
from shared.bus.access import Right

_SCRAM_SHA_512: Final = 2
_ITERATIONS: Final = 4096
_KINDS: Final = {"topic": (2, 3), "group": (3, 4)}  # a topic by its very name, a group by the beginning of its name
_ACTS: Final = {"read": 3, "write": 4}
_ANYWHERE, _ALLOW = "*", 3
_NOT_HERE: Final = (ClusterAuthorizationFailedError, SecurityDisabled, UnsupportedVersionError)


class _Answer(Response):  # type: ignore[misc]  # aiokafka ships no types
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterUserScramCredentials(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MakeUsers(Request[_AlterUserScramCredentials]):  # type: ignore[misc]
    API_KEY = 51

    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._passwords = passwords

    def build(self, request_struct_class: Any) -> Any:
        users = [_credential(name, password) for name, password in self._passwords.items()]
        return request_struct_class([], users, {})


class _GiveRights(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    """aiokafka's own takes one right a request."""

    API_KEY = 30

    def __init__(self, rights: Sequence[Right]) -> None:
        self._rights = rights

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([_acl(right) for right in self._rights])


async def make_users(admin: Any, passwords: Mapping[str, str]) -> None:
    """Make users that log in with SCRAM-SHA-512, or give them these passwords. Raises NotAdmitted."""
    answer = await _ask(admin, _MakeUsers(passwords), "make users")
    for name, code, *_ in answer.results:
        _check(code, f"make user {name}")


async def give_rights(admin: Any, rights: Sequence[Right]) -> None:
    """Give rights; those that are there stay. Raises NotAdmitted."""
    answer = await _ask(admin, _GiveRights(rights), "give rights")
    for right, (code, _) in zip(rights, answer.creation_responses, strict=True):
        _check(code, f"let {right.user} {right.act} {right.kind} {right.name}")


async def _ask(admin: Any, request: Any, what: str) -> Any:
    try:
        return await admin._send_request(request)
    except IncompatibleBrokerVersion as error:
        raise NotAdmitted(f"these brokers {what} for nobody") from error


def _check(code: int, what: str) -> None:
    kind = for_code(code)
    if issubclass(kind, _NOT_HERE):
        raise NotAdmitted(f"Kafka does not {what} for this login ({kind.__name__})")
    if code:
        raise kind(f"Kafka does not {what}")


def _credential(name: str, password: str) -> tuple[Any, ...]:
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return name, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {}


def _acl(right: Right) -> tuple[Any, ...]:
    kind, pattern = _KINDS[right.kind]
    return kind, right.name, pattern, f"User:{right.user}", _ANYWHERE, _ACTS[right.act], _ALLOW
