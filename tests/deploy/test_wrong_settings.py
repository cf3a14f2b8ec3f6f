"""Whatever an operator writes wrongly is one sentence that names the setting, wherever a process or command begins."""

import asyncio
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.serve import _listen
from shared.bus import brokers
from shared.bus.login import Login
from shared.events import SERVICES
from shared.process.addresses import bus_address, connection_string, host_names, http_address, trusted
from shared.process.settings import Settings, SettingsError, read
from shared.web.signing_keys import HttpKeys
from shared.work.database import Database
from tests.deploy.test_compose import a_database
from tests.deploy.test_settings import CANARY, GOOD, PAGE, ROOT, WRONG, options, started
from tests.support.authority import Authority
from tests.support.servers import administer

WHERE = f"postgresql://u:{CANARY}@127.0.0.1:1/d"
ESCAPES = "in a password @ is written %40"
OPTIONS = "after the ? stand sslmode, "


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter2@h", ESCAPES),
        ("postgresql://u:hunter2@h/d/e", ESCAPES),
        ("postgresql://u:hunter2@h:0/d", ESCAPES),
        ("postgresql://u:hunter2@h:65536/d", ESCAPES),
        ("postgresql://u:hunter2@h:1,h2:x/d", ESCAPES),
        ("postgresql://u:hunter2@h,/d", ESCAPES),
        ("postgresql://u:hunter2@[::1/d", ESCAPES),
        ("postgresql://u:hunter2%@h/d", ESCAPES),
        ("postgresql://u:hunter2%ff@h/d", ESCAPES),
        ("postgresql://u:hunter2%00@h/d", ESCAPES),
        ("postgresql://u:hunter2 x@h/d", ESCAPES),
        ("postgresql://u:hunter2@h/d ", ESCAPES),
        ("postgresql://u:hunter2\udcff@h/d", ESCAPES),
        ("postgresql://u:12?hunter2@h/d", ESCAPES),
        ("postgresql://u:12?sslmode=hunter2@h/d", ESCAPES),
        ("postgresql://u:hunter2@h/d?sslmode", ESCAPES),
        ("postgresql://u:hunter2@a..b/d", "it names no host"),
        ("postgresql://u:hunter2@[.:.]/d", ESCAPES),
        (f"postgresql://u:hunter2@{'a.' * 127}/d", "it names no host"),
        (f"postgresql://u:hunter2@{'a' * 64}/d", "it names no host"),
        ("postgresql://u:hunter2@h/d?sslmode=on", "sslmode is one of disable, allow, "),
        ("postgresql://u:hunter2@h/d?sslmode=require&sslmode=disable", OPTIONS),
        ("postgresql://u:hunter2@h/d?options=-csearch_path%3Dx", OPTIONS),
        ("postgresql://u:hunter2@h/d?connect_timeout=5", OPTIONS),
        ("postgresql://u:hunter2@h/d?port=x", OPTIONS),
        ("postgresql://u:hunter2@h/d?service=city", OPTIONS),
        ("postgresql://u:hunter2@h/d?target_session_attrs=standby", "target_session_attrs is one of any, primary, "),
        ("postgresql://u:hunter2@h/d?ssl_min_protocol_version=SSLv3", "ssl_min_protocol_version is one of TLSv1.2, "),
        (
            "postgresql://u:hunter2@h/d?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
            "ssl_min_protocol_version is not above",
        ),
        ("postgresql://u:hunter2@h/d?sslnegotiation=direct", "sslmode=verify-ca or verify-full also sslrootcert"),
        ("postgresql://u:hunter2@h/d?sslmode=verify-full", "sslmode=verify-ca or verify-full also sslrootcert"),
        ("postgresql://u:hunter2@h/d?sslrootcert=/no/ca.pem", "sslrootcert names a PEM file that can be read"),
        (f"postgresql://u:hunter2@h/d?sslrootcert={__file__}", "sslrootcert is no PEM file"),
        (f"postgresql://u:hunter2@h/d?sslcrl={__file__}", "sslcrl is no PEM file"),
        (f"postgresql://u:hunter2@h/d?sslcert={__file__}", "sslcert, with sslkey and sslpassword, is no PEM file"),
        ("postgresql://u:hunter2@h/d?application_name=", "application_name is up to 63"),
    ],
)
def test_a_connection_string_that_the_driver_cannot_use_is_a_sentence_beforehand(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as refused:
        connection_string(url)

    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%25%40%2F@h:5432/d",
        "postgres://u:p@h1:5432,[fd00::7]:6432/d?target_session_attrs=primary",
        "postgresql://u:p@h/d?sslmode=require&application_name=goufu%20api&ssl_min_protocol_version=TLSv1.3",
        "postgresql://u@%2Frun%2Fpostgresql/d",
        f"postgresql://u@%2F{'f' * 70}/d",
        "postgresql://u:p@h:/d",
        "postgresql://u:p@[fe80::7%25eth0]/d",
        "POSTGRESQL://u:密码é@h/d",
    ],
)
def test_a_connection_string_that_the_driver_can_use_is_taken(url: str) -> None:
    assert connection_string(url) == url


