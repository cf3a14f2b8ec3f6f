"""Rows as preconditions, by number: the n-th contract, its lines and its evaluation have ids that end in n.

Everything is bound to zhuhai-2021, as in the demonstration: the last line of a contract waits for its evaluation.
"""

from typing import Any
from uuid import UUID

from tests.bench.house import PLACE, PROVIDER, STREET

CONTRACT, KEY, LINE, EVALUATION, SURVEY = "10000000", "20000000", "30000000", "40000000", "50000000"
_DUTY, _TARGET, _FIRST_LINE, _SECOND_LINE = "60000000", "70000000", "31000000", "32000000"


def numbered(kind: str, number: int) -> UUID:
    """The id of the record with this number."""
    return UUID(f"{kind}-0000-4000-8000-{number:012x}")


def path_of(kind: str) -> str:
    """The same id with its number left open, as `Requests` writes it."""
    return f"{kind}-0000-4000-8000-@N"


def _id(kind: str, number: str = "n") -> str:
    return f"('{kind}-0000-4000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


_CONTRACTS = f"""
INSERT INTO contracts.contracts (id, key, version, jurisdiction, organisation, provider_id, provider_title,
  procurement_id, lot, reference, rulebook, noticed_on, price, paid, sources, terms, starts_on, ends_on, service_years,
  service_year, service_from, nature, procurement_project, contents, term_conditions, state, signing_round, standing,
  standing_findings, signed_by, provider_signed_by, signed_on)
SELECT {_id(CONTRACT)}, {_id(KEY)}, 1, '{PLACE}', '{STREET}', '{PROVIDER}', '云澳社区服务中心', {_id(KEY)}, 1,
  'HT-' || n, 'zhuhai-2021@1', '2022-03-01', 200000, 0, '[{{"kind": "fiscal", "amount": "200000.00"}}]',
  '{{"starts_on": "2022-03-01", "ends_on": "2023-02-28", "contents": [], "payments": []}}', '2022-03-01', '2023-02-28',
  1, 1, '2022-03-01', 'deliverable', false, '{{}}', '{{}}', 'running', 1, 'cleared', '[]', {_id(SURVEY)},
  '{PROVIDER}', '2022-03-01'
FROM generate_series($1::bigint, $2::bigint) n
"""
_LINES = f"""
INSERT INTO SCHEMA.payment_lines (id, key, version, contract_id, number, kind, planned, gate, due_days, bands, state,
  requested_by, approved_by, paid)
SELECT l.id, {_id(KEY)}, 1, {_id(CONTRACT)}, l.number, l.kind, l.planned, l.gate, 30, '[]',
  CASE WHEN l.number = 3 THEN $3 ELSE 'requested' END, {_id(_TARGET)},
  CASE WHEN l.number = 3 AND $3 = 'approved' THEN {_id(_DUTY)} END, 0
FROM generate_series($1::bigint, $2::bigint) n,
  LATERAL (VALUES ({_id(_FIRST_LINE)}, 1, 'advance', 80000, 'contract'),
                  ({_id(_SECOND_LINE)}, 2, 'instalment', 60000, 'acceptance'),
                  ({_id(LINE)}, 3, 'final', 60000, 'evaluation')) l (id, number, kind, planned, gate)
"""
_KEYS = f"INSERT INTO SCHEMA.keys SELECT {_id(KEY)}, 0 FROM generate_series($1::bigint, $2::bigint) n"
_OWNED = f"{_id(KEY)}, 1, '{PLACE}', '{STREET}', '{PROVIDER}', {_id(CONTRACT)}"
_EVALUATIONS = f"""
INSERT INTO SCHEMA.evaluations (id, key, version, jurisdiction, organisation, provider_id, contract_id, duty_id,
  line_id, kind, organiser, added_items, opened_by, judgements, attained, state)
SELECT {_id(EVALUATION)}, {_OWNED}, {_id(_DUTY)}, {_id(LINE)}, 'final', 'purchaser', '{{}}', {_id(KEY)}, '{{}}', '{{}}',
  'open'
FROM generate_series($1::bigint, $2::bigint) n
"""
_WITH_EVALUATIONS = (
    f"""
INSERT INTO evaluation.contracts (id, key, source_version, jurisdiction, organisation, provider_id, procurement_id,
  reference, rulebook, starts_on, ends_on, nature, procurement_project, signed_by, lines)
SELECT {_id(CONTRACT)}, {_id(KEY)}, 1, '{PLACE}', '{STREET}', '{PROVIDER}', {_id(KEY)}, 'HT-' || n, 'zhuhai-2021@1',
  '2022-03-01', '2023-02-28', 'deliverable', false, {_id(SURVEY)}, jsonb_build_array(jsonb_build_object(
    'line_id', {_id(LINE)}, 'number', 3, 'kind', 'final', 'amount', '60000.00', 'gate', 'evaluation', 'period', null,
    'due_days', 30, 'bands', '[]'::jsonb))
FROM generate_series($1::bigint, $2::bigint) n""",
    f"""
INSERT INTO evaluation.duties (id, key, version, jurisdiction, organisation, provider_id, contract_id, kind, final,
  line_id, number, due_on, clause, state)
SELECT {_id(_DUTY)}, {_OWNED}, 'evaluation', true, {_id(LINE)}, 3, '2023-03-30', 'ZH21-27.1', 'under_way'
FROM generate_series($1::bigint, $2::bigint) n""",
    f"""
INSERT INTO evaluation.targets (id, key, version, jurisdiction, organisation, provider_id, contract_id,
  performance_goal, indicators, set_by, set_on)
SELECT {_id(_TARGET)}, {_OWNED}, 'counselling near home',
  '[{{"name": "consultations", "unit": "times", "target": "600"}}]', {_id(SURVEY)}, '2022-03-01'
FROM generate_series($1::bigint, $2::bigint) n""",
    f"""
INSERT INTO evaluation.surveys (id, key, version, jurisdiction, organisation, provider_id, contract_id, title, invited,
  answers, satisfied, satisfaction, opened_by, closed_by, closed_on, state)
SELECT {_id(SURVEY)}, {_OWNED}, 'people served', 100, 100, 86, 86.00, {_id(KEY)}, {_id(KEY)}, '2022-03-01', 'closed'
FROM generate_series($1::bigint, $2::bigint) n""",
    _EVALUATIONS.replace("SCHEMA", "evaluation"),
    f"""
INSERT INTO evaluation.evaluation_parts (id, evaluation_id, part, score, report_fields, given_by, given_for, given_at)
SELECT gen_random_uuid(), {_id(EVALUATION)}, p, 86, '{{}}', {_id(KEY)}, '{STREET}', now()
FROM generate_series($1::bigint, $2::bigint) n, unnest(ARRAY['purchaser', 'third_party']) p""",
    f"""
INSERT INTO evaluation.opinions (id, subject, side, agrees, members, statement_hash, recorded_by, recorded_at)
SELECT gen_random_uuid(), {_id(EVALUATION)}, s, true, 3, '\\x00', {_id(KEY)}, now()
FROM generate_series($1::bigint, $2::bigint) n, unnest(ARRAY['committee', 'residents']) s""",
)


