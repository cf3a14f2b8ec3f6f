"""What a process writes: one JSON object a line, whoever writes it, with what belongs together told by it."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
import yaml  # type: ignore[import-untyped]
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from shared.process import telemetry
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]
WRITES = """
import asyncio, logging, sys, warnings
from shared.process.telemetry import configure_logs
import structlog
configure_logs("info")
logging.getLogger("aiokafka.cluster").warning("Topic %s\\nis not there", "x")
logging.getLogger("uvicorn.error").info("not told")
warnings.warn("something old")
try:
    raise ValueError("hunter2")
except ValueError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n")
    structlog.get_logger("ours").exception("ours")
async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0.1)
asyncio.run(main())
"""


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_libraries_warnings_and_tracebacks_are_lines_of_json_and_tell_no_text_of_an_error() -> None:
    ran = subprocess.run([sys.executable, "-c", WRITES], cwd=ROOT, capture_output=True, text=True, check=True)

    lines = lines_of(ran.stderr)
    assert [(line.get("logger"), line["level"]) for line in lines] == [
        ("aiokafka.cluster", "warning"),
        ("py.warnings", "warning"),
        ("uvicorn.error", "error"),
        (None, "error"),
        ("asyncio", "error"),
    ]
    assert all(line["timestamp"] for line in lines)
    assert [line.get("error") for line in lines] == [None, None, "ValueError", "ValueError", "ZeroDivisionError"]
    assert lines[2]["where"]
    assert "hunter2" not in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_process_that_ends_by_itself_writes_a_line_too() -> None:
    given = {"GOUFU_SANDBOX": "1", "GOUFU_CONTRACTS_URL": "postgresql://u:p@127.0.0.1:1/d", "PATH": os.environ["PATH"]}
    breaks = "import deploy.cli.run as r\nasync def fails(*_): raise KeyError('hunter2')\nr.serve_all = fails\n"
    runs = "from shared.process.telemetry import configure_logs; configure_logs()\n"
    runs += "import sys; sys.argv = ['goufu', 'work', 'contracts']\n"
    program = f"{breaks}{runs}from deploy.cli.main import app; app()"

    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=given, check=False, capture_output=True, text=True
    )

    [line] = lines_of(ran.stderr)
    assert (ran.returncode, line["event"], line["error"]) == (1, "process_ended", "KeyError")
    assert "hunter2" not in ran.stderr


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    structlog.contextvars.clear_contextvars()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines
    structlog.contextvars.clear_contextvars()


def requests(logs: list[Any]) -> list[Any]:
    return [line for line in logs if line["event"] == "request"]


async def test_a_request_is_a_line_with_its_correlation_and_a_caller_whom_it_does_not_name(
    world: World, logs: list[Any]
) -> None:
    one, other = await world.person("one", duties={"audit"}), await world.person("other", duties={"audit"})
    correlation = str(uuid4())
    trace = f"00-{uuid4().hex}-{uuid4().hex[:16]}-01"

    for person in (one, one, other):
        sent = {"goufu-correlation": correlation, "traceparent": trace}
        (await person.send("contracts", "GET", "/v1/tasks", headers=sent)).ok()
    await asyncio.create_task(other.get("contracts", f"/v1/contracts/{uuid4()}"))

    lines = requests(logs)
    assert [line["correlation"] for line in lines[:3]] == [correlation] * 3
    assert lines[0]["trace"] == trace.split("-")[1]
    assert lines[0].items() >= {"route": "/v1/tasks", "method": "GET", "status": 200, "service": "contracts"}.items()
    assert lines[0]["seconds"] > 0
    assert lines[0]["caller"] == lines[1]["caller"] != lines[2]["caller"]
    assert lines[3]["status"] == 404
    told = json.dumps(lines, default=str)
    for person in (one, other):
        assert person.account not in told
        assert str(person.id) not in told


async def test_in_tendering_no_line_tells_who_is_at_work(world: World, logs: list[Any]) -> None:
    person = await world.person("bidder", duties={"audit"})

    (await person.get("tendering", "/v1/procurements")).ok()

    [line] = requests(logs)
    assert line["correlation"]
    assert "caller" not in line


async def test_probes_are_no_lines_while_all_is_well(world: World, logs: list[Any]) -> None:
    await world.clients["contracts"].get("/livez")
    await world.clients["contracts"].get("/readyz")

    assert [line["log_level"] for line in requests(logs)] == ["debug", "debug"]


async def test_a_method_that_nobody_knows_makes_no_figure_of_its_own(world: World) -> None:
    for method in ("FOO", "BAR"):
        await world.clients["contracts"].request(method, "/v1/tasks")

    methods = {
        sample.labels["method"]
        for metric in REGISTRY.collect()
        if metric.name == "goufu_requests"
        for sample in metric.samples
    }
    assert methods <= {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "none"}


# --- alerts


def test_every_alert_is_about_a_figure_that_there_is_and_says_what_to_do() -> None:
    alerts = yaml.safe_load((ROOT / "deploy/compose/alerts.example.yml").read_text())
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    known = {
        f"{metric._name}{end}"
        for metric in vars(telemetry).values()
        if hasattr(metric, "_name") and hasattr(metric, "_type")
        for end in ("", "_total", "_bucket", "_count", "_sum", "_info")
    }

    assert len(rules) >= 8
    for rule in rules:
        named = set(re.findall(r"goufu_\w+", rule["expr"]))
        assert named
        assert named <= known, rule["alert"]
        assert rule["annotations"]["summary"]
        assert rule["for"]
