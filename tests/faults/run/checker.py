"""What must hold after a run, whatever died on the way, recomputed from tables, topics and the clients' own histories.

Each invariant says how many things it looked at and which are not as they must be. Its verdict says what one of these
is: something lost, something done twice, or a violation of another kind.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from deploy.demo.stage import heard_by
from shared.events import SERVICES
from tests.faults.run.evidence import Evidence, Restore, Sent, copied_tables, document, reacted_types
from tests.faults.run.history import Command, History

Verdict = Literal["lost", "doubled", "violations"]
SHOWN = 8

WITHOUT_ENTRY = re.compile(r"/v1/documents$|/v1/directories\?dry_run=true|/v1/procurements/[^/]+/envelopes")
"""Commands that change nothing anybody else could know: a trial, and a paper or a sealed file that no record names
yet."""

RENAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "accounts": {"subject": ("account",)},
    "posts": {"id": ("post_id",), "organisation_id": ("organisation",)},
    "organisations": {"id": ("organisation",)},
    "purchasers": {"id": ("organisation",)},
    "parties": {"id": ("organisation",)},
    "evaluations": {"id": ("evaluation_id",)},
    "results": {"id": ("acceptance_id", "assessment_id", "evaluation_id")},
    "projects": {"id": ("project_id",)},
    "providers": {"id": ("provider_id",)},
    "contracts": {"id": ("contract_id",), "key": ("project_id",)},
}
"""Columns of copies that are named otherwise than the event's field; all others have its name, or are not compared."""

SAID_BY_TYPE: dict[str, dict[str, str]] = {
    "standings": {"provider_barred": "barred", "provider_watched": "watched", "provider_preferred": "preferred"},
    "results": {
        "acceptance_concluded": "acceptance",
        "assessment_notified": "assessment",
        "assessment_confirmed": "assessment",
        "evaluation_concluded": "evaluation",
    },
}
"""The column `kind` of copies in which it says what type of event it came from."""


@dataclass
class Run:
    """All that is known of a run."""

    evidence: Evidence
    history: History
    exits: list[str] = field(default_factory=list)
    restores: list[Restore] = field(default_factory=list)

    def taken_back(self, command: Command) -> bool:
        """Whether a restore took the command back, so that nothing is known of it."""
        return command.place in self._taken

    @cached_property
    def _taken(self) -> set[tuple[str, str]]:
        return taken_back(self.restores)

    @cached_property
    def gone(self) -> set[str]:
        """The entries that restores took away."""
        return {entry for restore in self.restores for service in restore.services for entry in restore.gone(service)}

    def sent(self, topic: str) -> list[Sent]:
        """The records of the topic that count; those of a lost stretch of a timeline do not."""
        return [record for record in self.evidence.topics[topic] if self._counts(record, topic)]

    def _counts(self, record: Sent, topic: str) -> bool:
        if not record.timeline:
            return True
        service = document(record.value)["service"] if topic == "public" else topic
        for row in self.evidence.rows(service, "timelines"):
            if row["source"] == service and row["id"] == record.timeline:
                return row["last"] is None or record.position <= row["last"]
        return False


@dataclass
class Result:
    """What one invariant found."""

    name: str
    verdict: Verdict
    looked: int
    wrong: list[str]


def taken_back(restores: Iterable[Restore]) -> set[tuple[str, str]]:
    """Service and correlation of the commands whose every trace went with a restore: entries, and the stored answer."""
    return {
        (service, correlation)
        for restore in restores
        for service in restore.services
        for correlation in _traces(restore.before, service) - _traces(restore.after, service)
    }


def _traces(evidence: Evidence, service: str) -> set[str]:
    entries = {row["correlation"] for row in evidence.rows(service, "journal") if row["cause"] is None}
    answers = {document(row["headers"]).get("goufu-correlation", "") for row in evidence.rows(service, "idempotency")}
    return entries | answers


Look = Iterator[str | None]
"""One element for each thing looked at: None, or what is wrong with it."""
Invariant = tuple[str, Verdict, Callable[[Run], Look]]


