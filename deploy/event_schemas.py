"""JSON Schemas of all events and of the treasury's order, generated from their classes: `make api` writes them anew.

They lie in shared/events/schemas so that a change of what travels shows in review; a test fails when they drift.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from shared.events import EVENTS, SERVICES, Event
from shared.events.contracts import TreasuryOrder

_ROOT = Path(__file__).resolve().parents[1]
FOLDER = _ROOT / "shared/events/schemas"
SENT = {"goufu.contracts.treasury_order.v1": TreasuryOrder}
"""What is sent to others than our services, and is no event."""


def all_events() -> dict[str, type[Event]]:
    """Every event by its name on the wire: what a service tells others, and what its matters keep to themselves."""
    for service in SERVICES:
        import_module(f"shared.events.{service}")
        for path in sorted(_ROOT.glob(f"services/{service}/*/events.py")):
            import_module(".".join(path.relative_to(_ROOT).with_suffix("").parts))
    return EVENTS


def schemas() -> dict[str, str]:
    """File name → content, one file an event type."""
    events = {f"{name}.json": _event(event) for name, event in sorted(all_events().items())}
    sent = {f"{name}.json": _text({"$id": name, **_schema(model)}) for name, model in SENT.items()}
    return {**events, **sent}


def _event(event: type[Event]) -> str:
    return _text({"$id": event.type_name(), "audience": event.audience, "key": event.key_field, **_schema(event)})


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(mode="serialization")


def _text(schema: dict[str, Any]) -> str:
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
