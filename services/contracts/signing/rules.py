"""When a contract may be put to signature and signed, and filed in time.

GPL-46.1   it is signed within 30 days of the award notice; a later signature is shown, not refused
GPL-47.1   the signed contract is filed with finance within seven working days; a later filing is shown, not refused
D102-23.1  a contract is written between two parties: one person does not sign for both
ZH21-30.2  after an instrument's last day nothing that was noticed later is signed under it
CD17-23.4  a renewal is signed when what is left of the year's budget covers it (nationally D102-24.1)
GPL-22.1   a supplier bears civil liability of its own (Dongguan: is lawfully registered); with one whose registration
           was withdrawn nothing is signed
D102-23.1  it names the account that the provider is paid to, which another person signs for the provider than wrote it
A bar on the provider and the registry's own answer come with their own clauses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.contracts.accounts.rules import Named, agreed_by_two, signature_findings
from services.contracts.rulebook import SigningSection, TermSection
from services.contracts.terms.rules import Cover, Renewal, cover_findings, renewal_findings
from shared.law.decision import Clause, Decision, Effect, Finding, decide, finding, of_person


@dataclass(frozen=True, slots=True)
class Bar:
    """What bars the provider where the contract lies, by its clause; `until` is its last day."""

    clause: Clause
    until: date | None


@dataclass(frozen=True, slots=True)
class Signing:
    """What stands when a contract is put to signature: notice of its procurement, last day to sign in time, bars, the
    registry's findings when it blocked, for a renewal what it rests on, and since when the provider's registration is
    withdrawn."""

    noticed_on: date
    sign_by: date
    bars: tuple[Bar, ...]
    blocked: tuple[Finding, ...] = ()
    renewal: Renewal | None = None
    cover: Cover | None = None
    left_on: date | None = None
    account: Named | None = None
    written_by: UUID | None = None


def may_propose(signing: Signing, section: SigningSection, terms: TermSection, today: date) -> Decision[Signing]:
    """May the registry be asked whether this contract can be signed?"""
    findings = [*_standing_findings(signing, section, terms, today), *signature_findings(signing.account, section)]
    return decide(findings, signing)


def may_sign(
    signing: Signing,
    signer: UUID,
    other: UUID | None,
    section: SigningSection,
    terms: TermSection,
    today: date,
    *,
    for_provider: bool = False,
) -> Decision[UUID]:
    """May this person sign now? `other` is who has signed for the other party: what one has signed before contracts
    named an account, the other signs as it stands."""
    findings = [
        *_standing_findings(signing, section, terms, today),
        *signing.blocked,
        of_person("one_person_for_both_parties", section.contract_written.clause, signer != other),
    ]
    if other is None or signing.account is not None:
        findings += signature_findings(signing.account, section)
    if for_provider and signing.account is not None and signing.written_by is not None:
        findings.append(agreed_by_two(signing.written_by, signer, section))
    return decide(findings, signer)


def may_file(file_by: date, section: SigningSection, today: date) -> Decision[date]:
    """Filing is always possible; when it is late, that is shown."""
    rule = section.contract_filing_working_days
    late = finding("filed_late", rule.clause, today <= file_by, effect=Effect.REFERENCE, last_day=file_by)
    return decide([late], today)


def _standing_findings(signing: Signing, section: SigningSection, terms: TermSection, today: date) -> Iterator[Finding]:
    if section.applies_until is not None:
        last = section.applies_until
        in_time = signing.noticed_on <= last.value
        yield finding("noticed_after_last_day", last.clause, in_time, last_day=last.value, noticed=signing.noticed_on)
    if signing.renewal is not None:
        yield from renewal_findings(signing.renewal, terms)
    if signing.cover is not None:
        yield from cover_findings(signing.cover, terms)
    if signing.left_on is not None:
        clause = section.required_conditions.clause("independent_liability")
        yield finding("registration_withdrawn", clause, False, left_on=signing.left_on)
    for bar in signing.bars:
        yield finding("provider_barred", bar.clause, False, until=bar.until or "open")
    rule, sign_by = section.contract_sign_days, signing.sign_by
    yield finding("signed_late", rule.clause, today <= sign_by, effect=Effect.REFERENCE, last_day=sign_by)