def check(run: Run) -> list[Result]:
    """Every invariant on this run."""
    results = []
    for name, verdict, look in INVARIANTS:
        found = list(look(run))
        results.append(Result(name, verdict, len(found), [wrong for wrong in found if wrong is not None]))
    return results


def report(results: Iterable[Result]) -> str:
    """A line an invariant, below it the first of what is wrong."""
    lines = []
    for result in results:
        lines.append(f"  {result.name}: {result.looked} looked at, {len(result.wrong)} {result.verdict}")
        lines += [f"      ✗ {wrong}" for wrong in result.wrong[:SHOWN]]
        if len(result.wrong) > SHOWN:
            lines.append(f"      … and {len(result.wrong) - SHOWN} more")
    return "\n".join(lines)


def total(results: Iterable[Result], verdict: Verdict) -> int:
    return sum(len(result.wrong) for result in results if result.verdict == verdict)


# --- commands


def _by_correlation(run: Run) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Entries that a request itself made, not what followed from events."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for service in SERVICES:
        for row in run.evidence.rows(service, "journal"):
            if row["cause"] is None:
                found[service, row["correlation"]].append(row)
    return found


def _accepted(run: Run) -> list[Command]:
    return [command for command in run.history.commands.values() if command.accepted]


def accepted_is_recorded(run: Run) -> Look:
    entries = _by_correlation(run)
    for command in _accepted(run):
        made = [row for row in entries[command.service, str(command.correlation)] if row["kind"] == "event"]
        exempt = WITHOUT_ENTRY.search(command.path)
        yield None if made or exempt or run.taken_back(command) else f"{command} is in no journal"


def accepted_happened_once(run: Run) -> Look:
    """All entries of a command bear the instant of its one transaction."""
    entries = _by_correlation(run)
    for command in run.history.commands.values():
        made = [row for row in entries[command.service, str(command.correlation)] if row["kind"] == "event"]
        instants = {row["recorded_at"] for row in made}
        yield f"{command} happened {len(instants)} times" if len(instants) > 1 else None


def answers_are_stored(run: Run) -> Look:
    stored: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for service in SERVICES:
        for row in run.evidence.rows(service, "idempotency"):
            stored[service, document(row["headers"]).get("goufu-correlation", "")].append(row)
    for command in _accepted(run):
        rows = stored[command.service, str(command.correlation)]
        if (not rows and run.taken_back(command)) or command.across:
            yield None
        elif len(rows) != 1:
            yield f"{command}: {len(rows)} stored answers"
        elif (rows[0]["status"], rows[0]["body"]) != (command.status, command.body):
            yield f"{command}: the stored answer is {rows[0]['status']}, not what the client got"
        else:
            yield None


def refused_changed_nothing(run: Run) -> Look:
    entries = _by_correlation(run)
    for command in run.history.commands.values():
        if command.status is None or command.accepted:
            continue
        made = Counter(row["kind"] for row in entries[command.service, str(command.correlation)])
        if made["event"]:
            yield f"{command} was refused and has {made['event']} events"
        elif made["refusal"] > 1:
            yield f"{command} is refused {made['refusal']} times in the journal"
        elif (
            command.status == 422
            and b'"findings"' in command.body
            and not made["refusal"]
            and not run.taken_back(command)
        ):
            yield f"{command} is refused by rule and in no journal"
        else:
            yield None


def unknown_was_resolved(run: Run) -> Look:
    for command in run.history.commands.values():
        if command.lost or command.status is None:
            yield f"{command} was never answered" if command.status is None else None


# --- the record


def versions_are_gapless(run: Run) -> Look:
    for service in SERVICES:
        versions: dict[str, list[int]] = defaultdict(list)
        for row in run.evidence.rows(service, "journal"):
            if row["kind"] == "event":
                versions[row["key"]].append(row["version"])
        kept = {row["key"]: row["version"] for row in run.evidence.rows(service, "keys")}
        for key in versions.keys() | kept.keys():
            found = sorted(versions[key])
            good = found == list(range(1, len(found) + 1)) and kept.get(key) == len(found)
            yield None if good else f"{service}: key {key} has versions {found[:5]}… and counts {kept.get(key)}"


