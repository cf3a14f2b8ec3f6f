"""Who knows one service knows them all: the same rooms with the same names, and nothing else beside them."""

import ast
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture.source import ROOT, Source, read, services
from tests.architecture.test_rules_are_pure import impurities

NEEDED = frozenset(
    ("__init__.py", "app.py", "worker.py", "consumers.py", "tables.py", "rulebook.py", "recorded.py", "migrations")
)
ROOMS = NEEDED | {"settings.py", "fields.py", "cases.py"}
MATTER = frozenset(
    ("__init__.py", "records.py", "rules.py", "handlers.py", "store.py", "api.py", "views.py", "tasks.py", "events.py")
)
DATA = (".csv", ".toml", ".json", ".txt")

EXCEPTIONS = {
    "services/catalog/directories/sheets.py": "reads and writes an edition as CSV, a form of its own beside JSON",
    "services/contracts/treasury.py": "the adapter that posts payment orders to the treasury",
    "services/catalog/law.py": "which text governs a place, for several matters",
    "services/registry/law.py": "which text decides where, for several matters",
    "services/registry/posts/administrators.py": "who stays to give posts, for the handlers of posts and of persons",
    "services/registry/changes/overtaken.py": "what ends with an organisation, for the handlers of several matters",
    "services/registry/posts/bootstrap.py": "the first administrators, whom a command makes and no request",
    "services/catalog/papers.py": "which records of several matters name documents",
    "services/contracts/papers.py": "which records of several matters name documents",
    "services/registry/papers.py": "which records of several matters name documents",
    "services/tendering/papers.py": "which records of several matters name documents",
    "services/registry/questions.py": "questions without effect about several matters, under any text",
    "services/contracts/endings/proposals.py": "taking a proposed end back, for the commands on drafts and signatures",
    "services/tendering/explanations/looks.py": "what scores and explanations both ask of the prices",
    "services/tendering/awards/announcement.py": "the part of two handlers that announces an award",
    "services/evaluation/objections/corrections.py": "the handler that sets an answer right, and its result with it",
    "services/tendering/awards/corrections.py": "the handler that sets the reasons of an award right",
    "services/tendering/awards/choices.py": "the handlers of what two persons choose after a blocked award",
    "services/tendering/awards/endings.py": "how an award ends, for the handlers of several matters and of events",
    "services/tendering/opening/acts.py": "the handlers of what happens between proposal and confirmation",
    "services/tendering/opening/skips.py": "what the opening asks those again who left out an event before it",
    "services/tendering/opening/unsealing.py": "what sealed bids hold, once the opening key is there",
    "services/tendering/panels/interests.py": "who keeps away from a purchase, for the handlers of several matters",
}
"""Files beside the rooms, each with the reason why. A pure module in a matter needs none: it is the matter's data."""


def is_pure(path: str) -> bool:
    return path.endswith(".py") and not [offence for source in read(path) for offence in impurities(source)]


def out_of_place(paths: Iterable[str], is_pure: Callable[[str], bool] = is_pure) -> Iterator[str]:
    """Paths below `services/` that belong into no room."""
    for path in paths:
        _, service, *rest = path.split("/")
        match rest:
            case [name] if name in ROOMS or path in EXCEPTIONS:
                continue
            case ["migrations", name] if name.endswith(".py"):
                continue
            case [_, name] if name in MATTER or path in EXCEPTIONS or is_pure(path):
                continue
            case [_, *_, name] if name.endswith(DATA):
                continue
        yield f"{path}: no room of {service} holds this: rules, handlers, store, api, views, or an exception explained"


def missing(service: str, names: Iterable[str]) -> list[str]:
    return sorted(NEEDED - set(names))


