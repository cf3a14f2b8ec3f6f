"""What sealed bids hold, once the opening key is there. A bidder who sealed rubbish keeps nobody else's bid closed: its
own is unreadable, with the reason why."""

import hashlib
from dataclasses import dataclass

from services.tendering.bids.contents import BidContent
from services.tendering.opening.records import Reason
from shared.fields.strict_json import loads
from shared.sealing.envelope import BadEnvelope, Opened, open_envelope, read
from shared.sealing.suites import CannotOpen


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What a sealed bid holds."""

    content: BidContent
    salt: bytes
    annexes: dict[str, bytes]


def unseal(envelope: bytes, private: bytes) -> Unsealed | Reason:
    """What is in a sealed bid, or why it cannot be read."""
    try:
        opened = open_envelope(read(envelope), private)
    except (BadEnvelope, CannotOpen):
        return "undecryptable"
    try:
        loads(opened.content)
        content = BidContent.model_validate_json(opened.content)
    except ValueError:
        return "content"
    return Unsealed(content, opened.salt, opened.annexes) if _as_listed(content, opened) else "annexes"


def _as_listed(content: BidContent, opened: Opened) -> bool:
    listed = {annex.name: annex.sha256 for annex in content.annexes}
    found = {name: hashlib.sha256(annex).hexdigest() for name, annex in opened.annexes.items()}
    return listed == found and len(listed) == len(content.annexes)
