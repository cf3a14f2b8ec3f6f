"""What bidders, purchasers and openers do on machines of their own, with the documents that the API gives and takes.

`goufu bid` and `goufu opening`, the demonstration and the tests all seal and open through these.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.tendering.bids.contents import BidContent
from shared.sealing.envelope import OpeningDocument, seal
from shared.sealing.keys import KeyPair
from shared.sealing.shares import Act, GivenShare, OpeningKey, give_share, make_opening_key
from shared.strict_json import canonical


def opening_key(procurement_id: UUID, openers: Sequence[tuple[UUID, str]], threshold: int) -> dict[str, Any]:
    """The document that the purchaser registers: a new opening key, split among persons with their public keys.
    Raises BadKey, ValueError."""
    made: OpeningKey = make_opening_key(procurement_id, openers, threshold)
    return made.model_dump(mode="json")


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
