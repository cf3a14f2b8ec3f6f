"""`make audit-dependencies`: whether a pinned package is one that a known vulnerability names.

pip-audit asks the package index's database. It lies in an environment of its own (build/audit), made at the first call.
Where neither can be reached nothing is checked, which the last line says, and that is an error only where
`GOUFU_REQUIRE_AUDIT` is set: a build without a network tells nothing about our packages.
"""

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "audit"
REPORT = ROOT / "build" / "audit.json"
AUDITED = ROOT / "requirements-dev.txt"
"""Holds what the others hold, and more."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: how many packages are pinned, how many the database knows, and what it says against them."""

    packages: int
    checked: int
    vulnerable: tuple[str, ...]

    def summary(self) -> str:
        """The last line."""
        found = f"audit: packages={self.packages} checked={self.checked} vulnerable={len(self.vulnerable)}"
        return (
            found if self.checked else f"{found} (no database of vulnerabilities can be reached: nothing was checked)"
        )

    def status(self, required: bool) -> int:
        """0 when nothing is known against a package, 1 when something is, or when nothing could be known and had to."""
        return 1 if self.vulnerable or (required and not self.checked) else 0


def outcome(report: dict[str, Any] | None) -> Outcome:
    """Reads pip-audit's report; None where it wrote none. What the index does not know counts as not checked, though
    pip-audit itself finds nothing against it."""
    packages = (report or {}).get("dependencies", [])
    checked = [each for each in packages if "skip_reason" not in each]
    return Outcome(
        packages=len(packages),
        checked=len(checked),
        vulnerable=tuple(
            f"{each['name']} {each['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'no version'}"
            for each in checked
            for one in each["vulns"]
        ),
    )


def audit() -> dict[str, Any] | None:
    """pip-audit's report, None where it could not be installed or could not ask."""
    program = HOME / "bin" / "pip-audit"
    REPORT.unlink(missing_ok=True)
    if not program.exists():
        venv.create(HOME, with_pip=True, clear=True)
        pinned: list[str | Path] = [HOME / "bin" / "python", "-m", "pip", "--quiet", "install", "--require-hashes"]
        if subprocess.run([*pinned, "-r", ROOT / "requirements-audit.txt"], check=False).returncode:
            return None
    asked: list[str | Path] = [
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
        "--format",
        "json",
        "--output",
        REPORT,
    ]
    run = subprocess.run([program, *asked, "-r", AUDITED], check=False, capture_output=True, text=True)
    if not REPORT.exists():
        print(*run.stderr.splitlines()[-1:], sep="\n", file=sys.stderr)
        return None
    report: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    return report


def main() -> int:
    found = outcome(audit())
    for each in found.vulnerable:
        print(each)
    print(found.summary())
    return found.status(required=bool(os.environ.get("GOUFU_REQUIRE_AUDIT")))


if __name__ == "__main__":
    sys.exit(main())