@pytest.mark.parametrize(
    ("servers", "read"),
    [
        ("h", [("h", 9092)]),
        ("h.:1,g_1:65535", [("h.", 1), ("g_1", 65535)]),
        (" a:1 , b:2 ", [("a", 1), ("b", 2)]),
        ("[::1]:9093", [("::1", 9093)]),
        ("[fd00::7], ::1", [("fd00::7", 9092), ("::1", 9092)]),
        ("[fe80::7%eth0]:1", [("fe80::7%eth0", 1)]),
        ("[h]:1", [("h", 1)]),
        ("经纪人:1", [("经纪人", 1)]),
    ],
)
def test_brokers_that_the_client_can_use_are_taken(servers: str, read: list[tuple[str, int]]) -> None:
    assert bus_address(f"kafka://{servers}/") == f"kafka://{servers}/"
    assert brokers(servers) == read


@pytest.mark.usefixtures("nothing_given")
def test_authorities_may_lie_in_several_folders_under_their_hashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "ca.pem").write_text(Authority().pem)
    monkeypatch.setenv("SSL_CERT_DIR", ":".join(["", *map(str, folders)]))

    with pytest.raises(ValueError, match="openssl rehash"):
        trusted()

    (folders[1] / "0a1b2c3d.0").symlink_to(folders[1] / "ca.pem")
    assert trusted().verify_mode is ssl.CERT_REQUIRED


def test_a_certificate_for_the_brokers_may_hold_its_key(tmp_path: Path) -> None:
    """As PostgreSQL's may."""
    (tmp_path / "both.pem").write_text(Authority().certificate("us"))

    assert Login("SSL", cert=str(tmp_path / "both.pem")).tls()
    assert connection_string(f"postgresql://u:p@h/d?sslcert={tmp_path}/both.pem")


def test_hosts_of_a_private_network_are_read_as_addresses_name_them() -> None:
    hosts = host_names(" Keys.City , [FD00::7],fe80::1%eth0, 密钥 ")

    assert hosts == {"keys.city", "fd00::7", "fe80::1%eth0", "密钥"}
    for url in ("http://keys.City/k", "http://[fd00::7]:80/k", "http://密钥/k"):
        assert HttpKeys(url, private_hosts=hosts)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_process_listens_where_a_name_or_a_number_says(host: str) -> None:
    with _listen(host, 0) as listening:
        assert socket.create_connection(listening.getsockname()[:2], timeout=5)


