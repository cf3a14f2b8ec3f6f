"""What is shared is a list: a new file is admitted when three services use it and it holds no rule of procurement."""

from tests.architecture.source import read

ADMITTED: dict[str, tuple[str, ...]] = {
    "shared": ("__init__", "routes", "worker"),
    "shared/bus": ("__init__", "access", "kafka", "kafka_admit", "login", "postgres", "records"),
    "shared/errands": ("__init__", "deadlines", "dispatch_routes", "dispatches", "documents", "notices", "retention"),
    "shared/events": (
        "__init__",
        "catalog",
        "contracts",
        "evaluation",
        "registry",
        "road",
        "tendering",
    ),
    "shared/fields": (
        "__init__",
        "calendar",
        "credit_code",
        "days",
        "ids",
        "money",
        "payment_terms",
        "places",
        "process_clock",
        "strict_json",
        "text",
    ),
    "shared/law": (
        *("__init__", "cases", "decision", "grading", "instruments", "released", "rulebook", "scope", "vocabulary"),
    ),
    "shared/people": ("__init__", "copies", "erasing", "interest"),
    "shared/process": ("__init__", "addresses", "faults", "outages", "settings", "telemetry"),
    "shared/reading": (
        *("__init__", "feed", "held", "law", "rulebooks", "sheets", "tasks", "values", "visibility", "vocabulary"),
    ),
    "shared/road": (
        "__init__",
        "audit",
        "checkpoints",
        "consumer",
        "followed",
        "migrations",
        "rebuild",
        "recorded",
        "recovery",
        "relay",
        "sealed",
        "tables",
        "timelines",
    ),
    "shared/road/alembic": ("env",),
    "shared/sealing": ("__init__", "envelope", "keys", "shares", "suites"),
    "shared/web": ("__init__", "errors", "http", "issuer", "limits", "paging", "signing_keys", "texts", "tokens"),
    "shared/work": (
        "bounds",
        "__init__",
        "acts",
        "conflicts",
        "database",
        "denials",
        "facts",
        "identity",
        "journal",
        "proposals",
        "records",
        "refusals",
        "revisions",
        "seals",
        "sql",
        "states",
        "weight",
        "writes",
    ),
}


def changes(found: list[str], admitted: list[str]) -> dict[str, list[str]]:
    return {"not admitted": sorted(set(found) - set(admitted)), "gone": sorted(set(admitted) - set(found))}


def test_shared_holds_what_was_admitted_and_nothing_else() -> None:
    found = [source.path for source in read("shared/**/*.py") if "/versions/" not in source.path]

    admitted = [f"{folder}/{name}.py" for folder, names in ADMITTED.items() for name in names]

    assert changes(found, admitted) == {"not admitted": [], "gone": []}


def test_sheets_are_written_in_one_place() -> None:
    """Elsewhere a cell that a spreadsheet program runs would be written as it is."""
    writers = [source.path for source in read("services/**/*.py", "shared/**/*.py") if "csv.writer" in source.text]

    assert writers == ["shared/reading/sheets.py"]


def test_a_new_file_and_a_lost_one_would_be_found() -> None:
    found = changes(["shared/fields/money.py", "shared/scoring.py"], ["shared/fields/money.py", "shared/worker.py"])

    assert found == {"not admitted": ["shared/scoring.py"], "gone": ["shared/worker.py"]}
