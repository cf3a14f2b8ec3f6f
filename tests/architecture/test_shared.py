"""What is shared is a list: a new file is admitted when three services use it and it holds no rule of procurement."""

from tests.architecture.source import read

ADMITTED: dict[str, tuple[str, ...]] = {
    "shared": (
        "__init__",
        "acts",
        "audit",
        "calendar",
        "checkpoints",
        "conflicts",
        "copies",
        "credit_code",
        "database",
        "deadlines",
        "decision",
        "denials",
        "dispatch_routes",
        "dispatches",
        "documents",
        "errors",
        "faults",
        "feed",
        "held",
        "http",
        "identity",
        "ids",
        "inbox",
        "interest",
        "issuer",
        "journal",
        "law",
        "ledger",
        "limits",
        "migrations",
        "money",
        "notices",
        "outages",
        "paging",
        "people",
        "places",
        "process_clock",
        "recorded",
        "records",
        "recovery",
        "refusals",
        "retention",
        "road",
        "revisions",
        "rulebook",
        "seals",
        "settings",
        "sheets",
        "signing_keys",
        "sql",
        "strict_json",
        "tables",
        "tasks",
        "telemetry",
        "text",
        "texts",
        "timelines",
        "tokens",
        "visibility",
        "weight",
        "worker",
        "writes",
    ),
    "shared/alembic": ("env",),
    "shared/bus": (
        "__init__",
        "access",
        "kafka",
        "kafka_admit",
        "login",
        "postgres",
    ),
    "shared/events": (
        "__init__",
        "catalog",
        "contracts",
        "evaluation",
        "registry",
        "road",
        "schema",
        "tendering",
    ),
    "shared/sealing": ("__init__", "envelope", "keys", "shares", "suites"),
}


def changes(found: list[str], admitted: list[str]) -> dict[str, list[str]]:
    return {"not admitted": sorted(set(found) - set(admitted)), "gone": sorted(set(admitted) - set(found))}


def test_shared_holds_what_was_admitted_and_nothing_else() -> None:
    found = [source.path for source in read("shared/**/*.py")]

    admitted = [f"{folder}/{name}.py" for folder, names in ADMITTED.items() for name in names]

    assert changes(found, admitted) == {"not admitted": [], "gone": []}


def test_sheets_are_written_in_one_place() -> None:
    """Elsewhere a cell that a spreadsheet program runs would be written as it is."""
    writers = [source.path for source in read("services/**/*.py", "shared/**/*.py") if "csv.writer" in source.text]

    assert writers == ["shared/sheets.py"]


def test_a_new_file_and_a_lost_one_would_be_found() -> None:
    found = changes(["shared/money.py", "shared/scoring.py"], ["shared/money.py", "shared/text.py"])

    assert found == {"not admitted": ["shared/scoring.py"], "gone": ["shared/text.py"]}
