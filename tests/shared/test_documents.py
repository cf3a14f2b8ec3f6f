"""Documents: who may upload, how much, what the bytes are, who reads them, and when they go."""

import asyncio
import hashlib
import io
import time
import zipfile
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.errands import documents
from shared.errands.documents import SHEET, UNKNOWN, WORD, ZIP, sniff
from tests.registry.examples import a_provider
from tests.support.world import Person, Reply, World

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DUTY = {"register_provider"}


async def upload(person: Person, body: bytes = PDF, service: str = "registry", **headers: str) -> Reply:
    sent = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream", **headers}
    return await person.send(service, "POST", "/v1/documents", content=body, headers=sent)


async def a_clerk(world: World, organisation: UUID | None = None) -> Person:
    """Somebody of a registration authority of their own, unless one is given."""
    return await world.person(duties=DUTY, jurisdiction="4404", organisation=organisation or uuid4())


async def content(person: Person, stored: dict[str, Any]) -> Reply:
    return await person.get("registry", f"/v1/documents/{stored['id']}/content")


async def name_it(person: Person, provider: UUID, digest: str) -> Reply:
    """A paper of that provider that names the document."""
    paper = {"kind": "tax", "issuer": "税务局", "issued_on": "2021-06-01", "document_hash": digest}
    return await person.post("registry", f"/v1/providers/{provider}/evidence", {"papers": [paper]})


async def test_an_upload_is_answered_with_the_hash_of_its_bytes(world: World) -> None:
    person = await a_clerk(world)

    stored = (await upload(person)).ok()

    assert stored["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (stored["media_type"], stored["size"], stored["state"]) == ("application/pdf", len(PDF), "pending")
    assert stored["organisation"] == str(person.organisation)


async def test_the_bytes_come_back_as_an_attachment_with_a_harmless_name(world: World) -> None:
    person = await a_clerk(world)
    headers: dict[str, Any] = {"document-name": '../../x";y.pdf'}
    stored = (await upload(person, **headers)).ok()

    answer = await content(person, stored)

    assert answer.body == PDF
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''..%2F..%2Fx%22%3By.pdf".replace(
        "%2F", "/"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- who


@pytest.mark.parametrize("service", ["catalog", "registry", "tendering", "contracts", "evaluation"])
async def test_nobody_uploads_without_a_post_that_may_and_no_byte_of_theirs_is_read(
    world: World, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "sniff", None)
    unknown = Person(world, uuid4(), uuid4(), world.issuer.token("nobody", audience="goufu"))
    taken: list[int] = []

    async def pieces() -> Any:
        for _ in range(15):
            taken.append(1)
            yield bytes(1 << 20)

    for person in (unknown, await world.person(duties={"audit"}), await world.person(duties=set())):
        answer = await upload(person, pieces(), service)
        assert answer.problem(403, "not_allowed")["duty"] == "upload_document"

    assert not taken


async def test_who_has_posts_in_two_organisations_says_for_which(world: World) -> None:
    person, second, third = await a_clerk(world), uuid4(), uuid4()
    await world.post_for(person, {"audit"}, third)
    assert (await upload(person)).ok()["organisation"] == str(person.organisation)
    await world.post_for(person, DUTY, second, "4404")

    unsaid = (await upload(person)).problem(422, "field")
    said = (await upload(person, organisation=str(second))).ok()

    assert unsaid["errors"][0]["field"] == "header.organisation"
    assert said["organisation"] == str(second)
    (await upload(person, organisation=str(third))).problem(403, "not_allowed")


# --- how much


@pytest.fixture
def small(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.settings, "uploads_of_person", 3)
    monkeypatch.setattr(world.settings, "upload_mib_of_person", 1)
    monkeypatch.setattr(world.settings, "uploads_of_organisation", 8)


@pytest.mark.usefixtures("small")
async def test_a_person_and_an_organisation_have_so_many_uploads_that_nothing_names(world: World) -> None:
    organisation = uuid4()
    people = [await a_clerk(world, organisation) for _ in range(3)]
    (await upload(people[0], PDF + b" " * (1 << 20))).ok()
    by_bytes = [(await upload(people[0])).status for _ in range(2)]
    by_count = [(await upload(people[1])).status for _ in range(4)]
    together = [(await upload(people[2])).status for _ in range(3)]

    assert by_bytes == [429, 429]
    assert by_count == [201, 201, 201, 429]
    assert together == [201, 201, 429]  # two papers of the organisation lie there from the beginning


@pytest.mark.usefixtures("small")
async def test_many_at_once_get_no_more_room_than_one_after_another(world: World) -> None:
    person = await a_clerk(world)
    uploads = world.services["registry"].app.state.limits.uploads
    uploads._each, kept = 20, uploads._each

    answers = await asyncio.gather(*(upload(person) for _ in range(10)))
    uploads._each = kept

    assert sorted(answer.status for answer in answers) == [201] * 3 + [429] * 7


@pytest.mark.usefixtures("small")
async def test_what_a_command_names_makes_room(world: World) -> None:
    person = await a_clerk(world)
    for _ in range(3):
        stored = (await upload(person)).ok()
    (await upload(person)).problem(429, "too_many")
    provider = await a_provider(world)

    (await name_it(person, provider, stored["sha256"])).ok()

    (await upload(person)).ok()


async def test_more_than_sixteen_mebibytes_are_refused(world: World) -> None:
    person = await a_clerk(world)

    answer = await upload(person, b"%PDF-1.7\n" + bytes(16 << 20))

    answer.problem(413, "too_large")


# --- what


async def test_a_program_called_pdf_is_refused_for_what_its_bytes_say(world: World) -> None:
    person = await a_clerk(world)

    answer = await upload(person, b"MZ\x90\x00" + bytes(200), **{"document-name": "bill.pdf"})

    answer.problem(415, "media_type")


def test_plain_text_is_text_and_control_characters_are_not() -> None:
    assert sniff("报告 · report\n".encode()) == "text/plain"
    assert sniff(b"\xef\xbb\xbfreport\r\n") == "text/plain"
    assert sniff(b"a\x00b") == UNKNOWN
    assert sniff("a\u202eb".encode()) == UNKNOWN


def an_archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([TYPES, "word/document.xml"], WORD),
        ([TYPES, "xl/workbook.xml"], SHEET),
        (["word/document.xml"], ZIP),
        (["a.txt"], ZIP),
        ([TYPES, "ppt/presentation.xml"], UNKNOWN),
        ([TYPES, "word/document.xml", "word/vbaProject.bin"], UNKNOWN),
    ],
)
def test_an_archive_is_what_its_entries_say(names: list[str], kind: str) -> None:
    assert sniff(an_archive(*names)) == kind


