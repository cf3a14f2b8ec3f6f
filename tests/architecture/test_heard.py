"""A fact that one service publishes for others is heard by one of them, or it is said why nobody needs to."""

from importlib import import_module

import pytest

from deploy.event_schemas import all_events
from shared.events import EVENTS, SERVICES, Event

all_events()

NOBODY_NEEDS = {
    "a step inside its own service, whose outcome is published as another fact that is heard": (
        *("DirectoryDrafted", "DirectoryPublished", "ProjectAdvanced", "ProjectApproved"),
        *(
            "BudgetLineOpened",
            "BudgetLineAdjusted",
            "BudgetSubmitted",
            "RequirementWritten",
            "RequirementReturned",
            "RequirementFinalised",
        ),
        *(
            "ConsultationOpened",
            "ConsultationWithdrawn",
            "FeedbackReceived",
            "FeedbackDisposed",
            "EvidenceEntered",
            "EvidenceAnnulled",
            "BarProposed",
            "ReversalProposed",
            "ReversalConfirmed",
        ),
        *("ResultImportProposed", "QualificationReviewed", "ContractWritten", "SignatureGiven"),
        *(
            "TerminationProposed",
            "WithdrawalProposed",
            "PaymentRequested",
            "PaymentApproved",
            "PaymentRefused",
            "PaymentWithdrawn",
            "ReturnSaid",
            "MandateGiven",
            "MandateEnded",
        ),
        *("ObserversNotified", "OpinionRecorded", "AcceptanceOpened", "AssessmentOpened", "EvaluationOpened"),
        *("EvaluationPartGiven", "CorrectionProposed", "SurveyOpened", "SurveyAnswersTaken", "SurveyClosed"),
        *("ObjectionFiled", "ObjectionAnswered", "ObjectionAnswerCorrected", "ObjectionWithdrawn", "TargetsSet"),
        *("DutyPlanned", "NoticePublished"),
        *("BiddingClosed", "BidsOpened", "AwardAnnounced", "ClosingMoved"),
    ),
    "those who oversee read it, and decide what follows": ("InterestedSkipFound",),
    "it leaves everything as it was for the others: what stood before stands": ("BudgetReturned",),
    "what holds now is told by the registration that follows it; the rest is history, which the registry keeps": (
        "OrganisationChanged",
    ),
    "it reminds, and changes no right of anybody": ("DutyOverdue", "DutyDropped", "ObjectionOverdue"),
    "an end of what contracts alone does: others plan by the signed contract, which names years and lines": (
        *("ContractFiled", "ServiceYearEnded", "PaymentReleased", "PaymentReduced", "PaymentSupplemented"),
        *("PaymentRefunded", "PaymentWithheld", "PaymentSettled", "PaymentReturned"),
        *("PaymentReopened", "PaymentResolved", "PaymentReinstated", "ReceiptCorrected"),
    ),
    "it makes public what was heard before: a conclusion, a signed contract": (
        *("EvaluationPublished", "ContractPublished"),
    ),
}


def unheard() -> set[str]:
    """Events for other services, or for everybody, that no service listens to."""
    heard: set[type[Event]] = set()
    for service in SERVICES:
        consumers = import_module(f"services.{service}.consumers")
        heard |= {each.event for each in (*consumers.COPIES, *consumers.REACTIONS) if each.event.service != service}
    return {event.__name__ for event in EVENTS.values() if event.audience != "internal" and event not in heard}


def test_a_published_fact_is_heard_or_it_is_said_why_nobody_needs_it() -> None:
    explained = [name for names in NOBODY_NEEDS.values() for name in names]

    assert unheard() - set(explained) == set()
    assert set(explained) - unheard() == set()
    assert len(explained) == len(set(explained))


@pytest.mark.parametrize(("service", "other"), [("registry", "tendering"), ("registry", "contracts")])
def test_who_deals_with_providers_hears_that_one_has_left(service: str, other: str) -> None:
    """Whatever stands against a provider stands until it ends; that it is no longer there, for ever."""
    consumers = import_module(f"services.{other}.consumers")

    heard = {each.event.name for each in (*consumers.COPIES, *consumers.REACTIONS) if each.event.service == service}

    assert {"provider_barred", "provider_left"} <= heard
