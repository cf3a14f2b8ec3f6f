"""A disk that is full refuses what it cannot keep, with 503; reads go on, and with room again everything does."""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import PrivatePostgres
from tests.support.servers import SECRET, administer, in_database, make_template
from tests.support.world import Person, Reply, World

SIZE = "96m"
FILE = b"%PDF-1.7\n" + b"x" * 1000


@pytest.fixture(scope="module")
def small_disk(own_postgres: PrivatePostgres) -> Iterator[Path]:
    """A file system of its own for one database, so that no other runs out of room."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    place = own_postgres.folder.path / "small"
    place.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], check=False, capture_output=True
    )
    if tried.returncode:
        pytest.skip(f"no small disk: {tried.stderr.decode().strip()}")
    owner = own_postgres.data.stat()
    os.chown(place, owner.st_uid, owner.st_gid)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture(scope="module")
async def world(
    own_postgres: PrivatePostgres, small_disk: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    template, name = f"tpl_{secrets.token_hex(4)}", f"t_{secrets.token_hex(4)}"
    await make_template(own_postgres.url, template)
    await administer(own_postgres.url, f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    await administer(own_postgres.url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" TABLESPACE small')
    world = World(in_database(own_postgres.url, name), template, SECRET, tmp_path_factory.mktemp(name))
    await world.open()
    try:
        yield world
    finally:
        await world.close()


async def upload(clerk: Person, key: str) -> Reply:
    headers = {"idempotency-key": key, "content-type": "application/pdf"}
    return await clerk.send("catalog", "POST", "/v1/documents", content=FILE, headers=headers)


async def fill(world: World) -> None:
    """Takes what room there is, ever smaller pieces of it."""
    await world.admin.execute("CREATE TABLE public.junk (filling text); ALTER TABLE public.junk SET (fillfactor = 100)")
    await world.admin.execute("ALTER TABLE public.junk ALTER COLUMN filling SET STORAGE PLAIN")
    for rows in (5000, 500, 50, 5, 1):
        with contextlib.suppress(asyncpg.DiskFullError):
            while True:
                insert = "INSERT INTO public.junk SELECT repeat('x', 7000) FROM generate_series(1, $1)"
                await world.admin.execute(insert, rows)


@pytest.mark.long
async def test_a_full_disk_refuses_with_503_and_loses_nothing_that_was_answered(world: World) -> None:
    clerk = await world.person("clerk", duties={"write_requirement"})
    answers: dict[str, int] = {}

    async def some(count: int) -> None:
        for _ in range(count):
            key = secrets.token_hex(8)
            reply = await upload(clerk, key)
            answers[key] = reply.status
            assert reply.status == 201 or reply.problem(503, "unavailable")
            assert reply.status == 201 or "retry-after" in reply.headers

    await some(20)
    await fill(world)
    while 503 not in answers.values():
        await some(10)
    await some(20)

    assert (await clerk.get("catalog", "/v1/projects")).status == 200
    assert (await clerk.get("catalog", "/readyz")).status == 200
    kept = "SELECT count(*) AS n FROM catalog.documents WHERE uploaded_by = $1"
    answered = list(answers.values()).count(201)
    assert await world.rows(kept, clerk.id) == [{"n": answered}]

    await world.admin.execute("DROP TABLE public.junk")
    for key, status in answers.items():
        if status == 503:
            (await upload(clerk, key)).ok()
    assert await world.rows(kept, clerk.id) == [{"n": len(answers)}]