def every_entry_has_a_position(run: Run) -> Look:
    for service in SERVICES:
        places = Counter(row["entry"] for row in run.evidence.rows(service, "ledger"))
        ids = {row["id"] for row in run.evidence.rows(service, "journal")} - _under_seal(run, service)
        for entry in ids | places.keys():
            if entry not in ids:
                yield f"{service}: entry {entry} has a position and is in no journal"
            else:
                yield None if places[entry] == 1 else f"{service}: entry {entry} has {places[entry]} positions"


def positions_are_gapless(run: Run) -> Look:
    for service in SERVICES:
        positions = sorted(row["position"] for row in run.evidence.rows(service, "ledger"))
        for place, position in enumerate(positions, 1):
            if position != place:
                yield f"{service}: position {place} is missing or given twice"
                break
            yield None


def chain_holds(run: Run) -> Look:
    """hash(n) = SHA-256(hash(n-1) ‖ n as 8 bytes ‖ SHA-256(entry)), from 32 zero bytes; README says so."""
    for service in SERVICES:
        texts = {row["id"]: row["entry"] for row in run.evidence.rows(service, "journal")}
        digest = bytes(32)
        for row in sorted(run.evidence.rows(service, "ledger"), key=lambda row: row["position"]):
            entry = hashlib.sha256(texts.get(row["entry"], "").encode()).digest()
            digest = hashlib.sha256(digest + row["position"].to_bytes(8, "big") + entry).digest()
            if digest != row["hash"]:
                yield f"{service}: the chain breaks at position {row['position']}"
                break
            yield None


def columns_repeat_the_entry(run: Run) -> Look:
    names = ("id", "key", "version", "kind", "type", "audience", "subject", "organisation", "actor", "cause")
    for service in SERVICES:
        for row in run.evidence.rows(service, "journal"):
            entry = document(row["entry"])
            said = {**row, "actor": _shown(row)}
            differ = [name for name in (*names, "correlation") if entry[name] != said[name]]
            yield f"{service}: entry {row['id']} differs in {differ}" if differ else None


def _shown(row: dict[str, Any]) -> str | None:
    """Who acted, as README says that a public entry names them."""
    if row["actor"] is None or row["audience"] != "public":
        return row["actor"]  # type: ignore[no-any-return]
    return hashlib.sha256(UUID(row["id"]).bytes + UUID(row["actor"]).bytes).hexdigest()


# --- the topics


def _events(run: Run, service: str) -> dict[str, dict[str, Any]]:
    """What is to be sent: every event but those about bids that are not to be known yet."""
    sealed = _under_seal(run, service)
    return {
        row["id"]: row
        for row in run.evidence.rows(service, "journal")
        if row["kind"] == "event" and row["id"] not in sealed
    }


def _under_seal(run: Run, service: str) -> set[str]:
    """Entries that get their position when the taking of bids has ended."""
    return {row["entry"] for row in run.evidence.rows(service, "sealed_queue")}


def every_event_was_sent(run: Run) -> Look:
    """Byte for byte as it is journalled; of an internal one its place in the chain alone."""
    for service in SERVICES:
        hashes = _hashes(run, service)
        for record in run.sent(service):
            row = _events(run, service).get(record.id)
            if row is None:
                continue
            if row["audience"] == "internal":
                same = _is_sealed(record.value, hashes.get(row["id"]))
            else:
                same = record.value == row["entry"].encode()
            yield None if same else f"{service}: {row['type']} {record.id} is not on the topic as it is journalled"
        sent = {record.id for record in run.sent(service)}
        for event, row in _events(run, service).items():
            yield None if event in sent else f"{service}: {row['type']} {event} is not on the topic"


def _hashes(run: Run, service: str) -> dict[str, str]:
    return {row["entry"]: row["hash"].hex() for row in run.evidence.rows(service, "ledger")}


