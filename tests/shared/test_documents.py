import hashlib
from uuid import UUID, uuid4

from shared.database import Transaction
from shared.documents import link, sniff, sweep_unlinked
from tests.support.world import Person, Reply, World

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


async def upload(person: Person, body: bytes, **headers: str) -> Reply:
    sent = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream", **headers}
    return await person.send("contracts", "POST", "/v1/documents", content=body, headers=sent)


async def test_an_upload_is_answered_with_the_hash_of_its_bytes(world: World) -> None:
    person = await world.person(duties={"draft_contract"})

    stored = (await upload(person, PDF)).ok()

    assert stored["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (stored["media_type"], stored["size"], stored["state"]) == ("application/pdf", len(PDF), "pending")


async def test_the_bytes_come_back_as_an_attachment_with_a_harmless_name(world: World) -> None:
    person = await world.person(duties={"draft_contract"})
    stored = (await upload(person, PDF, **{"document-name": '../../x";y.pdf'})).ok()

    answer = await person.get("contracts", f"/v1/documents/{stored['id']}/content")

    assert answer.body == PDF
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''..%2F..%2Fx%22%3By.pdf".replace(
        "%2F", "/"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_another_organisations_document_is_not_there(world: World) -> None:
    owner, stranger = await world.person(duties={"a"}), await world.person(duties={"a"}, organisation=uuid4())
    stored = (await upload(owner, PDF)).ok()

    answer = await stranger.get("contracts", f"/v1/documents/{stored['id']}/content")

    answer.problem(404, "not_found")


async def test_a_program_called_pdf_is_refused_for_what_its_bytes_say(world: World) -> None:
    person = await world.person(duties={"a"})

    answer = await upload(person, b"MZ\x90\x00" + bytes(200), **{"document-name": "bill.pdf"})

    answer.problem(415, "media_type")


async def test_more_than_sixteen_mebibytes_are_refused(world: World) -> None:
    person = await world.person(duties={"a"})

    answer = await upload(person, b"%PDF-1.7\n" + bytes(16 << 20))

    answer.problem(413, "too_large")


async def test_a_linked_document_cannot_be_linked_to_something_else(world: World) -> None:
    person = await world.person(duties={"a"})
    stored = (await upload(person, PDF)).ok()
    record, other = uuid4(), uuid4()
    service = world.services["contracts"]

    async with service.database.system_transaction(service.writer) as tx:
        digest = await link(tx, UUID(stored["id"]), record, person.organisation)
    taken = await linked(service, UUID(stored["id"]), other, person.organisation)

    assert digest.hex() == stored["sha256"]
    assert taken is False


async def linked(service: object, document: UUID, record: UUID, organisation: UUID) -> bool:
    from shared.database import NotFound

    try:
        async with service.database.system_transaction(service.writer) as tx:  # type: ignore[attr-defined]
            await link(tx, document, record, organisation)
    except NotFound:
        return False
    return True


async def test_uploads_nobody_linked_are_swept_after_a_day(world: World) -> None:
    person = await world.person(duties={"a"})
    stored = (await upload(person, PDF)).ok()
    service = world.services["contracts"]
    await world.rows("UPDATE contracts.documents SET created_at = created_at - interval '25 hours'")

    async with service.database.system_transaction(service.writer) as tx:
        assert isinstance(tx, Transaction)
        swept = await sweep_unlinked(tx, service.app.state.documents)

    assert swept >= 1
    (await person.get("contracts", f"/v1/documents/{stored['id']}/content")).problem(404)


def test_plain_text_is_text_and_control_characters_are_not() -> None:
    assert sniff("监督意见\n".encode()) == "text/plain"
    assert sniff(b"\x00\x01\x02") == "application/octet-stream"
