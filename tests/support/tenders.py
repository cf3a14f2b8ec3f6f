"""Procurements that take bids, bidders and openers, written straight into a deployment, because it is quick."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from deploy.sealing import opening_key
from shared.fields.ids import new_id
from shared.sealing.keys import KeyPair
from shared.web.issuer import ISSUER
from shared.work.identity import login_of
from tests.support.journey import Journey
from tests.support.world import Person

PLACE = "4404/440402"
OPENER_KEYS = [KeyPair.new("open") for _ in range(3)]


@dataclass(frozen=True)
class Tender:
    """A noticed procurement, as a bidder's machine knows it."""

    id: UUID
    closes_at: datetime
    document: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/v1/procurements/{self.id}"


async def openers(journey: Journey) -> list[Person]:
    """Three persons who may open bids, in three organisations."""
    return [await journey.person("opener", duties={"open_bids"}, organisation=uuid4()) for _ in OPENER_KEYS]


async def bidders(journey: Journey, count: int) -> list[Person]:
    """Persons who bid, each for a provider of their own: their organisation."""
    people, accounts, posts, providers = [], [], [], []
    for number in range(count):
        person, provider, subject = uuid4(), uuid4(), f"bidder-{number}-{uuid4().hex[:8]}"
        accounts.append((ISSUER, login_of(ISSUER, subject), person, True, 1, False))
        posts.append((uuid4(), person, provider, "4404", ["submit_bid"], date(2000, 1, 1), None, 1))
        providers.append((provider, f"第{number}家社会工作服务中心", "social_organisation", 1))
        audience = journey.deployment.settings.audience
        token = journey.deployment.issuer.token(subject, audience=audience, auth_time=datetime.now(UTC))
        people.append(Person(journey, person, provider, token, subject))  # type: ignore[arg-type]
    for table, rows in (("accounts", accounts), ("posts", posts), ("providers", providers)):
        await journey.admin.copy_records_to_table(table, schema_name="tendering", records=rows)
    return people


async def a_tender(journey: Journey, opening: list[Person], closes_at: datetime) -> Tender:
    """A procurement that was noticed, whose key two of these three openers make."""
    procurement_id, key, file_id, key_id, today = new_id(), uuid4(), uuid4(), uuid4(), date.today()  # noqa: DTZ011
    openers_keys = [(person.id, pair.public_key) for person, pair in zip(opening, OPENER_KEYS, strict=True)]
    document = opening_key(procurement_id, openers_keys, 2)
    file_hash = hashlib.sha256(procurement_id.bytes).hexdigest()
    procurement = {
        **{"id": procurement_id, "key": key, "version": 1, "jurisdiction": PLACE, "organisation": journey.street},
        **{"reference": f"CG-{procurement_id.hex[-12:]}", "title": "社区心理咨询服务", "rulebook": "zhuhai-2021@1"},
        **{"method": "competitive_consultation", "method_reason": "服务标准明确", "procurement_project": False},
        **{"budget": Decimal("220000.00"), "sources": [], "nature": "deliverable", "state": "noticed"},
        **{"started_by": uuid4(), "started_on": today, "file_id": file_id, "opening_key_id": key_id},
        **{"noticed_on": today, "closes_at": closes_at},
    }
    owned = {"key": key, "version": 1, "jurisdiction": PLACE, "organisation": journey.street}
    file = {"id": file_id, **owned, "procurement_id": procurement_id, "number": 1, "state": "checked"}
    by = {"drafted_by": uuid4(), "checked_by": uuid4(), "checked_on": today}
    due = {"id": new_id(), "kind": "bids_close", "subject": procurement_id, "key": key, "due_at": closes_at}
    registered = {"id": key_id, "procurement_id": procurement_id, "registered_by": uuid4()}
    async with journey.admin.transaction():
        await journey.insert("tendering", "keys", {"key": key, "version": 0})
        await journey.insert("tendering", "procurements", procurement)
        await journey.insert("tendering", "seals", {"subject": procurement_id, "placed_at": datetime.now(UTC)})
        await journey.insert("tendering", "tender_files", {**file, **by})
        contents = {"file_id": file_id, "document": {}, "hash": file_hash}
        await journey.insert("tendering", "tender_file_contents", contents)
        kept = {**registered, "document": document, "registered_at": datetime.now(UTC)}
        await journey.insert("tendering", "opening_keys", kept)
        more = {"provisional": False, "clause": "C214-10.1", "state": "open"}
        await journey.insert("tendering", "deadlines", {**due, **more})
    shown = {"lot": 1, "file_version": 1, "file_hash": f"sha256:{file_hash}", "opening_key": document}
    return Tender(procurement_id, closes_at, json.loads(json.dumps(shown)))
