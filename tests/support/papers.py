"""Documents as people upload them and acts name them."""

from typing import Any
from uuid import UUID, uuid4

from tests.support.world import Person, Reply, World


async def uploaded(person: Person, service: str, text: str = "", **headers: str) -> dict[str, Any]:
    """A text that nobody else has, uploaded by that person."""
    sent = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream", **headers}
    body = f"{text or '附件'} {uuid4()}".encode()
    return dict((await person.send(service, "POST", "/v1/documents", content=body, headers=sent)).ok())


async def reads(person: Person, service: str, document: dict[str, Any]) -> bool:
    """Whether the person gets its bytes."""
    answer = await person.get(service, f"/v1/documents/{document['id']}/content")
    if answer.status != 200:
        answer.problem(404, "not_found")
    return answer.status == 200


async def listed(person: Person, service: str, kind: str, record: object) -> Reply:
    return await person.get(service, "/v1/documents", kind=kind, record=str(record))


async def on_record(world: World, service: str, document: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that name the document, each with its hash."""
    rows = await world.rows(
        "SELECT entry::jsonb -> 'event' AS event, audience FROM"
        f" {service}.journal WHERE type = $1 AND entry::jsonb -> 'event' -> 'documents' ? $2",
        f"goufu.{service}.documents_named.v1",
        str(document["id"]),
    )
    return [{**row["event"], "audience": row["audience"]} for row in rows]


async def states(world: World, service: str, *documents: dict[str, Any]) -> list[str]:
    ids = [UUID(each["id"]) for each in documents]
    rows = await world.rows(f"SELECT id, state FROM {service}.documents WHERE id = ANY($1)", ids)
    found = {row["id"]: row["state"] for row in rows}
    return [found[each] for each in ids]
