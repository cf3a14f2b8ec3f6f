"""The OpenAPI document of each service as it lies in docs/api, made from its application without a database.

`make api` writes them anew. A test fails when a route, a body or an answer differs from what is committed, so that a
change of the API shows in review.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from deploy import law_uses, state_diagrams
from shared.events import SERVICES
from shared.process.settings import Settings

FOLDER = Path(__file__).resolve().parents[1] / "docs/api"
WIDTH = 120


def file_of(service: str) -> Path:
    return FOLDER / f"{service}.openapi.json"


def text_of(document: dict[str, Any]) -> str:
    """The document as it is committed: what fits into a line stands in one, and no address of a deployment."""
    return _text({name: each for name, each in document.items() if name != "servers"}, 0, 0) + "\n"


def _text(value: Any, indent: int, before: int) -> str:
    """`before` is how much of the line is taken by the name of the value."""
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if not isinstance(value, dict | list) or indent + before + len(line) < WIDTH:
        return line
    if isinstance(value, list):
        parts = [_text(each, indent + 1, 0) for each in value]
    else:
        names = ((f"{json.dumps(name, ensure_ascii=False)}: ", each) for name, each in sorted(value.items()))
        parts = [name + _text(each, indent + 1, len(name)) for name, each in names]
    begin, end = "[]" if isinstance(value, list) else "{}"
    gap = "\n" + " " * indent
    return f"{begin}{gap} " + f",{gap} ".join(parts) + f"{gap}{end}"


def main() -> None:
    """Writes the documents of all services, the page of their records' states, and where values of the law are read."""
    state_diagrams.main()
    law_uses.main()
    urls: dict[str, Any] = {f"{name}_url": "postgresql://nobody@nowhere/none" for name in SERVICES}
    for service in SERVICES:
        app = import_module(f"services.{service}.app").create_app(Settings(**urls, sandbox=True, jwks="none.json"))
        file_of(service).write_text(text_of(app.openapi()), encoding="utf-8")


if __name__ == "__main__":
    main()
