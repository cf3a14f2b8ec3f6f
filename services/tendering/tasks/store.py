"""What waits in tendering, by the duty that would do it: from the cleared project to the confirmed award.

Openers, panel members and the second person of an act are kept apart by person, as the rules keep them.
"""

import sqlalchemy as sa

from services.tendering.procurements.store import WITHOUT_RESULT
from services.tendering.rulebook import (
    AwardSection,
    CancellationSection,
    ExplanationSection,
    FileSection,
    NoticeSection,
    OpeningSection,
    PanelSection,
    ProcurementSection,
    ReviewSection,
    ScoreSection,
)
from services.tendering.tables import (
    awards,
    explanation_votes,
    explanations,
    lots,
    opening_keys,
    panel_members,
    panels,
    procurements,
    projects,
    rankings,
    tender_files,
    withdrawn_projects,
)
from shared.law.decision import Clause
from shared.law.rulebook import Rulebook
from shared.reading.tasks import ME, NOW, POST, Kind, Subject, among, clause_in, clause_of, install_calendar

_j, _p, _f, _a = projects.c, procurements.c, tender_files.c, awards.c
_m, _r, _o = panel_members.c, rankings.c, lots.c

PROJECT = Subject(
    "project",
    projects,
    _j.id,
    _j.id,
    _j.jurisdiction,
    "/v1/procurements?project_id={}",
    rulebook=_j.rulebook,
    reference=_j.reference,
    title=_j.title,
)
PROCUREMENT = Subject(
    "procurement",
    procurements,
    _p.id,
    _p.key,
    _p.jurisdiction,
    "/v1/procurements/{}",
    rulebook=_p.rulebook,
    reference=_p.reference,
    title=_p.title,
)


def _of_procurement(kind: str, table: sa.Table, path: str) -> Subject:
    """A record of a procurement, shown with its reference and title."""
    rows = table.join(procurements, _p.id == table.c.procurement_id)
    shown = {"rulebook": _p.rulebook, "reference": _p.reference, "title": _p.title}
    return Subject(kind, rows, table.c.id, table.c.key, table.c.jurisdiction, path, **shown)


FILE = _of_procurement("tender_file", tender_files, "/v1/files/{}")
EXPLANATION = _of_procurement("price_explanation", explanations, "/v1/price-explanations/{}")
AWARD = _of_procurement("award", awards, "/v1/awards/{}")

# --- clauses


def _opening(book: Rulebook) -> Clause | None:
    return clause_of(book.section(OpeningSection).opening_at_deadline)


def _opening_by_two(book: Rulebook) -> Clause | None:
    return clause_in(book.section(OpeningSection).two_person_acts, "opening")


def _lots(book: Rulebook) -> Clause | None:
    return clause_in(book.section(ScoreSection).two_person_acts, "lots")


def _low_price(book: Rulebook) -> Clause | None:
    return clause_of(book.section(ExplanationSection).low_price_explanation_required)


def _award(book: Rulebook) -> Clause | None:
    return clause_in(book.section(AwardSection).two_person_acts, "award")


# --- what waits

_version = tender_files.alias("version")
_live = sa.exists().where(_p.key == _j.id, _p.state != "failed")
_drafted = sa.exists().where(_f.procurement_id == _p.id)
_later = sa.exists().where(_version.c.procurement_id == _p.id, _version.c.number > _f.number)
_wrote = sa.exists().where(_version.c.procurement_id == _p.id, _version.c.drafted_by == ME)
_closed = sa.or_(_p.state == "closed", sa.and_(_p.state == "noticed", _p.closes_at <= NOW))
_panel = sa.exists().where(panels.c.procurement_id == _p.id)
_my_seat = sa.exists().where(panels.c.procurement_id == _p.id, _m.panel_id == panels.c.id, _m.person_id == ME)
_e = explanations.c
_price_open = sa.exists().where(_e.procurement_id == _p.id, _e.proven.is_(None))
_price_answerable = sa.and_(_p.state == "reviewed", _e.answered_at.is_(None), _e.answer_until > NOW)
_price_judgeable = sa.and_(
    _p.state == "reviewed",
    _e.proven.is_(None),
    sa.or_(_e.answered_at.is_not(None), _e.answer_until <= NOW),
    ~sa.exists().where(explanation_votes.c.explanation_id == _e.id, explanation_votes.c.person_id == ME),
)
_no_interest = sa.func.jsonb_array_length(_m.interests) == 0
_unreasoned = sa.and_(_a.state == "cleared", _a.cover.is_distinct_from("asked"))
_undecided = sa.and_(among(_a.state, "blocked", "withdrawn"), _a.choice_confirmed_by.is_(None))
_tied = sa.exists().where(
    _r.procurement_id == _p.id,
    _r.tied,
    sa.or_(
        sa.and_(_p.state == "scored", _r.rank == 1),
        sa.and_(_p.state == "proposed", sa.exists().where(_a.procurement_id == _p.id, _undecided)),
    ),
)
_share_of_me = sa.func.jsonb_build_array(sa.func.jsonb_build_object("opener", ME))
_opener = sa.or_(
    POST.c.organisation == _p.organisation,
    sa.exists().where(opening_keys.c.id == _p.opening_key_id, opening_keys.c.document["shares"].contains(_share_of_me)),
)
_drawn = sa.exists().where(_o.procurement_id == _p.id, _o.state == "drawn")
_drawn_by_another = sa.exists().where(_o.procurement_id == _p.id, _o.state == "drawn", _o.drawn_by != ME)

