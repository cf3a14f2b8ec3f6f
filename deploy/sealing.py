"""What bidders, purchasers and openers do on machines of their own, with the documents that the API gives and takes.

`goufu bid` and `goufu opening`, the demonstration and the tests all seal and open through these.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.tendering.bids.contents import BidContent, Slip, slips
from services.tendering.files.contents import Contents
from services.tendering.files.store import hash_of
from shared.fields.strict_json import canonical
from shared.sealing.envelope import OpeningDocument, seal
from shared.sealing.keys import KeyPair
from shared.sealing.shares import Act, GivenShare, OpeningKey, give_share, make_opening_key


def opening_key(procurement_id: UUID, openers: Sequence[tuple[UUID, str]], threshold: int) -> dict[str, Any]:
    """The document that the purchaser registers: a new opening key, split among persons with their public keys.
    Raises BadKey, ValueError."""
    made: OpeningKey = make_opening_key(procurement_id, openers, threshold)
    return made.model_dump(mode="json")


def slips_of(document: Mapping[str, Any], files: Any, bid: Mapping[str, Any]) -> list[Slip]:
    """In what the bid does not fit the published file. `document` is the procurement's opening document, `files` what
    `GET /v1/procurements/{id}/files` or `GET /v1/files/{id}` answered. Raises ValidationError for a bid that could not
    be read, ValueError when the file that bids are bound to is not among these or is not what its hash says."""
    for file in files if isinstance(files, list) else [files]:
        held = file.get("document", {})
        if f"sha256:{hash_of(held)}" == document["file_hash"]:
            content = BidContent.model_validate_json(json.dumps({**bid, "annexes": []}))
            return slips(content, Contents.model_validate_json(json.dumps(held["contents"])), Decimal(held["budget"]))
    raise ValueError("this is not the published file that the opening key is bound to: fetch both again")


def sealed_bid(
    document: Mapping[str, Any],
    provider_id: UUID,
    bid: Mapping[str, Any],
    annexes: Mapping[str, bytes],
    key: KeyPair,
) -> bytes:
    """The bid as it is uploaded. `document` is the procurement's opening document; the bid lists its annexes by name
    and hash. Raises ValidationError for a bid that could not be read when it is opened, TooLarge, BadKey."""
    listed = [{"name": name, "sha256": hashlib.sha256(annex).hexdigest()} for name, annex in annexes.items()]
    content = BidContent.model_validate_json(json.dumps({**bid, "annexes": listed}))
    named = {one.name: annex for one, annex in zip(content.annexes, annexes.values(), strict=True)}
    tender = OpeningDocument.model_validate(document).tender()
    return seal(canonical(content.model_dump(mode="json")), named, tender, provider_id, key.private("sign"))


def given_share(document: Mapping[str, Any], key: KeyPair) -> dict[str, Any]:
    """What an opener sends: their share, encrypted to the act's one-time key. `document` is the opening act as the API
    shows it. Raises BadKey, CannotOpen."""
    given: GivenShare = give_share(Act.model_validate(document["act"]), key)
    return given.model_dump(mode="json")