def test_what_only_begins_as_an_archive_is_none() -> None:
    whole = an_archive(TYPES, "word/document.xml")

    assert sniff(whole[:-30]) == sniff(b"PK\x03\x04" + bytes(400)) == UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        "文".encode() * (5 << 20),
        b"a" * ((16 << 20) - 1) + b"\0",
        b"%PDF-1.7\n" + b"1 0 obj\n" * (2 << 20),
        b"PK\x03\x04" + b"PK\x01\x02" + bytes(42) * 300_000 + b"PK\x05\x06" + bytes(22),
    ],
    ids=["text", "text with a byte", "pdf", "archive"],
)
def test_the_type_of_sixteen_mebibytes_is_seen_at_once(body: bytes) -> None:
    began = time.process_time()

    sniff(body)

    assert time.process_time() - began < 0.5


def test_an_archive_of_more_entries_than_anybody_needs_is_not_listed() -> None:
    began = time.process_time()

    assert sniff(an_archive(*(f"{number:0200}" for number in range(9000)))) == UNKNOWN
    assert time.process_time() - began < 3  # nearly all of it to make it


# --- who reads it


async def test_a_document_is_read_as_the_record_that_names_it(world: World) -> None:
    """A provider's papers are its own, its authority's and the overseers'; before, it is the uploader's side's."""
    provider = await a_provider(world)
    authority = await a_clerk(world)
    readers = {
        "owner": await world.person(duties={"maintain_provider"}, organisation=provider),
        "auditor": await world.person(duties={"audit"}, organisation=uuid4(), jurisdiction="4404"),
        "rival": await world.person(duties={"maintain_provider"}, organisation=uuid4()),
        "stranger": await world.person(duties={"score_bids"}, organisation=uuid4()),
    }
    stored = (await upload(authority, audience="public")).ok()
    before = {name: (await content(person, stored)).status for name, person in readers.items()}

    (await name_it(authority, provider, stored["sha256"])).ok()
    after = {name: (await content(person, stored)).status for name, person in readers.items()}

    assert set(before.values()) == {404}
    assert after == {"owner": 200, "auditor": 200, "rival": 404, "stranger": 404}


