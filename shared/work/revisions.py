"""Which tables this program was written for: the revisions of a service's migrations, known without running them."""

import re
from functools import cache
from pathlib import Path

_SERVICES = Path(__file__).resolve().parents[2] / "services"
_SAYS = re.compile(r'^(revision|down_revision)\b[^=\n]*= (?:"(\w+)"|None)$', re.MULTILINE)


@cache
def revisions(service: str) -> tuple[frozenset[str], str]:
    """Every revision of the service, and the last one."""
    known, before = set(), set()
    for path in (_SERVICES / service / "migrations").glob("[0-9]*.py"):
        said = dict(_SAYS.findall(path.read_text(encoding="utf-8")))
        known.add(said["revision"])
        before.add(said["down_revision"])
    [last] = known - before
    return frozenset(known), last


def is_behind(service: str, has: str | None) -> bool:
    """Whether tables of this revision lack what the program needs. Those of a revision that it does not know are newer,
    and a program of the release before goes on with them while the others are replaced."""
    known, last = revisions(service)
    return has is None or (has in known and has != last)