def _is_sealed(value: bytes, digest: str | None) -> bool:
    """Position, hash and service, and nothing that tells what happened."""
    said = document(value)
    return set(said) == {"position", "hash", "service"} and said["hash"] == digest


def no_foreign_record(run: Run) -> Look:
    for service in SERVICES:
        events = _events(run, service)
        positions = {row["entry"]: row["position"] for row in run.evidence.rows(service, "ledger")}
        for record in run.sent(service):
            known = record.id in events and positions.get(record.id) == record.position
            yield None if known else f"{service}: record {record.id or '?'} at {record.position} is in no journal"


def public_topic_is_whole(run: Run) -> Look:
    """Each position of each service once: whole where it is public, else sealed with the hash of the ledger."""
    shown: dict[tuple[str, int], bytes] = {}
    for record in run.sent("public"):
        shown[document(record.value)["service"], record.position] = record.value
    for service in SERVICES:
        entries = {row["id"]: row for row in run.evidence.rows(service, "journal")}
        for row in run.evidence.rows(service, "ledger"):
            value, entry = shown.pop((service, row["position"]), None), entries.get(row["entry"])
            if value is None or entry is None:
                yield f"{service}: position {row['position']} is not on the public topic"
            elif entry["audience"] == "public":
                yield None if value == entry["entry"].encode() else f"{service}: {row['position']} is shown otherwise"
            else:
                good = _is_sealed(value, row["hash"].hex())
                yield None if good else f"{service}: position {row['position']} is not sealed as it is in the ledger"
    for of, position in shown:
        yield f"{of}: the public topic has a position {position} that the ledger does not know"


# --- what followed


def everybody_saw_everything(run: Run) -> Look:
    for service in SERVICES:
        seen = {(row["source"], row["key"]): row["version"] for row in run.evidence.rows(service, "seen")}
        for source in heard_by(service):
            last: Counter[str] = Counter(row["key"] for row in _events(run, source).values())
            for key, versions in last.items():
                came = seen.get((source, key), 0)
                yield None if came == versions else f"{service}: of {source}'s key {key} came {came} of {versions}"


def every_event_was_reacted_to(run: Run) -> Look:
    for service in SERVICES:
        done = {row["event"] for row in run.evidence.rows(service, "inbox")}
        for row in _asked(run, service):
            yield None if row["id"] in done else f"{service} did not react to {row['type']} {row['id']}"


def no_foreign_reaction(run: Run) -> Look:
    for service in SERVICES:
        asked = {row["id"] for row in _asked(run, service)} | run.gone
        for row in run.evidence.rows(service, "inbox"):
            yield None if row["event"] in asked else f"{service} reacted to {row['event']}, which is no such event"


def _asked(run: Run, service: str) -> list[dict[str, Any]]:
    types = reacted_types(service)
    return [row for source in SERVICES for row in _events(run, source).values() if row["type"] in types]


def reactions_happened_once(run: Run) -> Look:
    """What follows from one event is of one transaction, and says one thing once; a standing may end for another."""
    for service in SERVICES:
        effects: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in _events(run, service).values():
            if row["cause"] is not None:
                effects[row["cause"]].append(row)
        for cause, rows in effects.items():
            said = Counter((row["type"], row["key"], row["subject"], _ended(row)) for row in rows)
            once = len({row["recorded_at"] for row in rows}) == 1 and max(said.values()) == 1
            yield None if once else f"{service}: event {cause} had its effect twice: {sorted(r['type'] for r in rows)}"


def restores_are_told(run: Run) -> Look:
    """What was published and is gone is named one by one, and nothing else; so is what followed from it and stands."""
    for restore in run.restores:
        named, stands = {str(lost.event) for lost in restore.told.lost}, {str(e.entry) for e in restore.told.effects}
        for service in restore.services:
            gone = restore.gone(service)
            sent = {record.id for record in restore.before.topics[service]} & gone
            for event in sent | (named & gone):
                yield None if event in named else f"{service}: nobody was told that {event} is lost"
        gone = {event for service in restore.services for event in restore.gone(service)}
        for event in named - gone:
            yield f"{event} was told as lost and is there"
        for service in SERVICES:
            for row in restore.after.rows(service, "journal"):
                if row["cause"] in gone:
                    yield None if row["id"] in stands else f"{service}: nobody was told that {row['id']} stands"


