"""JSON Schemas of all events, generated from their classes: `python -m shared.events.schema` writes them anew.

They lie beside the code so that a change of what travels shows in review; a test fails when they drift.
"""

import json
from importlib import import_module
from pathlib import Path

from shared.events import EVENTS
from shared.settings import SERVICES

FOLDER = Path(__file__).parent / "schemas"


def schemas() -> dict[str, str]:
    """File name → content, one file an event type."""
    for service in SERVICES:
        import_module(f"shared.events.{service}")
    return {f"{name}.json": _text(name) for name in sorted(EVENTS)}


def _text(name: str) -> str:
    event = EVENTS[name]
    schema = event.model_json_schema(mode="serialization")
    schema = {"$id": name, "audience": event.audience, "key": event.key_field, **schema}
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Writes the folder: changed files, new ones, and none that no event has any more."""
    FOLDER.mkdir(exist_ok=True)
    wanted = schemas()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