async def test_whoever_reads_the_last_of_many_records_reads_their_paper(world: World) -> None:
    provider, authority = await a_provider(world), await a_clerk(world)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider)
    rival = await world.person(duties={"maintain_provider"}, organisation=uuid4())
    stored = (await upload(authority)).ok()
    (await name_it(authority, provider, stored["sha256"])).ok()
    await world.rows(
        "INSERT INTO registry.document_links SELECT $1, 'bar', gen_random_uuid() FROM generate_series(1, 450)",
        UUID(stored["id"]),
    )

    assert [(await content(person, stored)).status for person in (owner, rival)] == [200, 404]


async def test_a_sealed_document_is_its_organisations_even_when_a_record_names_it(world: World) -> None:
    provider = await a_provider(world)
    authority = await a_clerk(world)
    owner = await world.person(duties={"maintain_provider"}, organisation=provider)
    stored = (await upload(authority, PDF + b"sealed", audience="sealed")).ok()

    (await name_it(authority, provider, stored["sha256"])).ok()

    assert [(await content(person, stored)).status for person in (authority, owner)] == [200, 404]


# --- naming


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
async def test_a_hash_of_no_document_of_ones_own_is_refused_by_the_clause_on_files(world: World, whose: str) -> None:
    provider, body = await a_provider(world), PDF + whose.encode()
    person = await a_clerk(world)
    if whose == "another's":
        (await upload(await a_clerk(world), body)).ok()

    answer = await name_it(person, provider, hashlib.sha256(body).hexdigest())

    found = answer.refused("GPL-42.1", "document_missing")
    assert found["facts"] == {"paper": "1"}
    assert not await world.rows("SELECT FROM registry.evidence WHERE provider_id = $1", provider)


# --- when they go


async def sweep(world: World) -> None:
    service = world.services["registry"]
    async with service.database.system_transaction(service.writer) as tx:
        gone = await documents.sweep_unlinked(tx) + await documents.erase_expired(tx)
    await documents.forget(service.app.state.documents, gone)


async def later(world: World, interval: str) -> None:
    """Uploads and last days lie so much longer back."""
    await world.rows(f"UPDATE registry.documents SET created_at = created_at - interval '{interval}'")
    await world.rows(f"UPDATE registry.documents SET keep_until = keep_until - interval '{interval}'")


async def test_uploads_nobody_named_are_swept_after_a_day_and_named_ones_stay(world: World) -> None:
    person, provider = await a_clerk(world), await a_provider(world)
    left, kept = (await upload(person, PDF + b"1")).ok(), (await upload(person, PDF + b"2")).ok()
    (await name_it(person, provider, kept["sha256"])).ok()
    await world.rows("UPDATE registry.documents SET created_at = clock.now() WHERE id = $1", UUID(left["id"]))

    await later(world, "23 hours")
    await sweep(world)
    before = [(await content(person, each)).status for each in (left, kept)]
    await later(world, "1 hour 1 second")
    await sweep(world)

    assert before == [200, 200]
    assert [(await content(person, each)).status for each in (left, kept)] == [404, 200]


async def test_a_named_document_goes_on_the_day_after_the_fifteen_years_of_its_file(world: World) -> None:
    person, provider = await a_clerk(world), await a_provider(world)
    stored = (await upload(person, PDF + b"old")).ok()
    (await name_it(person, provider, stored["sha256"])).ok()
    today = "(clock.now() AT TIME ZONE 'Asia/Shanghai')::date AS today"
    statement = f"SELECT keep_until, {today} FROM registry.documents WHERE id = $1"
    [row] = await world.rows(statement, UUID(stored["id"]))

    await world.rows("UPDATE registry.documents SET keep_until = $1 WHERE id = $2", row["today"], UUID(stored["id"]))
    await sweep(world)
    last_day = (await content(person, stored)).status
    await later(world, "1 day")
    await sweep(world)

    assert row["keep_until"].year == row["today"].year + 15
    assert last_day == 200
    (await content(person, stored)).problem(404, "not_found")
    [gone] = await world.rows("SELECT state, name FROM registry.documents WHERE id = $1", UUID(stored["id"]))
    assert gone == {"state": "erased", "name": ""}