@pytest.mark.parametrize("variable", ["PGSSLMODE", "PGTARGETSESSIONATTRS", "PGSSLROOTCERT", "PGSSLNEGOTIATION"])
def test_a_wrong_variable_of_the_drivers_own_is_a_sentence_too(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv(variable, "/no/such")

    with pytest.raises(ValueError, match="together with the variables PG…"):
        connection_string("postgresql://u:p@h/d")


PIECES = st.sampled_from(
    [*"@/:#?%&=,[] ", "%zz", "%ff", "%00", "\udcff", "é", "sslmode=", "require", "sslrootcert=", "/etc/passwd",
     "options=", "0", "99999", "postgresql://", "kafka://", "https://", "a..b", "[::1]", "h"]
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=6), st.integers(0, 24), st.sampled_from((connection_string, bus_address, http_address))
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_put_into_an_address_is_taken_or_refused_in_a_sentence(
    pieces: list[str], at: int, check: Callable[[str], str]
) -> None:
    whole = f"{'https' if check is http_address else 'postgresql'}://u:{CANARY}@h:5432/d"
    url = whole[:at] + "".join(pieces) + whole[at:]

    said = ""
    try:
        check(url)
    except ValueError as refused:
        said = str(refused) if type(refused) is ValueError else repr(refused)
    assert CANARY not in said
    assert "Error(" not in said
    assert "\n" not in said


# --- every command


OF_DATABASE = [
    ["migrate"], ["status"], ["revise", "road", "x"], ["administrator", "add", "a", "b", "--issuer", "https://i.example"],
    ["road", "refill", "catalog"], ["rebuild-copies", "catalog"], ["restore-finish"], ["audit", "verify"],
    ["audit", "export", "catalog", "/dev/null"], ["clock", "show"], ["clock", "advance", "--to", "2030-01-01"],
]  # fmt: skip
OF_APIS = [
    ["trace", "00000000-0000-0000-0000-000000000000"], ["held", "list"], ["dispatches", "list"],
    ["held", "replay", "catalog", "00000000-0000-0000-0000-000000000000"],
    ["dispatches", "retry", "catalog", "k", "--reason", "r"],
    ["dispatches", "cancel", "catalog", "k", "--reason", "r"],
]  # fmt: skip
OF_PROCESSES = [["serve", "contracts", "--port", "0"], ["work", "contracts"]]
STRINGS = ["postgresql://u:hunter2@h", "postgresql://u:hunter2@h/d?sslmode=on", "postgresql://u:hunter2@h/d?foo=1",
           "postgresql://u:hunter2@h/d?sslrootcert=/no", "postgresql://u:hunter2\udcff@h/d",
           "mysql://u:hunter2@h/d"]  # fmt: skip
OUTSIDE = [("SSL_CERT_FILE", "/no/such"), ("SSL_CERT_FILE", __file__), ("SSL_CERT_DIR", "/no/such"),
           ("HTTPS_PROXY", "ftp://hunter2"), ("ALL_PROXY", "http://a:hunter2")]  # fmt: skip
TRIES = [
    *[(command, "DATABASE_URL", value) for command in OF_DATABASE for value in STRINGS[3:5]],
    *[(command, "GOUFU_API", value) for command in OF_APIS for value in ("hunter2", "https://a..b:99999")],
    *[(command, "GOUFU_TOKEN", value) for command in OF_APIS for value in ("two words", "\udcff")],
    *[(command, name, value) for command in [OF_APIS[0], ["migrate"], *OF_PROCESSES] for name, value in OUTSIDE],
]


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*PAGE, "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_DIR", "https_proxy", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)


def complete(folder: Path) -> dict[str, str]:
    """What every process and command needs, and none of it wrong; nobody answers at these addresses."""
    urls = {f"GOUFU_{service.upper()}_URL": WHERE for service in SERVICES}
    return {
        **GOOD,
        **urls,
        "DATABASE_URL": WHERE,
        "GOUFU_ROLE_SECRET": "r" * 32,
        "GOUFU_DOCUMENTS": f"file://{folder}",
        "GOUFU_API": "http://127.0.0.1:1",
        "GOUFU_TOKEN": "t",
    }


@pytest.mark.usefixtures("nothing_given")
def test_every_command_says_in_a_sentence_what_is_wrong_with_its_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def begun(*_: object, **__: object) -> None:
        raise AssertionError("it began")

    monkeypatch.setattr("shared.work.database.Database.open", begun)
    monkeypatch.setattr("deploy.serve.configure_logs", lambda level: pytest.fail("it began"))
    for command, name, value in TRIES:
        told = complete(tmp_path)
        if name == "DATABASE_URL":  # where a command takes the services' own first
            told |= {f"GOUFU_{service.upper()}_URL": "" for service in SERVICES}
        outcome = CliRunner().invoke(app, command, env={**told, name: value})

        tried = f"{' '.join(command)} with {name}={value!a}: {outcome.output!r} {outcome.exception!r}"
        assert isinstance(outcome.exception, SystemExit), tried
        assert outcome.exit_code == 1, tried
        assert name in outcome.stderr, tried
        assert len(outcome.stderr.strip().splitlines()) == 1, tried
        assert CANARY not in outcome.output, tried


def test_every_command_that_reads_a_variable_is_tried() -> None:
    tried = {name for _, name, _ in TRIES}
    of_others = {"GOUFU_HOST", "GOUFU_PORT", "GOUFU_ISSUER", "GOUFU_ROLE_SECRET", "GOUFU_SANDBOX"}

    assert options().keys() - of_others <= tried


def test_a_server_that_refuses_a_role_for_good_is_a_sentence(database_url: str) -> None:
    with a_database(database_url, "ops_shut") as url:
        asyncio.run(administer(database_url, "REVOKE CONNECT ON DATABASE ops_shut FROM PUBLIC"))
        asyncio.run(administer(database_url, "CREATE ROLE ops_owner LOGIN PASSWORD 'ops'"))
        database = Database("catalog", f"postgresql://ops_owner:ops@{url.rpartition('@')[2]}")

        with pytest.raises(SettingsError, match=r"^GOUFU_CATALOG_URL: PostgreSQL does not let this role in"):
            asyncio.run(database.open())


