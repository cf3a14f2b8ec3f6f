"""Sends requests to a server and says how many it answered: with wrk where it is installed, else with `generator.py`.

Both keep their connections open, have one request at a time on each, and are processes of their own, so that neither
side of a measurement shares its event loop with whoever asks.
"""

import asyncio
import json
import re
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.bench.rounds import require

RUN_BYTES = 12
"""Hexadecimal digits that a running number takes in a request."""
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Requests:
    """What is sent: `@N` in path, headers and body becomes a running number of twelve hexadecimal digits, counted from
    `start`, and from 0 again at `modulo`; `tokens` are used in turn as bearer tokens."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    tokens: tuple[str, ...] = ()
    start: int = 1
    modulo: int = 1 << 47

    def sent(self, number: int) -> bytes:
        """The bytes of the request with this number."""
        parts = urlsplit(self.url)
        given = {"host": parts.netloc, **self.headers}
        if self.tokens:
            given["authorization"] = f"Bearer {self.tokens[number % len(self.tokens)]}"
        if self.body:
            given["content-length"] = str(len(self.body.replace("@N", "0" * RUN_BYTES).encode()))
        lines = [f"{self.method} {parts.path}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        text = "\r\n".join(lines) + "\r\n\r\n" + self.body
        return text.replace("@N", f"{number % self.modulo:0{RUN_BYTES}x}").encode()


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: answers and those that were no 2xx, seconds it took, latencies in ms. `sent_at` (seconds since
    1970) by number, where requests were sent at a fixed rate."""

    answers: int
    refused: int
    seconds: float
    p50: float
    p99: float
    sent_at: dict[int, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def program() -> str:
    """Which program sends the requests of a closed loop."""
    return "wrk" if shutil.which("wrk") else "tests.bench.generator"


async def closed_loop(requests: Requests, connections: int, seconds: float) -> Answered:
    """As many requests as are answered, on so many connections. Raises Wrong unless every answer is a 2xx."""
    with_wrk = program() == "wrk" and seconds >= 1
    found = await (_wrk if with_wrk else _generated)(requests, connections, seconds)
    require(found.refused == 0, f"{found.refused} of {found.answers} answers of {requests.url} are no 2xx")
    return found


async def paced(requests: Requests, connections: int, rate: int, seconds: float) -> Answered:
    """So many requests a second, whatever the server does. Raises Wrong unless every answer is a 2xx."""
    found = await _generated(requests, connections, seconds, rate)
    require(found.refused == 0, f"{found.refused} of {found.answers} answers of {requests.url} are no 2xx")
    return found


async def one_by_one(requests: Requests, seconds: float) -> Answered:
    """One request after the other: what one of them takes. Raises Wrong unless every answer is a 2xx."""
    found = await _generated(requests, 1, seconds)
    require(found.refused == 0, f"{found.refused} of {found.answers} answers of {requests.url} are no 2xx")
    return found


async def _generated(requests: Requests, connections: int, seconds: float, rate: int | None = None) -> Answered:
    plan = {"requests": asdict(requests), "connections": connections, "seconds": seconds, "rate": rate}
    output = await _run(sys.executable, "-m", "tests.bench.generator", given=json.dumps(plan).encode())
    found: dict[str, Any] = json.loads(output)
    sent_at = {int(number): at for number, at in found.pop("sent_at").items()}
    return Answered(**found, sent_at=sent_at)


async def _wrk(requests: Requests, connections: int, seconds: float) -> Answered:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua(requests))
        script.flush()
        options = ("-t1", f"-c{connections}", f"-d{round(seconds)}s", "--latency", "-s", script.name)
        output = (await _run("wrk", *options, requests.url.replace("@N", "0" * RUN_BYTES))).decode()
    return read_wrk(output)


def lua(requests: Requests) -> str:
    """The same requests as a script for wrk."""
    quoted = json.dumps
    parts = urlsplit(requests.url)
    path = f"{parts.path}{f'?{parts.query}' if parts.query else ''}"
    tokens = ", ".join(quoted(f"Bearer {token}") for token in requests.tokens)
    headers = ", ".join(f"[{quoted(name)}] = {quoted(value)}" for name, value in requests.headers.items())
    return f"""
local n, path, body, tokens = {requests.start - 1}, {quoted(path)}, {quoted(requests.body)}, {{{tokens}}}
local fixed = {{{headers}}}
function request()
  n = n + 1
  local run = string.format("%0{RUN_BYTES}x", n % {requests.modulo})
  local headers = {{}}
  for name, value in pairs(fixed) do headers[name] = value:gsub("@N", run) end
  if #tokens > 0 then headers["authorization"] = tokens[n % #tokens + 1] end
  return wrk.format({quoted(requests.method)}, (path:gsub("@N", run)), headers,
    body ~= "" and (body:gsub("@N", run)) or nil)
end
"""


def read_wrk(output: str) -> Answered:
    """What wrk printed."""
    done = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", output)
    require(done is not None, f"wrk did not end well:\n{output}")
    assert done is not None
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    bad = int(refused[1]) if refused else 0
    bad += sum(map(int, errors.groups())) if errors else 0
    seconds = float(done[2]) * {"ms": 0.001, "s": 1, "m": 60}[done[3]]
    return Answered(int(done[1]), bad, seconds, _percentile(output, 50), _percentile(output, 99))


def _percentile(output: str, percent: int) -> float:
    found = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", output)
    assert found is not None
    return float(found[1]) * _MILLISECONDS[found[2]]


async def _run(*argv: str, given: bytes | None = None) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, stderr=pipe)
    output, errors = await process.communicate(given)
    require(process.returncode == 0, f"{argv[0]} {argv[1]} failed:\n{errors.decode()[-2000:]}")
    return output