KINDS = (
    Kind(
        "open_procurement",
        {"open_procurement"},
        PROJECT,
        sa.and_(~_live, ~sa.exists().where(withdrawn_projects.c.project_id == _j.id)),
        _j.organisation,
        law=lambda book: clause_in(book.section(ProcurementSection).procurement_methods),
    ),
    Kind(
        "draft_file",
        {"draft_file"},
        PROCUREMENT,
        sa.and_(_p.state == "drafted", ~_drafted),
        _p.organisation,
        law=lambda book: clause_in(book.section(FileSection).file_fields),
    ),
    Kind(
        "check_file",
        {"check_file"},
        FILE,
        sa.and_(_p.state == "drafted", _f.state == "drafted", ~_later, ~_wrote),
        _f.organisation,
        law=lambda book: clause_of(book.section(FileSection).separate_file_check),
    ),
    Kind(
        "register_opening_key",
        {"draft_file"},
        PROCUREMENT,
        sa.and_(_p.state == "checked", _p.opening_key_id.is_(None)),
        _p.organisation,
        law=_opening_by_two,
    ),
    Kind(
        "publish_notice",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(_p.state == "checked", _p.opening_key_id.is_not(None)),
        _p.organisation,
    ),
    Kind(
        "confirm_closing",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(_p.state == "noticed", _p.closes_at > NOW, _p.later_proposed_by != ME),
        _p.organisation,
        deadline="bids_close",
        law=lambda book: clause_in(book.section(NoticeSection).two_person_acts, "closing_change"),
    ),
    Kind(
        "confirm_cancellation",
        {"publish_notice"},
        PROCUREMENT,
        sa.and_(among(_p.state, *WITHOUT_RESULT), _p.cancellation_proposed_by != ME),
        _p.organisation,
        law=lambda book: clause_in(book.section(CancellationSection).two_person_acts, "cancellation"),
    ),
    Kind(
        "propose_opening",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_closed, _p.opening_proposed_by.is_(None)),
        desk=_opener,
        law=_opening,
    ),
    Kind(
        "confirm_opening",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_p.state == "closed", _p.opening_proposed_by != ME),
        desk=_opener,
        law=_opening_by_two,
    ),
    Kind(
        "confirm_abandonment",
        {"open_bids"},
        PROCUREMENT,
        sa.and_(_p.state == "closed", _p.abandonment_proposed_by != ME),
        desk=_opener,
        law=_opening_by_two,
    ),
    Kind(
        "review_qualification",
        {"review_qualification"},
        PROCUREMENT,
        _p.state == "opened",
        _p.organisation,
        law=lambda book: clause_in(book.section(ReviewSection).required_conditions),
    ),
    Kind(
        "form_panel",
        {"form_panel"},
        PROCUREMENT,
        sa.and_(among(_p.state, "opened", "reviewed"), ~_panel),
        _p.organisation,
        law=lambda book: clause_of(book.section(PanelSection).experts_drawn_at_random),
    ),
    Kind(
        "declare_interests",
        {"score_bids"},
        PROCUREMENT,
        sa.and_(among(_p.state, "opened", "reviewed"), _my_seat.where(_m.declared_at.is_(None))),
        law=lambda book: clause_in(book.section(PanelSection).recusal_grounds),
    ),
    Kind(
        "score_bids",
        {"score_bids"},
        PROCUREMENT,
        sa.and_(
            _p.state == "reviewed",
            ~_price_open,
            _my_seat.where(_m.declared_at.is_not(None), _m.scored_at.is_(None), _no_interest),
        ),
        law=lambda book: clause_of(book.section(ScoreSection).factors_only_from_file),
    ),
    Kind("explain_price", {"submit_bid"}, EXPLANATION, _price_answerable, _e.provider_id, law=_low_price),
    Kind(
        "judge_price",
        {"score_bids"},
        EXPLANATION,
        sa.and_(_price_judgeable, _my_seat.where(_m.declared_at.is_not(None), _no_interest)),
        law=_low_price,
    ),
    Kind("record_lots", {"approve_award"}, PROCUREMENT, sa.and_(_tied, ~_drawn), _p.organisation, law=_lots),
    Kind(
        "confirm_lots",
        {"approve_award"},
        PROCUREMENT,
        sa.and_(among(_p.state, "scored", "proposed"), _drawn_by_another),
        _p.organisation,
        law=_lots,
    ),
    Kind(
        "propose_award",
        {"approve_award"},
        PROCUREMENT,
        sa.and_(_p.state == "scored", ~_tied),
        _p.organisation,
        law=_award,
    ),
    Kind("give_award_reasons", {"approve_award"}, AWARD, _unreasoned, _a.organisation, law=_award),
    Kind(
        "confirm_award",
        {"approve_award"},
        AWARD,
        sa.and_(_a.state == "announced", _a.proposed_by != ME),
        _a.organisation,
        law=_award,
    ),
    Kind(
        "choose_after_block",
        {"approve_award"},
        AWARD,
        sa.and_(_undecided, _p.state == "proposed", _a.choice.is_(None)),
        _a.organisation,
        law=_award,
    ),
    Kind(
        "confirm_choice",
        {"approve_award"},
        AWARD,
        sa.and_(_undecided, _p.state == "proposed", _a.chosen_by != ME),
        _a.organisation,
        law=_award,
    ),
    install_calendar(procurements.metadata),
)
