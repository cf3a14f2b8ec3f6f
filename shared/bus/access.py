"""Who may do what on the topics: a user for each service, one for all integrators, and the administrator for the rest.

A service's API never speaks to the bus, so the service's user is its worker's. Whatever is not named here is nobody's
but the administrator's: creating, altering and deleting topics, and every topic of another prefix.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from shared.events import SERVICES, topic_of

INTEGRATOR: Final = "integrator"
USERS: Final = (*SERVICES, INTEGRATOR)
PUBLIC: Final = "public"
"""The one topic that every service writes to: what proves a record of it is the chain (`shared/road/followed.py`)."""
_CHECKPOINTS: Final = tuple(f"{service}.checkpoints" for service in SERVICES)
TOPICS: Final = (*SERVICES, *(f"{service}.heartbeats" for service in SERVICES), *_CHECKPOINTS, PUBLIC)


class Right(NamedTuple):
    """What a user may do with a topic, or with every group whose name begins so. To write or read is to see as well."""

    user: str
    act: Literal["read", "write"]
    kind: Literal["topic", "group"]
    name: str

    def __str__(self) -> str:
        """As an administrator gives it with Kafka's own tool."""
        where = f"--group '{self.name}' --resource-pattern-type prefixed" if self.kind == "group" else ""
        where = where or f"--topic '{self.name}'"
        act = self.act.title()
        return f"kafka-acls.sh --add --allow-principal 'User:{self.user}' --operation {act} {where}"


def user_of(who: str, prefix: str) -> str:
    """The name a service, or the integrator, logs in with unless the operator has given another."""
    return f"{prefix}-{who}"


def rights(prefix: str, named: Mapping[str, str] | None = None) -> list[Right]:
    """Everything the users need, and nothing more; `named` are the names of those that are not called `user_of`."""
    given: list[Right] = []
    for who in USERS:
        user = (named or {}).get(who) or user_of(who, prefix)
        read = (PUBLIC, *_CHECKPOINTS) if who == INTEGRATOR else TOPICS
        written = () if who == INTEGRATOR else (who, f"{who}.heartbeats", f"{who}.checkpoints", PUBLIC)
        given += [Right(user, "read", "topic", topic_of(name, prefix)) for name in read]
        given += [Right(user, "write", "topic", topic_of(name, prefix)) for name in written]
        given.append(Right(user, "read", "group", f"{prefix}.{who}"))
    return given
