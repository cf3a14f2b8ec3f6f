"""What the linter looks after, and that whatever it leaves out has a reason beside it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

RUFF = Path(sys.executable).parent / "ruff"
ELIFS = "".join(f"    elif text == '{number}':\n        found += 'x'\n" for number in range(16))


def found(path: str, text: str) -> set[str]:
    """The rules that a file of that name and text would break."""
    arguments = ["check", "--no-cache", "--output-format", "concise", "--stdin-filename", path, "-"]
    run = subprocess.run([RUFF, *arguments], cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    return {line.split()[1] for line in run.stdout.splitlines() if line.startswith(path)}


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("ARG001", "services/catalog/budgets/handlers.py", "def handle(tx: int, unused: int) -> int:\n    return tx\n"),
        ("S602", "deploy/cli/shell.py", "import subprocess\n\nsubprocess.run('ls', shell=True, check=True)\n"),
        ("S324", "shared/web/keys.py", "import hashlib\n\nhashlib.md5(b'a bid')\n"),
        ("PLW1510", "deploy/cli/shell.py", "import subprocess\n\nsubprocess.run(['ls'])\n"),
        ("PLC0415", "services/catalog/app.py", "def late() -> None:\n    import json\n\n    json.dumps(1)\n"),
        (
            "C901",
            "shared/law/x.py",
            f"def f(text: str) -> str:\n    found = ''\n    if text:\n        pass\n{ELIFS}    return found\n",
        ),
    ],
)
def test_an_offence_against_the_linter_would_be_found(rule: str, path: str, text: str) -> None:
    assert rule in found(path, text)


def without_reason(pyproject: str) -> Iterator[str]:
    """Lines of rules left out that no comment stands above; lines of one comment may follow each other."""
    lists = pyproject.partition("\nignore = [\n")[2].partition("\n]\n")
    files = lists[2].partition("per-file-ignores]\n")[2].partition("\n\n")[0]
    reason = False
    for line in (*lists[0].splitlines(), *files.splitlines()):
        said = line.lstrip().startswith("#")
        if not said and not reason:
            yield line.strip()
        reason = said or (reason and line.startswith('"'))


def test_every_rule_that_is_left_out_has_its_reason() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    planted = pyproject.replace('  "S608",\n', '  "S608",\n  "S602",\n')

    assert list(without_reason(pyproject)) == []
    assert list(without_reason(planted)) == ['"S602",']
