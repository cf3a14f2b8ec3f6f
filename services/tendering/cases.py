"""What cases may ask of this service's rules, by name (see shared/law/cases.py)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.tendering.awards.rules import choose, propose_award
from services.tendering.bids.declarations import deduction
from services.tendering.bids.rules import may_bid
from services.tendering.cancellations.rules import may_cancel
from services.tendering.consents.rules import may_ask as may_ask_consent
from services.tendering.explanations.rules import Prices, all_looked_at, may_ask, may_look, may_vote
from services.tendering.files.contents import Contents
from services.tendering.files.rules import TenderFile, Together, check_file
from services.tendering.notices.rules import Publication, move_closing, publish
from services.tendering.opening.rules import Count, count_bidders, may_abandon
from services.tendering.panels.rules import form_panel
from services.tendering.procurements.rules import open_procurement
from services.tendering.reviews.rules import review
from services.tendering.rulebook import FileSection, LowPriceSection, NoticeSection, OpeningSection
from shared.fields.calendar import default_calendar
from shared.law.cases import Rule
from shared.law.decision import Decision


def tender_file(
    contents: Contents,
    method: str,
    procurement_project: bool,
    section: FileSection,
    today: date,
    need_is_final: bool = True,
    price_weight_consents: frozenset[str] = frozenset(),
    together: Together | None = None,
    other_method_consents: frozenset[str] = frozenset(),
    budget: Decimal | None = None,
    reserved_before: bool = False,
) -> Decision[Contents]:
    """May a file say this?"""
    file = TenderFile(
        method,
        procurement_project,
        contents,
        need_is_final,
        price_weight_consents=price_weight_consents,
        together=together,
        other_method_consents=other_method_consents,
        budget=budget,
        reserved_before=reserved_before,
    )
    return check_file(file, section, today)


def notice(closes_at: datetime, section: NoticeSection, day: date) -> Decision[Publication]:
    """May a notice of this day close bidding then?"""
    return publish(Publication(closes_at, default_calendar()), section, day)


def bidders(bids: int, section: OpeningSection, today: date) -> Decision[Count]:
    """Do so many bids suffice?"""
    return count_bidders(bids, section, today)


def low_price(
    price: Decimal, others: Sequence[Decimal], section: LowPriceSection, today: date, looked_at: bool = False
) -> Decision[Prices]:
    """May bids be scored of which one asks this price and others those?"""
    bids = {UUID(int=number): one for number, one in enumerate([price, *others])}
    return all_looked_at(Prices(bids, {UUID(int=0)} if looked_at else set()), section, today)


QUESTIONS: dict[str, Rule] = {
    "procurement": open_procurement,
    "exception-consent": may_ask_consent,
    "file": tender_file,
    "notice": notice,
    "closing-moved": move_closing,
    "bid": may_bid,
    "bidders": bidders,
    "opening-given-up": may_abandon,
    "panel": form_panel,
    "deduction": deduction,
    "review": review,
    "low-price": may_ask,
    "low-price-scored": low_price,
    "low-price-look": may_look,
    "low-price-vote": may_vote,
    "award": propose_award,
    "choice": choose,
    "cancellation": may_cancel,
}
