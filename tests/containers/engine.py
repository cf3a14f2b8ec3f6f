"""A container engine of one's own: Debian's, with its own socket, data and mounts, in one folder that goes away.

It needs root and a kernel that lets it make namespaces. Beside another engine none is started: two would take each
other's network rules. What it changes on the machine — bridges, packet filter, forwarding — is put back.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.containers.commands import CommandFailed, Commands, wait_until
from tests.containers.debian import Debian

_START_SECONDS = 90.0
_END_SECONDS = 60.0
_FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
_COMPOSE_RELEASE: Final = "trixie"
_PREFIX: Final = "goufu-engine-"
_PLUGINS: Final = (
    "/usr/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/local/lib/docker/cli-plugins",
)

# Both in one namespace of mounts: it ends with them, and so do the mounts of their containers.
_START = """
containerd --config {folder}/containerd.toml >>{folder}/log 2>&1 &
exec dockerd --containerd {folder}/containerd.sock --data-root {folder}/data --exec-root {folder}/exec \
  --host unix://{folder}/docker.sock --pidfile {folder}/dockerd.pid --log-level warn >>{folder}/log 2>&1
"""
_CONTAINERD = """
version = 2
root = "{folder}/containerd"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{folder}/containerd.sock"
"""


class EngineUnavailable(Exception):
    """No container engine on this machine; the message says why."""


class Engine:
    """The engine, for as long as the context lasts. `docker` is the command that speaks to it, by `commands`."""

    def __init__(self, commands: Commands, debian: Debian) -> None:
        self._commands = commands
        self._debian = debian
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if os.geteuid() != 0:
            raise EngineUnavailable("a container engine needs root")
        _end_those_left_behind()
        if found := _running("dockerd"):
            raise EngineUnavailable(f"another engine runs here (process {found[0]}), and two do not go together")
        try:
            self._install()
            self._before = _Network(self._commands)
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
            self._start()
        except CommandFailed as error:
            self._close()
            raise EngineUnavailable(" ".join(str(error).split())[-400:]) from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def docker(self, *arguments: str, seconds: float = 300) -> str:
        """What `docker` says. Raises CommandFailed."""
        return self._commands.run(self._docker, *arguments, seconds=seconds)

    def tried(self, *arguments: str, seconds: float = 300) -> str | None:
        return self._commands.tried(self._docker, *arguments, seconds=seconds)

    @property
    def program(self) -> str:
        return self._docker

    def _install(self) -> None:
        missing = [package for program, package in _WANTED.items() if not shutil.which(program, path=_PATH)]
        if missing:
            self._debian.install(*dict.fromkeys(missing))
        client = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else shutil.which("docker", path=_PATH)
        if client is None:
            self._debian.install("docker-cli")
            client = "/usr/bin/docker"
        self._docker = client

    def _start(self) -> None:
        folder = self.folder
        (folder / "owner").write_text(str(os.getpid()))
        (folder / "containerd.toml").write_text(_CONTAINERD.format(folder=folder))
        configuration = folder / "client"
        (configuration / "cli-plugins").mkdir(parents=True)
        (configuration / "config.json").write_text("{}")
        self._commands.environment = {
            "DOCKER_HOST": f"unix://{folder}/docker.sock",
            "DOCKER_CONFIG": str(configuration),
        }
        self._process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _START.format(folder=folder)],
            env={**os.environ, "PATH": _PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_until("the engine answers", self._answers, _START_SECONDS, every=0.2)
        except CommandFailed as error:
            told = [line for line in _text(folder / "log").splitlines() if line.strip()]
            raise CommandFailed(f"{error}: {' '.join(told[-2:])}") from None
        (configuration / "cli-plugins" / "docker-compose").symlink_to(self._compose())

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            told = [line for line in _text(self.folder / "log").splitlines() if line.strip()]
            raise CommandFailed(f"the engine ended: {' '.join(told[-2:])}")
        return self.tried("version", seconds=20) is not None

    def _compose(self) -> Path:
        """Compose 2: the machine's, else a newer Debian's, which runs on an older one. Raises CommandFailed."""
        places = [Path(folder, "docker-compose") for folder in _PLUGINS]
        if found := shutil.which("docker-compose", path=_PATH):
            places.append(Path(found))
        for place in places:
            said = self._commands.tried(place, "version", "--short") if place.exists() else None
            if said and said.strip().lstrip("v").split(".")[0] != "1":
                return place
        unpacked = self._debian.unpacked(_COMPOSE_RELEASE, ["docker-compose"], alone=True)
        self._commands.run("tar", "-C", self.folder, "-xf", unpacked, "./usr/libexec")
        return self.folder / "usr/libexec/docker/cli-plugins/docker-compose"

    def _close(self) -> None:
        folder = getattr(self, "folder", None)
        if folder is None:
            return
        if self._process is not None:
            if self._process.poll() is None:
                if running := (self.tried("ps", "--quiet", seconds=30) or "").split():
                    self.tried("kill", *running, seconds=60)
                self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        _end_all_of(folder)
        if self._process is not None:
            self._process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        self._before.put_back()


class _Network:
    """The machine's network as it was before the engine."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._links = set(os.listdir("/sys/class/net"))
        self._forwarding = _text(_FORWARDING)
        self._rules = {save: self._saved(save) for save in ("iptables-save", "ip6tables-save")}

    def _saved(self, save: str) -> list[str]:
        return (self._commands.tried(save) or "").splitlines()

    def put_back(self) -> None:
        """Takes away the engine's bridges and rules; what somebody else has added meanwhile stays."""
        new = set(os.listdir("/sys/class/net")) - self._links
        ours = {name for name in new if name == "docker0" or name.startswith(("br-", "veth"))}
        for name in sorted(ours):
            self._commands.tried("ip", "link", "delete", name)
        for save, before in self._rules.items():
            now = self._saved(save)
            kept = put_back(now, before, ours)
            if kept != now:
                with contextlib.suppress(CommandFailed):
                    self._commands.run(save.replace("save", "restore"), given="\n".join([*kept, ""]))
        if self._forwarding and _text(_FORWARDING) != self._forwarding:
            _FORWARDING.write_text(self._forwarding)