@pytest.mark.usefixtures("nothing_given")
@pytest.mark.parametrize("value", [b"\xff", b"two\nlines", b"a\x00b"])
def test_a_secrets_file_is_one_line_of_text(value: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(value)
    monkeypatch.setenv("GOUFU_CURSOR_KEY_FILE", str(tmp_path / "secret"))

    with pytest.raises(SettingsError, match=r"^GOUFU_CURSOR_KEY_FILE: it "):
        read(Settings)


@pytest.mark.usefixtures("nothing_given")
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("GOUFU_POOL", "ten", "; it is ten"),
        ("GOUFU_POOL", "ten@of", ""),
        ("GOUFU_ISSUER", "https://a:hunter2@b:x", ""),
        ("GOUFU_CATALOG_URL", "hunter2", ""),
    ],
)
def test_a_sentence_shows_what_was_given_unless_that_may_be_secret(
    name: str, value: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        read(Settings)

    assert str(refused.value).startswith(f"{name}: ")
    assert (value in str(refused.value)) == bool(shown)
    assert str(refused.value).endswith(shown)


@pytest.mark.usefixtures("nothing_given")
def test_an_empty_file_is_a_secret_that_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("\n")
    monkeypatch.setenv("GOUFU_CHECKPOINT_KEY_FILE", str(tmp_path / "secret"))

    assert read(Settings).checkpoint_key is None


@pytest.mark.usefixtures("nothing_given")
def test_a_process_names_every_mistake_of_the_citys_law_before_it_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = """overlay_of = "zhuhai-2021"
id = "figures"
jurisdiction = "4404"
effective_from = 2022-01-01
source = "a bureau"
[[clause]]
id = "ZH21-23.1"
article = "第二十三条"
service = "contracts"
zh = "甲"
en = "A"
values = { advance_max_ratio = "40 %", contract_sign_days = "soon" }
"""
    (tmp_path / "bureau.toml").write_text(law, encoding="utf-8")
    told = complete(tmp_path) | {"GOUFU_RULEBOOKS": str(tmp_path)}

    for command in ("serve", "work"):
        said = started(command, "contracts", told, monkeypatch)
        assert said is not None, "it began"
        assert sorted(said.splitlines()) == [
            'bureau.toml: clause ZH21-23.1: advance_max_ratio is a number in quotes, as in "0.40", not 40 %',
            "bureau.toml: clause ZH21-23.1: contract_sign_days is a whole number, not soon",
        ]


# --- as processes


def _processes() -> Iterator[tuple[list[str], str, str]]:
    """Each setting once, in a process that reads it, with a wrong value of its own; each command and process with a
    wrong address and wrong authorities."""
    for name, values in WRONG.items():
        for service in SERVICES[3:4] if "SERVICE" in name or "CONTRACTS" in name else SERVICES[:1]:
            variable = name.replace("SERVICE", service.upper())
            port = [] if name == "GOUFU_PORT" else ["--port", "0"]
            serve, work = ["serve", service, *port], ["work", service]
            if "TENDERING" not in variable and values[0]:
                yield serve if "api" in PAGE[variable].readers else work, variable, values[0]
    for command in (*OF_DATABASE, *OF_PROCESSES):
        yield command, "DATABASE_URL" if command not in OF_PROCESSES else "GOUFU_CONTRACTS_URL", STRINGS[4]
        yield command, "SSL_CERT_FILE", "/no/such"
    yield ["serve", "catalog", "--port", "0"], "GOUFU_CLOCK_SHIFT", "soon"
    yield ["work", "catalog"], "GOUFU_FAULT", "relay.moved:x"


@pytest.mark.long
def test_no_process_ends_in_a_traceback_whatever_setting_is_wrong(tmp_path: Path) -> None:
    def run(tried: tuple[list[str], str, str]) -> str:
        command, name, value = tried
        sandbox = {"GOUFU_SANDBOX": "1"} if name in ("GOUFU_CLOCK_SHIFT", "GOUFU_FAULT") else {}
        metrics = {"GOUFU_METRICS_PORT": "9"} if name == "GOUFU_METRICS_HOST" else {}
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli.main", *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **complete(tmp_path), **sandbox, **metrics, name: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            said = b"".join(process.communicate(timeout=90)).decode()
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return f"{tried}: it began: {process.communicate()[1]!r}"
        right = process.returncode in (1, 2) and "Traceback" not in said and "process_ended" not in said
        return "" if right and CANARY not in said.replace(f"it is {CANARY}", "") else f"{tried}: {said}"

    with ThreadPoolExecutor(2) as pool:
        wrong = [said for said in pool.map(run, list(_processes())) if said]

    assert wrong == []
