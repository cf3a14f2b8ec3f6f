"""What an event names belongs together: who acts on one that names several records compares them, or says why not."""

from collections.abc import Iterator
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

import pytest

from shared.bus.records import together
from shared.events import SERVICES, Event
from shared.road.consumer import Copy, Reaction

_OWNER = "the owner of the record tells how it stands: what is known here of it is what the owner said before"
_FIRST = "the first that is heard of the record, which begins by it: there is nothing here to compare it with"
_SHOWN = "what is copied is shown and decides nothing here; the registry compares it before it moves standing"
NOT_COMPARED: dict[tuple[str, str], str] = {
    **{(service, "InterestRecorded"): _OWNER for service in SERVICES if service != "registry"},
    **{
        (service, standing): _OWNER
        for service, heard in {
            "tendering": ("ProviderBarred", "ProviderPreferred", "ProviderWatched", "ProjectCleared"),
            "contracts": ("ProviderBarred", "BudgetApproved", "CommitmentFreed"),
            "registry": ("ContractDrafted", "ContractCompleted"),
        }.items()
        for standing in heard
    },
    ("catalog", "EvaluationConcluded"): _SHOWN,
    ("tendering", "EvaluationConcluded"): _SHOWN,
    ("contracts", "AwardConfirmed"): _FIRST,
    ("evaluation", "ContractSigned"): _FIRST,
    ("registry", "PanelInterestDeclared"): "a record of the person is made of it, whichever purchase it was said in",
}
"""By the service that hears and the event; a reaction that compares covers the copy of its event too."""


def names(event: type[Event]) -> set[str]:
    """The records that an event names by id: persons and the organisation of whoever speaks are none of them."""
    return {name for name in event.model_fields if name.endswith("_id") and name != "person_id"}


def called(function: Any, seen: set[Any]) -> Iterator[Any]:
    """The functions of the services that this one calls, by the names in its code, and theirs."""
    if not isinstance(function, FunctionType) or function in seen:
        return
    seen.add(function)
    yield function
    if not function.__module__.startswith("services."):
        return
    within = function.__globals__
    used = {name: within[name] for name in function.__code__.co_names if name in within}
    modules = [value for value in used.values() if isinstance(value, ModuleType)]
    of_modules = [getattr(module, name, None) for module in modules for name in function.__code__.co_names]
    for value in (*used.values(), *of_modules):
        yield from called(value, seen)


def listened(service: str) -> dict[type[Event], list[Copy | Reaction]]:
    """What a service does with each event that names several records."""
    consumers = import_module(f"services.{service}.consumers")
    found: dict[type[Event], list[Copy | Reaction]] = {}
    for one in (*consumers.COPIES, *consumers.REACTIONS):
        if len(names(one.event)) > 1:
            found.setdefault(one.event, []).append(one)
    return found


def compares(work: list[Copy | Reaction]) -> bool:
    return any(together in called(one.handler, set()) for one in work if isinstance(one, Reaction))


@pytest.mark.parametrize("service", SERVICES)
def test_who_hears_of_several_records_at_once_compares_them_or_says_why_not(service: str) -> None:
    silent = {event.__name__ for event, work in listened(service).items() if not compares(work)}

    assert silent == {event for hearer, event in NOT_COMPARED if hearer == service}
