"""Tables of the schema `contracts`. Money has its second fence here: what is paid never passes the price, a line is
paid once, and who asks for a payment does not approve it."""

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.contracts.accounts.records import PayeeAccount, RegisteredParty
from services.contracts.contracts.records import (
    Contract,
    ContractMoney,
    ContractState,
    ContractText,
    Cover,
    Departure,
    Nature,
    Reason,
    ReferenceNumber,
    Standing,
)
from services.contracts.payments.records import LineState, Payment, PaymentKind, PaymentLine, ResultTold
from services.contracts.receipts.records import Receipt, ReceiptCorrection
from services.contracts.signing.records import BarTold
from services.contracts.terms.records import YearBudget
from shared.fields.payment_terms import Gate, LineKind
from shared.road.tables import INSERT_ONLY, Instant, Money, aggregate, service_metadata
from shared.work.facts import Facts
from shared.work.sql import kept_in, one_of

metadata = service_metadata()

contracts = Table(
    "contracts",
    metadata,
    *aggregate("key", "organisation"),
    Column("provider_id", Uuid, nullable=False, index=True),
    Column("provider_title", Text, nullable=False),
    Column("procurement_id", Uuid, nullable=False),
    Column("lot", Integer, nullable=False),
    Column("renews", Uuid, ForeignKey("contracts.id")),
    Column("reference", Text, nullable=False, unique=True),
    Column("rulebook", Text, nullable=False),
    Column("noticed_on", Date, nullable=False),
    Column("price", Money, nullable=False),
    Column("paid", Money, nullable=False),
    Column("sources", JSONB, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("service_years", Integer, nullable=False),
    Column("service_year", Integer, nullable=False),
    Column("service_from", Date, nullable=False),
    Column("service_class", Integer),
    Column("nature", Text, nullable=False),
    Column("procurement_project", Boolean, nullable=False),
    Column("contents", ARRAY(Text), nullable=False),
    Column("term_conditions", ARRAY(Text), nullable=False),
    Column("small_or_medium", Boolean, nullable=False, server_default=sa.false()),
    Column("objection_window_working_days", Integer),
    Column("state", Text, nullable=False, index=True),
    Column("written_by", Uuid),
    Column("written_on", Date),
    Column("text_hash", LargeBinary),
    Column("signing_round", Integer, nullable=False),
    Column("standing", Text),
    Column("standing_findings", JSONB, nullable=False),
    Column("cover", Text),
    Column("signed_by", Uuid),
    Column("provider_signed_by", Uuid),
    Column("signed_on", Date),
    Column("filed_on", Date),
    Column("ending_ground", Text),
    Column("ending_proposed_by", Uuid),
    Column("ending_confirmed_by", Uuid),
    Column("ended_on", Date),
    sa.Index(
        "uq_contracts_one_live",
        "procurement_id",
        "lot",
        "renews",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state NOT IN ('terminated', 'withdrawn')"),
    ),
    sa.CheckConstraint("price > 0 AND paid >= 0 AND paid <= price", name="money"),
    sa.CheckConstraint("starts_on <= ends_on", name="term"),
    sa.CheckConstraint("signed_by <> provider_signed_by", name="two_parties"),
    sa.CheckConstraint("ending_proposed_by <> ending_confirmed_by", name="two_end_it"),
    sa.CheckConstraint("num_nulls(ending_ground, ending_proposed_by) IN (0, 2)", name="ending_proposed"),
    sa.CheckConstraint(
        "signed_on IS NULL OR ending_ground IN ('agreement', 'public_interest_harm', 'provider_breach')",
        name="ending_of_what_is_signed",
    ),
    sa.CheckConstraint("(state IN ('drafted', 'withdrawn')) = (signed_on IS NULL)", name="signed"),
    sa.CheckConstraint(
        "(state IN ('terminated', 'withdrawn')) = (ending_confirmed_by IS NOT NULL)", name="ended_by_two"
    ),
    sa.CheckConstraint(
        "signed_on IS NULL OR (signed_by IS NOT NULL AND provider_signed_by IS NOT NULL)", name="signed_by_both"
    ),
    sa.CheckConstraint(one_of("standing", Standing), name="standing"),
    sa.CheckConstraint(one_of("cover", Cover), name="cover"),
    sa.CheckConstraint(
        "state NOT IN ('signed', 'filed', 'running') OR cover IS NULL OR cover = 'committed'", name="covered"
    ),
    sa.CheckConstraint(one_of("nature", Nature), name="nature"),
    sa.CheckConstraint(one_of("state", ContractState), name="state"),
)

DRAFTED = Facts(
    contracts,
    *("provider_title", "procurement_id", "lot", "rulebook", "noticed_on", "sources", "terms", "starts_on", "ends_on"),
    *("service_years", "service_year", "service_from", "service_class", "nature", "procurement_project"),
)
"""What is fixed with the draft and told of by its hash alone."""
WRITTEN = Facts(contracts, "term_conditions", "small_or_medium", "objection_window_working_days")
ANSWERED = Facts(contracts, "standing_findings")

private_texts = Table(
    "private_texts",
    metadata,
    Column("contract_id", Uuid, ForeignKey("contracts.id"), primary_key=True),
    Column("contents", JSONB, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("keep_until", Date),
    info={"erased": {"contents": "'{}'::jsonb", "salt": "''::bytea"}},
    comment="what the contract says; purpose: performing it and the files the law has kept",
)

private_accounts = Table(
    "private_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contracts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("account_number", Text, nullable=False),
    Column("bank_code", Text),
    Column("salt", LargeBinary, nullable=False),
    Column("named_by", Uuid, nullable=False),
    Column("agreed_by", Uuid),
    Column("agreed_on", Date),
    Column("keep_until", Date),
    sa.UniqueConstraint("contract_id", "number"),
    # Where money goes is never one person's word.
    sa.CheckConstraint("named_by <> agreed_by", name="two_persons"),
    sa.CheckConstraint("(agreed_by IS NULL) = (agreed_on IS NULL)", name="agreed"),
    sa.Index("uq_private_accounts_one_open", "contract_id", unique=True, postgresql_where=sa.text("agreed_by IS NULL")),
    comment="to which account a contract is paid, every one agreed; purpose: paying it and the files the law has kept",
)

private_reasons = Table(
    "private_reasons",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contracts.id"), nullable=False, index=True),
    Column("clause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_by", Uuid, nullable=False),
    Column("given_at", Instant, nullable=False),
    Column("keep_until", Date),
    Column("about", Uuid, index=True),
    comment="why a clause that asks for a reason was answered so; purpose: review and audit",
)

reference_numbers = Table(
    "reference_numbers",
    metadata,
    Column("city", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

payment_lines = Table(
    "payment_lines",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("contract_id", Uuid, ForeignKey("contracts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("planned", Money, nullable=False),
    Column("gate", Text, nullable=False),
    Column("period", Integer),
    Column("due_days", Integer, nullable=False),
    Column("bands", JSONB, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("requested_by", Uuid),
    Column("approved_by", Uuid),
    Column("papers", Uuid),
    Column("result_id", Uuid),
    Column("result_version", Integer),
    Column("result", JSONB),
    Column("paid", Money, nullable=False),
    Column("due_on", Date),
    Column("return_waits", Uuid),
    Column("return_said_by", Uuid),
    Column("return_order", Text),
    sa.UniqueConstraint("contract_id", "number"),
    sa.CheckConstraint("(return_waits IS NULL) = (return_said_by IS NULL)", name="return_said"),
    sa.CheckConstraint("planned > 0 AND paid >= 0 AND paid <= planned", name="money"),
    sa.CheckConstraint("requested_by <> approved_by", name="two_persons"),
    sa.CheckConstraint("state NOT IN ('released', 'reduced') OR approved_by IS NOT NULL", name="approved"),
    sa.CheckConstraint("state NOT IN ('withheld', 'cancelled') OR paid = 0", name="nothing_paid"),
    sa.CheckConstraint(one_of("kind", LineKind), name="kind"),
    sa.CheckConstraint(one_of("gate", Gate), name="gate"),
    sa.CheckConstraint(one_of("state", LineState), name="state"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, ForeignKey("contracts.id"), nullable=False, index=True),
    Column("line_id", Uuid, ForeignKey("payment_lines.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("parts", JSONB, nullable=False),
    Column("result_id", Uuid),
    Column("result_version", Integer),
    Column("reverses", Uuid, ForeignKey("payments.id"), unique=True),
    Column("released_at", Instant, nullable=False),
    sa.CheckConstraint(one_of("kind", PaymentKind), name="kind"),
    sa.CheckConstraint("(kind IN ('return', 'reinstate')) = (reverses IS NOT NULL)", name="reverses"),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.UniqueConstraint("line_id", "number"),
    sa.Index(
        "uq_payments_one_release",
        "line_id",
        "attempt",
        unique=True,
        postgresql_where=sa.text("kind = 'release'"),
    ),
    info=INSERT_ONLY,
)

receipts = Table(
    "receipts",
    metadata,
    Column("payment_id", Uuid, ForeignKey("payments.id"), primary_key=True),
    Column("settled", Boolean, nullable=False),
    Column("treasury_reference", Text, nullable=False),
    Column("recorded_by", Uuid, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("confirmed_by", Uuid),
    Column("order_key", Text, unique=True),
    Column("order_state", Text, nullable=False, server_default="closed"),
    Column("city", Text, nullable=False),
    Column("treasury_reference_folded", Text),
    # A payment with a receipt has an order that is closed, and that cannot be opened again: it is never sent.
    sa.CheckConstraint("order_state = 'closed'", name="order_closed"),
    sa.ForeignKeyConstraint(["order_key", "order_state"], ["dispatches.business_key", "dispatches.state"]),
    # A treasury's reference is one payment's; each city has a treasury of its own.
    sa.UniqueConstraint("city", "treasury_reference_folded"),
    # That an order came back is never one person's word, when it is no program of the treasury that says it.
    sa.CheckConstraint("recorded_by <> confirmed_by", name="two_persons"),
)

receipt_corrections = Table(
    "receipt_corrections",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("payment_id", Uuid, ForeignKey("payments.id"), nullable=False, index=True),
    Column("was_settled", Boolean, nullable=False),
    Column("was_reference", Text, nullable=False),
    Column("was_by", Uuid, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("treasury_reference", Text, nullable=False),
    Column("reason", Uuid, nullable=False),
    Column("corrected_by", Uuid, nullable=False),
    Column("corrected_at", Instant, nullable=False),
    sa.CheckConstraint("was_by <> corrected_by", name="two_persons"),
    info=INSERT_ONLY,
)

results = Table(
    "results",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contract_id", Uuid, nullable=False, index=True),
    Column("line_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False, server_default=sa.false()),
    Column("passed", Boolean),
    Column("score", Numeric(5, 2)),
    Column("grade", Text),
    Column("concluded_on", Date),
    Column("source_version", sa.BigInteger, nullable=False),
    comment="copy: what evaluation found of a contract",
)

budgets = Table(
    "budgets",
    metadata,
    Column("project_id", Uuid, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("amount", Money, nullable=False),
    Column("committed", Money, nullable=False, server_default=sa.text("0")),
    Column("source_version", sa.BigInteger, nullable=False),
    comment="copy: the money finance approved for a project and what is committed of it, year by year",
)

parties = Table(
    "parties",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("credit_code", Text),
    Column("source_version", sa.BigInteger, nullable=False),
    comment="copy: how purchasers and providers are called today, and a provider's unified social credit code",
)

bars = Table(
    "bars",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("cause", Uuid, primary_key=True),
    Column("jurisdiction", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date),
    Column("source_version", sa.BigInteger, nullable=False),
    comment="copy: what bars a provider, where and until when",
)

departures = Table(
    "departures",
    metadata,
    Column("provider_id", Uuid, primary_key=True),
    Column("left_on", Date),
    Column("source_version", sa.BigInteger, nullable=False),
    comment="copy: providers whose registration or filing was withdrawn, and since when; null: they came back",
)

LINE = Facts(
    payment_lines,
    *("requested_by", "approved_by", "papers", "result_id", "result_version", "result", "due_on"),
    *("return_waits", "return_said_by", "return_order"),
)
MOVED = Facts(payments, "id", "attempt", "parts", "result_id", "result_version", "reverses")
RECEIVED = Facts(
    receipts,
    *("payment_id", "settled", "treasury_reference", "treasury_reference_folded", "recorded_by", "recorded_at"),
    *("confirmed_by", "order_key", "order_state", "city"),
)
CORRECTED = Facts(
    receipt_corrections,
    *("was_settled", "was_reference", "was_by", "settled", "treasury_reference", "reason", "corrected_by"),
)
"""What the entries say of each by one hash; a random id in it keeps it from being guessed."""

RECORDS = kept_in(
    {
        Contract: contracts,
        ContractText: private_texts,
        PayeeAccount: private_accounts,
        Reason: private_reasons,
        ReferenceNumber: reference_numbers,
        PaymentLine: payment_lines,
        Payment: payments,
        Receipt: receipts,
        ReceiptCorrection: receipt_corrections,
        ResultTold: results,
        YearBudget: budgets,
        RegisteredParty: parties,
        BarTold: bars,
        Departure: departures,
    }
)
kept_in({ContractMoney: contracts})