def put_back(now: list[str], before: list[str], links: set[str]) -> list[str]:
    """The packet filter's rules without those of the engine and its links."""
    return [_policy(line, before) for line in now if not _of_the_engine(line, links, before)]


def _of_the_engine(line: str, links: set[str], before: list[str]) -> bool:
    words = line.split()
    return line not in before and any(word.lstrip(":").startswith("DOCKER") or word in links for word in words)


def _policy(line: str, before: list[str]) -> str:
    """A chain with the policy it had: the engine forbids forwarding."""
    if not line.startswith(":FORWARD "):
        return line
    return next((old for old in before if old.startswith(":FORWARD ")), ":FORWARD ACCEPT [0:0]")


_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
_WANTED: Final = {"dockerd": "docker.io", "containerd": "docker.io", "iptables": "iptables", "ip": "iproute2"}


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _running(program: str) -> list[int]:
    """Processes of that name."""
    found = [path for path in Path("/proc").glob("[0-9]*/comm") if _text(path).strip() == program]
    return [int(path.parent.name) for path in found]


def _processes_of(folder: Path) -> set[int]:
    """Those whose command line names the folder, and their descendants, containers among them; not this process."""
    parents: dict[int, int] = {}
    ours: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(IndexError, ValueError):
            parents[int(process.name)] = int(_text(process / "stat").rpartition(")")[2].split()[1])
            if f"{folder}/" in _text(process / "cmdline"):
                ours.add(int(process.name))
    ours.discard(os.getpid())
    while more := {child for child, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return ours


def _end_all_of(folder: Path) -> None:
    """Ends the engine's processes that are still there: politely, then not. Containers die with what holds them."""
    for number, seconds in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 15.0)):
        for process in _processes_of(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        end = time.monotonic() + seconds
        while _processes_of(folder) and time.monotonic() < end:
            time.sleep(0.1)


def _end_those_left_behind() -> None:
    """Engines of a run that was killed."""
    for owner in Path("/tmp").glob(f"{_PREFIX}*/owner"):
        told = _text(owner).strip()
        if told and "tests.containers" not in _text(Path(f"/proc/{told}/cmdline")):
            _end_all_of(owner.parent)
            shutil.rmtree(owner.parent, ignore_errors=True)
