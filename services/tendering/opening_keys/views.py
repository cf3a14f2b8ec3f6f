"""How an opening key looks from outside."""

from uuid import UUID

from services.tendering.files.records import WholeFile
from services.tendering.opening_keys.store import LOT
from services.tendering.procurements.records import Procurement
from shared.sealing.shares import OpeningKey
from shared.web.http import View


class OpeningKeyView(View):
    """What a bidder seals a bid with (`goufu bid seal`): the opening key, and what the bid is bound to. `fingerprint`
    is the hash of the public key, as the notice names it; the file is named once it is checked."""

    procurement_id: UUID
    version: int
    lot: int
    file_version: int | None
    file_hash: str | None
    fingerprint: str
    opening_key: OpeningKey


def opening_key_view(procurement: Procurement, key: OpeningKey, file: WholeFile | None) -> OpeningKeyView:
    return OpeningKeyView(
        procurement_id=procurement.id,
        version=procurement.version,
        lot=LOT,
        file_version=file.number if file else None,
        file_hash=f"sha256:{file.hash}" if file else None,
        fingerprint=key.fingerprint(),
        opening_key=key,
    )
