"""Debian's packages: installed on this machine, or unpacked into a folder that becomes a base image.

Where packages come from is what the machine's own apt is configured with; another release is asked of the same place.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.containers.commands import CommandFailed, Commands

KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
SMALLEST: Final = (
    *("base-files", "base-passwd", "bash", "ca-certificates", "coreutils", "dash", "debianutils", "findutils", "grep"),
    *("gzip", "libc-bin", "libstdc++6", "mawk", "netbase", "passwd", "sed", "tar", "tzdata"),
)
_NOT_UNPACKED: Final = ("doc", "man", "locale", "info", "lintian", "bug")
_POLICY: Final = Path("/usr/sbin/policy-rc.d")


class Debian:
    """This machine's apt, and a cache of what was unpacked."""

    def __init__(self, commands: Commands, cache: Path) -> None:
        self._commands = commands
        self._cache = cache

    def install(self, *packages: str) -> None:
        """Installs packages here; services they bring are not started. Raises CommandFailed."""
        quietly = {"DEBIAN_FRONTEND": "noninteractive"}
        install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *packages)
        makes = not _POLICY.exists()
        if makes:
            _POLICY.write_text("#!/bin/sh\nexit 101\n")
            _POLICY.chmod(0o755)
        try:
            try:
                self._commands.run(*install, environment=quietly)
            except CommandFailed:
                self._commands.run("apt-get", "update", "-q", environment=quietly)
                self._commands.run(*install, environment=quietly)
        finally:
            if makes:
                _POLICY.unlink()

    def unpacked(self, release: str, packages: Sequence[str], *, alone: bool = False) -> Path:
        """A tar file of these packages of a release with all they depend on (`alone`: without), from the cache or
        anew. Nothing of them is configured. Raises CommandFailed."""
        key = hashlib.sha256(repr((sorted(packages), alone)).encode()).hexdigest()[:8]
        kept = self._cache / f"debian-{release}-{key}.tar"
        if not kept.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=self._cache) as folder:
                self._unpack(release, packages, Path(folder), alone=alone)
                made = Path(folder, "made.tar")
                self._commands.run("tar", "-C", Path(folder, "root"), "-cf", made, ".")
                made.rename(kept)
        return kept

    def _unpack(self, release: str, packages: Sequence[str], folder: Path, *, alone: bool) -> None:
        root, state = folder / "root", folder / "state"
        for each in ("lists/partial", "archives/partial"):
            (state / each).mkdir(parents=True)
        (state / "status").write_text("")
        (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {self._source()} {release} main\n")
        apt = self._apt(state)
        self._commands.run(*apt, "update")
        if alone:
            self._commands.run(*apt, "download", *packages, folder=state / "archives")
        else:
            self._commands.run(*apt, "install", "-y", "--download-only", *packages)
            for each in ("bin", "sbin", "lib", "lib64"):
                (root / "usr" / each).mkdir(parents=True)
                (root / each).symlink_to(f"usr/{each}")
        root.mkdir(exist_ok=True)
        leave = [f"--exclude=./usr/share/{each}" for each in _NOT_UNPACKED]
        for package in sorted((state / "archives").glob("*.deb")):
            content = folder / "content.tar"
            with content.open("wb") as file:
                self._commands.pipe(file, "dpkg-deb", "--fsys-tarfile", package)
            self._commands.run("tar", "-C", root, "--keep-directory-symlink", *leave, "-xf", content)
        if not alone:
            for name in ("passwd", "group"):
                shutil.copy(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
            for each in ("bin", "lib", "sbin", "share"):
                (root / "usr/local" / each).mkdir(parents=True, exist_ok=True)
            self._commands.run("ldconfig", "-r", root)

    def _source(self) -> str:
        """The first archive that this machine's apt asks."""
        asked = self._commands.run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
        for line in asked.splitlines():
            if line.rstrip("/").endswith("/debian"):
                return line.rstrip("/")
        raise CommandFailed("apt here names no archive of Debian")

    @staticmethod
    def _apt(state: Path) -> list[str]:
        options = {
            "Dir::Etc::sourcelist": state / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": state / "lists",
            "Dir::State::status": state / "status",
            "Dir::Cache::archives": state / "archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "APT::Sandbox::User": "root",
            "APT::Install-Recommends": "0",
            "DPkg::Post-Invoke": "",
            "APT::Update::Post-Invoke": "",
            "APT::Update::Post-Invoke-Success": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        return ["apt-get", "-q=2", *(f"-o{name}={value}" for name, value in options.items())]


def cache() -> Path:
    """Where what was fetched is kept for the next time: GOUFU_CACHE, else the user's cache folder."""
    given = os.environ.get("GOUFU_CACHE")
    return (Path(given) if given else Path.home() / ".cache" / "goufu") / "containers"