def everything_in_services() -> list[str]:
    files = [path for path in (ROOT / "services").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return sorted(path.relative_to(ROOT).as_posix() for path in files if path.parent != ROOT / "services")


def test_there_are_five_services_at_least() -> None:
    assert {"catalog", "registry", "tendering", "contracts", "evaluation"} <= set(services())


@pytest.mark.parametrize("service", services())
def test_every_service_has_the_same_rooms(service: str) -> None:
    assert missing(service, (path.name for path in (ROOT / "services" / service).iterdir())) == []


def test_nothing_stands_beside_the_rooms() -> None:
    assert list(out_of_place(everything_in_services())) == []


def test_every_exception_is_explained_and_there() -> None:
    for path, why in EXCEPTIONS.items():
        assert (ROOT / path).exists(), path
        assert len(why.split()) > 3, path


@pytest.mark.parametrize(
    "path",
    [
        "services/contracts/helpers.py",
        "services/contracts/models.py",
        "services/contracts/payments/deep/rules.py",
        "services/contracts/payments/notes.md",
    ],
)
def test_a_room_of_ones_own_would_be_found(path: str) -> None:
    assert list(out_of_place([path]))


def test_an_impure_module_in_a_matter_would_be_found() -> None:
    paths = ["services/contracts/payments/service.py"]

    assert list(out_of_place(paths, is_pure=lambda path: False))
    assert list(out_of_place(paths, is_pure=lambda path: True)) == []


def test_a_missing_room_would_be_found() -> None:
    assert missing("contracts", ["__init__.py", "app.py"]) == [
        "consumers.py",
        "migrations",
        "recorded.py",
        "rulebook.py",
        "tables.py",
        "worker.py",
    ]


# --- what stands in a room


def misfits(source: Source) -> Iterator[str]:
    """What a room's name promises: `app.py` makes the app, `tables.py` says tables, `__init__.py` says a sentence."""
    body = source.tree.body
    functions = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    assigned = {name.id for node in ast.walk(source.tree) for name in _targets(node)}
    if ast.get_docstring(source.tree) is None:
        yield source.at(source.tree, "say in a docstring what this is for")
    match source.name:
        case "__init__.py" if len(body) > 1:
            yield source.at(body[1], "a package's own file holds no code")
        case "app.py" if [f.name for f in functions] != ["create_app"] or classes:
            yield source.at(source.tree, "app.py holds create_app and nothing else")
        case "worker.py" if "WORKER" not in assigned or functions or classes:
            yield source.at(source.tree, "worker.py holds WORKER and nothing else")
        case "consumers.py" if not {"COPIES", "REACTIONS"} <= assigned or classes:
            yield source.at(source.tree, "consumers.py holds the two tables COPIES and REACTIONS")
        case "tables.py" if "metadata" not in assigned or classes or any(f.name[0] != "_" for f in functions):
            yield source.at(source.tree, "tables.py holds tables, without methods")
        case "api.py" if "routes" not in assigned:
            yield source.at(source.tree, "api.py holds `routes`")


def _targets(node: ast.AST) -> Iterator[ast.Name]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    yield from (target for target in targets if isinstance(target, ast.Name))


def test_a_room_holds_what_its_name_says() -> None:
    names = (
        "__init__",
        "app",
        "worker",
        "consumers",
        "tables",
        "rulebook",
        "rules",
        "handlers",
        "store",
        "api",
        "views",
    )
    sources = read(*(f"services/*/{name}.py" for name in names), *(f"services/*/*/{name}.py" for name in names))
    sources = [source for source in sources if "migrations" not in source.parts]

    assert [offence for source in sources for offence in misfits(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/x/__init__.py", '"""X."""\nimport os'),
        ("services/x/__init__.py", ""),
        ("services/x/app.py", '"""X."""\ndef create_app(): ...\ndef helper(): ...'),
        ("services/x/worker.py", '"""X."""\nWORKER = 1\ndef helper(): ...'),
        ("services/x/consumers.py", '"""X."""\nCOPIES = ()'),
        ("services/x/tables.py", '"""X."""\nmetadata = 1\nclass Contract: ...'),
        ("services/x/y/api.py", '"""X."""\nrouter = 1'),
        ("services/x/y/rules.py", "x = 1"),
    ],
)
def test_a_misfit_would_be_found(path: str, text: str) -> None:
    assert list(misfits(Source(path, text)))


# --- what waits


def left_out(matters: Iterable[str], app: Source) -> list[str]:
    """Matters with tasks that the service's app does not gather: nobody would see what waits in them."""
    gathered = {name.split(".")[2] for _, name in app.imports() if name.endswith(".tasks.KINDS")}
    return sorted(set(matters) - gathered)


def test_every_matters_tasks_are_gathered() -> None:
    for service in services():
        found = [source.parts[-2] for source in read(f"services/{service}/*/tasks.py") if "\nKINDS = " in source.text]
        (app,) = read(f"services/{service}/app.py")
        assert left_out(found, app) == []


def test_tasks_that_nobody_gathers_would_be_found() -> None:
    app = Source("services/x/app.py", "from services.x.a.tasks import KINDS as A")

    assert left_out(["a", "b"], app) == ["b"]
