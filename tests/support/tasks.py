"""What a person finds waiting, for the tests of every service's tasks."""

from typing import Any
from uuid import UUID

from tests.support.world import Person


async def tasks_about(person: Person, service: str, about: UUID | str) -> list[dict[str, Any]]:
    """What waits for the person in a purchase (by its project) or about a provider, the most urgent first."""
    found = (await person.get(service, "/v1/tasks")).ok()
    return [task for task in found if task["about"] == str(about)]


async def named(person: Person, service: str, about: UUID | str) -> list[tuple[str, str | None, str | None]]:
    """The same, by task, last day and clause."""
    return [(task["task"], task["last_day"], task["clause"]) for task in await tasks_about(person, service, about)]
