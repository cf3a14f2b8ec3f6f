"""Released versions of the law: what was released is never edited, a correction is a new version.

`released.toml` holds the SHA-256 of every version below `instruments` that was released, by its name. `goufu law check`
and a test refuse a file that is not what was released. The vocabulary is not among them: it may grow.
"""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

from shared.law.rulebook import HERE, INSTRUMENTS

RELEASED = HERE / "released.toml"


def digests(folder: Path = INSTRUMENTS) -> dict[str, str]:
    """The hash of each version of each text, by its name."""
    files = sorted(folder.glob("*/*.toml"))
    return {f"{path.parent.name}@{path.stem}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def unlike(folder: Path = INSTRUMENTS, released: Path = RELEASED) -> Iterator[str]:
    """A sentence for each file that is not what was released."""
    known: dict[str, str] = tomllib.loads(released.read_text(encoding="utf-8"))
    found = digests(folder)
    for name in sorted(known.keys() | found.keys()):
        if name in known and name not in found:
            yield f"{name} was released and its file is gone: old decisions are bound to it"
        elif name in known and known[name] != found[name]:
            yield f"{name} was released and has been edited: write the correction as a new version"


def release(folder: Path = INSTRUMENTS, released: Path = RELEASED) -> list[str]:
    """Writes the hashes of the versions that are not released yet, and returns their names; none that is changes."""
    known: dict[str, str] = tomllib.loads(released.read_text(encoding="utf-8")) if released.exists() else {}
    new = {name: digest for name, digest in digests(folder).items() if name not in known}
    lines = (f'"{name}" = "{digest}"\n' for name, digest in sorted({**known, **new}.items()))
    released.write_text("".join(lines), encoding="utf-8")
    return sorted(new)
