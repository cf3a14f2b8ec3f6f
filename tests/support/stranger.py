"""Somebody with a login and nothing to do with it: all that they can read of every service."""

from dataclasses import dataclass, field
from uuid import uuid4

from shared.events import SERVICES
from tests.support.world import Person, World

FOLLOWED = {
    "catalog": ("projects", "directories"),
    "registry": ("providers", "purchasers"),
    "tendering": ("procurements", "notices", "tasks"),
    "contracts": ("contracts", "tasks"),
    "evaluation": ("published-evaluations", "tasks"),
}
"""Lists that everybody may ask for."""


@dataclass
class Stranger:
    """Reads the feeds on from where they were left, and every list."""

    world: World
    person: Person
    feeds: dict[str, list[str]] = field(default_factory=lambda: {service: [] for service in SERVICES})
    cursors: dict[str, str] = field(default_factory=dict)

    async def entries(self) -> list[str]:
        """The text of every entry that is shown, in all services, once everything was carried."""
        await self.world.pump()
        for service in SERVICES:
            while True:
                after = {"after": self.cursors[service]} if service in self.cursors else {}
                page = (await self.person.get(service, "/v1/events", limit=200, **after)).ok()
                self.cursors[service] = page["next"]
                self.feeds[service] += [item["entry"] for item in page["items"] if item["entry"]]
                if not page["items"]:
                    break
        return [entry for entries in self.feeds.values() for entry in entries]

    async def reads(self, *pages: tuple[str, str]) -> str:
        """Everything: the feeds, the lists, and these pages (service and address), one text."""
        found = await self.entries()
        lists = [(service, f"/v1/{name}") for service, names in FOLLOWED.items() for name in names]
        for service, page in (*lists, *pages):
            answer = await self.person.get(service, page)
            if answer.status == 200:
                found.append(answer.body.decode())
        return "\n".join(found)


async def a_stranger(world: World) -> Stranger:
    """A new one, of an organisation elsewhere."""
    return Stranger(world, await world.person("stranger", duties={"audit"}, organisation=uuid4(), jurisdiction="4403"))