def _ended(row: dict[str, Any]) -> str:
    return json.dumps(document(row["entry"])["event"].get("ended"), default=str)


def copies_are_what_the_topics_give(run: Run) -> Look:
    for service in SERVICES:
        for table, types in copied_tables(service).items():
            primary = run.evidence.primary[service, table]
            rows = run.evidence.rows(service, table)
            columns = set(rows[0]) if rows else set()
            expected = _replayed(run, table, types, primary, columns)
            there = {tuple(row[name] for name in primary): row for row in rows}
            for key in expected.keys() | there.keys():
                given, row = expected.get(key), there.get(key)
                if given is None or row is None:
                    yield f"{service}.{table} {key}: {'only in the copy' if row else 'missing'}"
                else:
                    differ = [name for name, value in given.items() if not _same(row[name], value)]
                    yield f"{service}.{table} {key} differs in {differ}" if differ else None


def _replayed(
    run: Run, table: str, types: set[str], primary: list[str], columns: set[str]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The copy as a reader of the topics would keep it: of each key the latest version counts."""
    renamed = RENAMED.get(table, {})
    events = {}
    for source in {name.split(".")[1] for name in types}:
        for record in run.sent(source):
            entry = document(record.value)
            if entry.get("type") in types:
                events[entry["id"]] = entry
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in sorted(events.values(), key=lambda entry: int(entry["version"])):
        fields = entry["event"]
        row: dict[str, Any] = {"source_version": entry["version"]}
        if table in SAID_BY_TYPE:
            fields = {**fields, "kind": SAID_BY_TYPE[table][entry["type"].split(".")[2]]}
        for column in columns or set(primary):
            names = [name for name in renamed.get(column, (column,)) if name in fields]
            if names:
                row[column] = fields[names[0]]
        found.setdefault(tuple(row.get(name) for name in primary), {}).update(row)
    return found


def _same(kept: Any, said: Any) -> bool:
    if isinstance(kept, str) and isinstance(said, dict | list):
        kept = document(kept)
    if isinstance(kept, dict) and isinstance(said, dict):
        return kept.keys() == said.keys() and all(_same(kept[name], said[name]) for name in kept)
    if isinstance(kept, list) and isinstance(said, list):
        return len(kept) == len(said) and all(map(_same, kept, said))
    if isinstance(kept, Decimal) or isinstance(said, Decimal):
        try:
            return Decimal(str(kept)) == Decimal(str(said))
        except InvalidOperation:
            return False
    return bool(kept == said)


def nothing_is_held(run: Run) -> Look:
    for service in SERVICES:
        yield None
        for row in run.evidence.rows(service, "held"):
            yield f"{service}: {row['type']} {row['event']} {row['state']}: {row['reason']}"


# --- money and duties


def _money(run: Run, table: str) -> list[dict[str, Any]]:
    return run.evidence.rows("contracts", table)


def _sign(row: dict[str, Any]) -> int:
    return -1 if row["kind"] in ("refund", "return") else 1


def no_more_than_the_price(run: Run) -> Look:
    paid: Counter[str] = Counter()
    for row in _money(run, "payments"):
        paid[row["contract_id"]] += _sign(row) * row["amount"]
    for row in _money(run, "contracts"):
        moved = Decimal(paid[row["id"]])
        good = row["price"] >= moved == row["paid"] >= 0
        yield None if good else f"{row['reference']}: price {row['price']}, paid {row['paid']}, payments {moved}"


def a_line_is_paid_once(run: Run) -> Look:
    releases: Counter[str] = Counter()
    for row in _money(run, "payments"):
        releases[row["line_id"]] += {"release": 1, "return": -1}.get(row["kind"], 0)
    for row in _money(run, "payment_lines"):
        yield f"line {row['id']} is paid {releases[row['id']]} times" if releases[row["id"]] > 1 else None


def a_payment_is_one_order(run: Run) -> Look:
    orders = Counter(row["business_key"] for row in run.evidence.rows("contracts", "dispatches"))
    for row in _money(run, "payments"):
        if row["kind"] in ("release", "supplement"):
            key = f"payment/{row['line_id']}/{row['number']}"
            found = orders.pop(key, 0)
            yield None if found == 1 else f"{found} orders for payment {key}"
    for key in orders:
        yield f"an order {key} without a payment" if key.startswith("payment/") else None


def a_payment_is_one_event(run: Run) -> Look:
    """Each movement of money is said once, by the same amount."""
    kinds = {"payment_released", "payment_reduced", "payment_supplemented", "payment_refunded"}
    said: Counter[tuple[str, Decimal]] = Counter()
    for row in _events(run, "contracts").values():
        if row["type"].split(".")[2] in kinds:
            event = document(row["entry"])["event"]
            said[event["line_id"], Decimal(event["amount"])] += 1
    moved = Counter((row["line_id"], row["amount"]) for row in _money(run, "payments") if row["kind"] != "return")
    for place in said.keys() | moved.keys():
        same = said[place] == moved[place]
        yield None if same else f"line {place[0]}: {place[1]} is said {said[place]} times and moved {moved[place]}"


def asker_is_not_approver(run: Run) -> Look:
    for row in _money(run, "payment_lines"):
        alone = row["requested_by"] is not None and row["requested_by"] == row["approved_by"]
        yield f"line {row['id']} was asked for and approved by one person" if alone else None


# --- how it went


def answers_are_no_errors(run: Run) -> Look:
    """Errors, 503 without Retry-After, two answers to one key, races with two winners, stories that went otherwise."""
    for _ in range(sum(run.history.answers.values()) - len(run.history.wrong)):
        yield None
    yield from run.history.wrong


def nothing_ended_by_itself(run: Run) -> Look:
    yield None
    yield from run.exits


INVARIANTS: tuple[Invariant, ...] = (
    ("every accepted command is in its journal", "lost", accepted_is_recorded),
    ("every command happened at most once", "doubled", accepted_happened_once),
    ("every accepted command's answer is stored as it was given", "violations", answers_are_stored),
    ("every refused command changed nothing", "violations", refused_changed_nothing),
    ("every lost answer was found by its key", "violations", unknown_was_resolved),
    ("versions of a key are 1..n", "violations", versions_are_gapless),
    ("every entry has one position", "lost", every_entry_has_a_position),
    ("positions are 1..n", "violations", positions_are_gapless),
    ("the chain holds, recomputed", "violations", chain_holds),
    ("columns repeat the entry", "violations", columns_repeat_the_entry),
    ("every event is on its topic, byte for byte", "lost", every_event_was_sent),
    ("no record on a topic is of another's making", "violations", no_foreign_record),
    ("the public topic has every position", "lost", public_topic_is_whole),
    ("every listener saw every version", "lost", everybody_saw_everything),
    ("every event that asks for a reaction had it", "lost", every_event_was_reacted_to),
    ("no reaction without its event", "violations", no_foreign_reaction),
    ("every reaction happened once", "doubled", reactions_happened_once),
    ("what a restore took away is told", "lost", restores_are_told),
    ("copies are what the topics give", "lost", copies_are_what_the_topics_give),
    ("nothing is held back", "violations", nothing_is_held),
    ("paid is what was moved, and never more than the price", "violations", no_more_than_the_price),
    ("a line is paid once", "doubled", a_line_is_paid_once),
    ("a payment is one order to the treasury", "doubled", a_payment_is_one_order),
    ("a payment is one event of the same amount", "doubled", a_payment_is_one_event),
    ("who asks does not approve", "violations", asker_is_not_approver),
    ("no answer is an error, every story went as written", "violations", answers_are_no_errors),
    ("no process ended by itself", "violations", nothing_ended_by_itself),
)
