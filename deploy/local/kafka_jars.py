"""The jars of a Kafka broker, fetched once by their Maven coordinates into a cache folder.

The list with its checksums is `kafka.pom.xml`. Maven fetches them where it is installed (so that the settings and
mirrors of the machine hold), a Maven client in Python where it is not. Whichever did: only what the list pins is used.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import LocalServerUnavailable
from deploy.local.progress import told

KAFKA_VERSION = "4.1.1"
_LIST = Path(__file__).with_name("kafka.pom.xml")
_ENTRY = re.compile(
    r"<groupId>(?P<group>[^<]+)</groupId><artifactId>(?P<artifact>[^<]+)</artifactId><version>(?P<version>[^<]+)</version>"
    r"</dependency>\s*<!-- sha256 (?P<sha256>[0-9a-f]{64}) -->"
)
_FETCH_TIMEOUT = 600


class KafkaUnavailable(LocalServerUnavailable):
    """No private Kafka on this machine; the message says why. Events can go over the Postgres bus instead."""


@dataclass(frozen=True)
class Jar:
    """One pinned file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def intact(self, folder: Path) -> bool:
        try:
            with (folder / self.name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def jars() -> list[Jar]:
    """What the list pins."""
    return [Jar(**entry.groupdict()) for entry in _ENTRY.finditer(_LIST.read_text())]


def kafka_jars() -> Path:
    """The folder with exactly the pinned jars, fetched when it is missing or damaged. Safe in two processes at once."""
    name = f"kafka-{KAFKA_VERSION}-{hashlib.sha256(_LIST.read_bytes()).hexdigest()[:8]}"
    wanted = jars()
    caches = list(_caches())
    if there := next((cache / name for cache in caches if _intact(cache / name, wanted)), None):
        return there
    folder = next((cache / name for cache in caches if _writable(cache)), None)
    if folder is None:
        raise KafkaUnavailable("no cache folder can be written; set GOUFU_CACHE to one that can")
    with told(f"Fetching Apache Kafka {KAFKA_VERSION} (43 MB, once)"), _beside(folder) as fetched:
        _fetch(wanted, fetched)
        _put_in_place(fetched, folder)
    return folder


def _intact(folder: Path, wanted: list[Jar]) -> bool:
    there = {file.name for file in folder.glob("*")}
    return there == {jar.name for jar in wanted} and all(jar.intact(folder) for jar in wanted)


def _caches() -> Iterator[Path]:
    """GOUFU_CACHE, else the user's cache folder and, for a home that cannot be written, one in the temp directory."""
    if given := os.environ.get("GOUFU_CACHE"):
        yield Path(given)
        return
    if home := _home():
        yield home / ".cache" / "goufu"
    temporary = Path(tempfile.gettempdir()) / f"goufu-cache-{os.geteuid()}"
    if not temporary.exists() or temporary.stat().st_uid == os.geteuid():  # anyone may make a folder there
        yield temporary


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """An empty folder on the same file system, so that a rename puts it in place at one stroke."""
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder.parent, ignore_cleanup_errors=True) as temporary:
        fetched = Path(temporary, "jars")
        fetched.mkdir(mode=0o755)
        yield fetched


def _put_in_place(fetched: Path, folder: Path) -> None:
    if folder.exists():  # damaged: out of the way first, and gone with the temporary folder
        folder.rename(fetched.with_name("damaged"))
    try:
        fetched.rename(folder)
    except OSError:
        if not _intact(folder, jars()):  # else another process was faster
            raise


def _fetch(wanted: list[Jar], target: Path) -> None:
    reasons = []
    for fetch in (_fetch_with_maven, _fetch_with_python):
        try:
            fetch(wanted, target)
        except KafkaUnavailable as error:
            reasons.append(str(error))
            continue
        wrong = [jar.name for jar in wanted if not jar.intact(target)]
        if not wrong:
            return
        reasons.append(f"{fetch.__name__.removeprefix('_')}: checksum differs or file missing: {', '.join(wrong)}")
    raise KafkaUnavailable("its jars cannot be fetched: " + "; ".join(reasons))


def _fetch_with_maven(wanted: list[Jar], target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("no mvn on the PATH")
    command = [maven, "-q", "-B", "-f", str(_LIST), "dependency:copy-dependencies", f"-DoutputDirectory={target}"]
    home = _home()
    if home is None or not os.access(home, os.W_OK):
        command.append(f"-Dmaven.repo.local={target.with_name('repository')}")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_FETCH_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KafkaUnavailable(f"mvn: {error}") from error
    if done.returncode != 0:
        raise KafkaUnavailable(f"mvn: {' '.join((done.stdout + done.stderr).split())[:300]}")


def _fetch_with_python(wanted: list[Jar], target: Path) -> None:
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise KafkaUnavailable("no jgo in this environment (`pip install goufu[local]`)") from error
    repository = MavenContext(repo_cache=target.with_name("repository"), timeout=60)

    def fetch(jar: Jar) -> None:
        got = repository.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        shutil.copyfile(got, target / jar.name)

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(fetch, wanted))
    except Exception as error:  # whatever the client or the network raises means the same here: not to be had
        raise KafkaUnavailable(f"jgo: {error}") from error
