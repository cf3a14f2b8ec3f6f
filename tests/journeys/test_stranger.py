"""Who knows CONTRIBUTING.md alone adds a matter with one command, one event and one task; nothing else is needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_compose import a_database
from tests.support.servers import SECRET

ROOT = Path(__file__).resolve().parents[2]
BROUGHT = ROOT / "tests/support/stranger"
"""The files of the matter, remarks on proposed projects, each where it belongs."""

EDITS: list[tuple[str, str, str]] = [
    ("services/catalog/__init__.py", "consultations (asking the", "remarks (the reviewer's grade of a proposal),\n"),
    (
        "services/catalog/app.py",
        "from services.catalog.requirements.api",
        "from services.catalog.remarks.api import routes as remarks\n"
        "from services.catalog.remarks.tasks import KINDS as REMARKS\n",
    ),
    ("services/catalog/app.py", "MATTERS = [", "KINDS = [*KINDS, *REMARKS]\n"),
    ("services/catalog/app.py", "ROUTES = [", "MATTERS = [*MATTERS, remarks]\n"),
    (
        "services/catalog/tables.py",
        "from services.catalog.requirements.records",
        "from services.catalog.remarks.records import Remark\n",
    ),
    (
        "services/catalog/tables.py",
        "consultations = Table(",
        """remarks = Table(
    "remarks",
    metadata,
    *aggregate("key", "organisation"),
    Column("project_id", Uuid, ForeignKey("projects.id"), nullable=False, index=True),
    Column("grade", Integer, nullable=False),
    Column("made_by", Uuid, nullable=False),
    sa.CheckConstraint("grade BETWEEN 1 AND 5", name="grade"),
)

""",
    ),
    ("services/catalog/tables.py", "        Consultation: consultations,", "        Remark: remarks,\n"),
    (
        "shared/events/catalog.py",
        "class RequirementWritten(_Requirement):",
        '''class RemarkMade(CatalogEvent):
    """The purchaser's reviewer graded a proposed project, from 1 to 5."""

    name: ClassVar[str] = "remark_made"
    audience: ClassVar[Audience] = "services"
    subject_field: ClassVar[str] = "remark_id"

    project_id: UUID
    remark_id: UUID
    grade: int


''',
    ),
    (
        "tests/architecture/test_heard.py",
        '    "it reminds, and changes',
        '    "it is the purchaser\'s own": ("RemarkMade",),\n',
    ),
    (
        "tests/architecture/test_plausible.py",
        '    "a year in figures',
        '    "a grade from 1 to 5": ("make_remark.grade",),\n',
    ),
    (
        "tests/architecture/uncompared.toml",
        "[every.journal]",
        '[catalog.remarks]\n"*" = "a grade of the purchaser\'s own, which decides nothing"\n',
    ),
    (
        "tests/architecture/test_ways_back.py",
        '    "open_consultation": by(',
        '    "make_remark": Decides("a grade, which nothing rests on"),\n',
    ),
    ("tests/abuse/test_interest.py", '            "withdraw_consultation",', '            "make_remark",\n'),
]
"""What goes before which line of which file."""

CHECKED = (
    "tests/catalog/test_remarks_api.py",
    "tests/architecture",
    "tests/shared/test_event_schemas.py",
    "tests/shared/test_migrations.py::test_tables_and_migrations_agree[catalog]",
    "tests/shared/test_texts.py",
    "tests/abuse/test_interest.py::test_every_command_either_asks_or_says_why_not",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """This tree as it stands, without what is generated."""
    leave = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info", "stranger")
    shutil.copytree(ROOT, tmp_path / "copy", ignore=leave)
    return tmp_path / "copy"


def places(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(*words: str, at: Path, **given: str) -> None:
    done = subprocess.run(
        [sys.executable, "-B", "-m", *words],
        cwd=at,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"


@pytest.mark.long
def test_a_matter_is_added_by_what_contributing_says(copy: Path, database_url: str) -> None:
    before = places(copy)

    for file in BROUGHT.rglob("*.txt"):
        target = copy / file.relative_to(BROUGHT).with_suffix("")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    for name, line, text in EDITS:
        if not (copy / name).exists():
            continue  # a list of exceptions goes when it is empty
        found = (copy / name).read_text(encoding="utf-8")
        assert found.count(line) == 1, f"{name}: {line}"
        (copy / name).write_text(found.replace(line, text + line), encoding="utf-8")
    by_hand = {name for name, content in places(copy).items() if before.get(name) != content}
    with a_database(database_url, "strangers") as url:
        given = {"DATABASE_URL": url, "GOUFU_ROLE_SECRET": SECRET}
        told("deploy.cli.main", "migrate", "--sandbox", at=ROOT, **given)
        told("deploy.cli.main", "revise", "catalog", "remarks on projects", at=copy, **given)
    told("deploy.event_schemas", at=copy)
    told("deploy.api_documents", at=copy)
    told("pytest", *CHECKED, "-q", at=copy, DATABASE_URL=database_url)

    touched = {name for name, content in places(copy).items() if before.get(name) != content}
    assert len(by_hand) <= 16, sorted(by_hand)
    assert len(touched - by_hand) == 3, sorted(touched - by_hand)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    general = {Path(name.replace("catalog", "<service>").replace("remarks", "<matter>")).name for name in by_hand}
    assert {name for name in general if name not in contributing} == set()
