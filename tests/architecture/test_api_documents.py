"""The OpenAPI documents in docs/api are those that the services serve."""

import json
from typing import Any

import pytest

from deploy.api_documents import FOLDER, file_of, text_of
from shared.events import SERVICES
from tests.abuse.surface import application


def differences(committed: Any, served: Any, at: str = "") -> list[str]:
    """Where two documents differ, as far in as names go."""
    if isinstance(committed, dict) and isinstance(served, dict):
        names = sorted(committed.keys() | served.keys())
        return [each for name in names for each in differences(committed.get(name), served.get(name), f"{at}/{name}")]
    return [] if committed == served else [at]


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_document_is_the_one_that_is_served(service: str) -> None:
    served, committed = application(service).openapi(), file_of(service).read_text(encoding="utf-8")

    assert differences(json.loads(committed), served)[:10] == [], "`make api` writes it anew"
    assert committed == text_of(served), "`make api` writes it anew"


def test_no_document_is_left_of_a_service_that_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("*.openapi.json")} == {file_of(service).name for service in SERVICES}


def test_a_parameter_that_changed_would_be_found() -> None:
    served = application("contracts").openapi()
    path, operations = next((path, each) for path, each in served["paths"].items() if "post" in each)
    operation = {**operations["post"], "operationId": "another"}
    changed = {**served, "paths": {**served["paths"], path: {**operations, "post": operation}}}

    assert differences(changed, served) == [f"/paths/{path}/post/operationId"]
    assert text_of(changed) != text_of(served)


def test_the_text_of_a_document_is_the_document() -> None:
    served = application("contracts").openapi()

    assert json.loads(text_of({**served, "servers": [{"url": "a city's"}]})) == served
    assert max(len(line) for line in text_of({"a": [1] * 40, "b": {"c": "d" * 80}}).splitlines()) <= 120
