"""Successors of the organisations that own records, made in every service as the registry's events make them."""

from uuid import UUID

from tests.support.world import World


class Lineage:
    """Every predecessor's successor."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._followed: dict[UUID, UUID] = {}

    async def successor_of(self, predecessor: UUID, place: str, kind: str) -> UUID:
        if predecessor not in self._followed:
            self._followed[predecessor] = await self._world.organisation(kind, place)
        return self._followed[predecessor]

    async def recorded(self) -> None:
        await self._step("INSERT INTO {}.successors VALUES ($1, $2, '2022-03-01', 1)")

    async def left(self) -> None:
        await self._step(
            "UPDATE {0}.organisations SET left_on = '2022-03-01' WHERE id = $2 AND EXISTS"
            " (SELECT FROM {0}.organisations WHERE id = $1)"
        )

    async def _step(self, statement: str) -> None:
        for predecessor, successor in self._followed.items():
            for service in self._world.services:
                await self._world.admin.execute(statement.format(service), successor, predecessor)
