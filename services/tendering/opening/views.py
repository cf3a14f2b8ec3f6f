"""How the opening looks from outside."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.tendering.opening.records import OpeningAct, OpeningShare, ReadOut
from services.tendering.procurements.records import Procurement
from shared.fields.money import Money
from shared.sealing.shares import Act, OpeningKey
from shared.web.http import Shown, View

TRUST = (
    "Up to here nobody could read a bid: the key to do so was brought together from the openers' shares in this act."
    " From this act on whoever runs this host is trusted with the opened bids. A bid sealed by the server rested on"
    " that trust from the start.",
    "此前无人能够阅读响应文件：解密所需的密钥，在本次开标中才由开标人的份额合成。自本次开标起，已开启的响应文件"
    "须信任本系统主机的运行者。由服务器代为密封的响应文件，自始即依赖该信任。",
)


class OpenedBidView(Shown):
    """A bid as it was read out: bidder, price in CNY, receipt. `commitment` is the hash of salt, bid and annexes that
    the bidder can prove its bid by. One that held nothing readable has no price, but the reason (undecryptable,
    content, annexes) and the clause by which it is invalid."""

    bid_id: UUID
    provider_id: UUID
    title: str
    price: Money | None
    unreadable: str | None
    clause: str | None
    submitted_at: datetime
    hash: str
    suite: str
    commitment: str
    sealed_by: str


class MinutesView(BaseModel):
    """The minutes of the opening: when, by which two persons, with the shares of whom (`threshold` of `of` were
    needed), which list, and all bids. `trust` says what had to be trusted until and from then."""

    procurement_id: UUID
    opened_at: datetime
    openers: list[UUID]
    opened_with: list[UUID]
    threshold: int
    of: int
    suite: str
    opening_key: str
    receipts_hash: str
    trust: list[str]
    bids: list[OpenedBidView]


class ActView(View):
    """An opening act under way: its document for `goufu opening share`, and whose shares are there."""

    procurement_id: UUID
    version: int
    act: Act
    given: list[UUID]


def act_view(procurement: Procurement, act: OpeningAct, key: OpeningKey, given: Sequence[OpeningShare]) -> ActView:
    return ActView(
        procurement_id=procurement.id,
        version=procurement.version,
        act=Act(act_id=act.id, public_key=act.public_key, opening_key=key),
        given=[share.opener for share in given],
    )


def minutes_view(procurement: Procurement, key: OpeningKey, bids: Sequence[ReadOut]) -> MinutesView:
    return MinutesView.model_validate(
        {
            "procurement_id": procurement.id,
            "opened_at": procurement.opened_at,
            "openers": [procurement.opening_proposed_by, procurement.opening_confirmed_by],
            "opened_with": procurement.opened_with,
            "threshold": key.threshold,
            "of": len(key.shares),
            "suite": key.suite,
            "opening_key": key.fingerprint(),
            "receipts_hash": procurement.receipts_hash,
            "trust": TRUST,
            "bids": bids,
        }
    )