async def contracts(admin: Any, first: int, last: int) -> None:
    """Running contracts, without lines."""
    await admin.execute(_CONTRACTS, first, last)


async def lines(admin: Any, first: int, last: int, state: str) -> None:
    """Running contracts with three lines each, the last of them in that state, and their keys."""
    await contracts(admin, first, last)
    await admin.execute(_LINES.replace("SCHEMA", "contracts"), first, last, state)
    await admin.execute(_KEYS.replace("SCHEMA", "contracts"), first, last)


async def evaluations(admin: Any, first: int, last: int) -> None:
    """Evaluations that can be concluded with 86 points, each for an approved line of its contract."""
    await lines(admin, first, last, "approved")
    await admin.execute(_KEYS.replace("SCHEMA", "evaluation"), first, last)
    for statement in _WITH_EVALUATIONS:
        await admin.execute(statement, first, last)


async def reference_lines(admin: Any, first: int, last: int, state: str) -> None:
    """The same lines in the tables of the reference."""
    await admin.execute(_LINES.replace("SCHEMA", "reference"), first, last, state)


async def reference_evaluations(admin: Any, first: int, last: int) -> None:
    """The same evaluations in the tables of the reference."""
    await admin.execute(_EVALUATIONS.replace("SCHEMA", "reference"), first, last)
