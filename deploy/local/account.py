"""The operating system's user that private servers run as.

PostgreSQL refuses to run as root, and nothing else needs to. Started by root, servers run as a plain user that is
already there; started by anyone else, as that user. No user is created, and no file mode outside our own folder is
changed.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class LocalServerUnavailable(Exception):
    """A private server cannot be had on this machine; the message says why and what to do instead."""


@dataclass(frozen=True)
class Account:
    """An existing plain user."""

    name: str
    uid: int
    gid: int


PLAIN_USERS = ("postgres", "nobody")


def server_account() -> Account | None:
    """The plain user servers must run as, or None when they simply run as whoever we are."""
    if os.geteuid() != 0:
        return None
    for name in PLAIN_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LocalServerUnavailable(
        f"as root, private servers need an existing plain user ({' or '.join(PLAIN_USERS)}) and there is none; "
        "run as a plain user, or set DATABASE_URL and KAFKA_BOOTSTRAP"
    )


def output_as(account: Account | None, argv: Sequence[str | Path]) -> str | None:
    """What a short command prints when that user runs it; None when the user cannot run it or it fails."""
    try:
        done = subprocess.run(
            [*map(str, argv)],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def may_read(account: Account | None, path: Path) -> bool:
    """Whether that user can reach and read a file, or enter a folder."""
    test = '[ -r "$0" ] && { [ ! -d "$0" ] || [ -x "$0" ]; }'
    return output_as(account, ["/bin/sh", "-c", test, path]) is not None
