"""No answer grows without end, and what has ended keeps no person and no organisation from the next act."""

from uuid import UUID, uuid4

import pytest

from shared.web.issuer import ISSUER
from shared.work import bounds
from tests.registry.examples import a_provider, an_authority
from tests.registry.test_changes_api import change
from tests.registry.test_persons_api import a_person, an_administrator
from tests.support.world import World


def a_login() -> dict[str, str]:
    return {"issuer": ISSUER, "account": f"login-{uuid4()}"}


@pytest.mark.parametrize("disabled", [True, False], ids=["the first is disabled", "both may be used"])
async def test_a_person_gets_another_login_as_long_as_few_may_be_used(
    world: World, monkeypatch: pytest.MonkeyPatch, disabled: bool
) -> None:
    one, two = await an_administrator(world), await an_administrator(world)
    person = await a_person(one)
    path, first = f"/v1/persons/{person['id']}/accounts", person["accounts"][0]
    login = a_login()
    for administrator, step in ((one, ""), (two, "/confirm")):
        (await administrator.post("registry", f"{path}{step}", login)).ok()
    if disabled:
        used = {"issuer": ISSUER, "account": first["account"]}
        (await one.post("registry", f"{path}/disable", used)).ok()
    monkeypatch.setattr(bounds, "MOST", 2)

    answer = await one.post("registry", path, a_login())

    assert answer.status == (200 if disabled else 409), answer.body


async def test_an_organisation_changes_as_often_as_it_must_and_shows_the_latest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = await an_authority(world)
    provider = await a_provider(world, authority)
    monkeypatch.setattr(bounds, "MOST", 2)

    for _ in range(3):
        (await change(authority.enters, provider, title=f"更名{uuid4().hex[:6]}")).ok()

    kept = await world.rows(
        "SELECT number FROM registry.organisation_versions WHERE organisation = $1", UUID(str(provider))
    )
    assert len(kept) == 4
    shown = (await authority.enters.get("registry", f"/v1/organisations/{provider}")).ok()
    assert [version["number"] for version in shown["versions"]] == [3, 4]
