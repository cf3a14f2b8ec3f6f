"""How much an act weighs: what it needs besides a duty.

Every command needs posts that are at most `FRESH_SECONDS` old: it may move money, standing or somebody's rights, and
who acts may have been dismissed a moment ago. `LIGHT` names the exceptions, each with its reason, so that drafting goes
on while the bus is down; a command that nobody has named is heavy. `RECENT_LOGIN` names the acts that ask for a login
of the last 15 minutes as well.
"""

from shared.fields import process_clock
from shared.work.identity import STEP_UP_SECONDS, Stale, StepUpNeeded, Token

_DRAFT = "a draft: it has no effect before another person's heavy act"
_FILE = "a file that nothing refers to yet: what refers to it is a heavy act"

LIGHT: dict[str, str] = {
    "upload_document": _FILE,
    "import_directory": _DRAFT,
    "propose_project": _DRAFT,
    "write_requirement": _DRAFT,
    "open_consultation": "it asks the public and decides nothing; the review of the requirement weighs the answers",
    "give_feedback": "anybody may give it, without any post",
    "draft_file": _DRAFT,
    "store_envelope": _FILE,
    "seal_bid": _FILE,
    "write_contract": _DRAFT,
    "renew_contract": _DRAFT,
}
"""Commands that may be given on posts of any age, by operation, with the reason."""

_OPENING = "what is opened cannot be sealed again"
_AWARD = "it decides who wins"
_MONEY = "it moves money"

RECENT_LOGIN: dict[str, str] = {
    "propose_opening": _OPENING,
    "give_opening_share": _OPENING,
    "confirm_opening": _OPENING,
    "propose_abandonment": "what stays sealed is never opened",
    "confirm_abandonment": "what stays sealed is never opened",
    "propose_award": _AWARD,
    "give_award_reasons": _AWARD,
    "confirm_award": _AWARD,
    "confirm_cancellation": "it ends what bidders have bid for",
    "confirm_withdrawal": _AWARD,
    "choose_after_block": _AWARD,
    "confirm_choice": _AWARD,
    "approve_payment": _MONEY,
    "skip_held_event": "what is left out may be a result that money or standing waits for",
    "retry_dispatch": _MONEY,
    "cancel_dispatch": "a payment that was released is not ordered any more",
    "agree_payee_account": "money goes there from then on",
    "record_receipt": "entered by hand, it says that money moved or came back",
    "correct_receipt": "it says that money moved or came back after all",
    "approve_correction": "a corrected result moves money and standing again",
    "confirm_post": "it gives a person power over money, awards, bars or posts",
    "confirm_account": "it lets somebody act as such a person",
    "confirm_erasure": "what it erases comes back by nothing",
    "confirm_bar": "it keeps a provider from every purchase",
    "confirm_reversal": "it lets a barred provider back in, or takes a result from the record",
}
"""Commands that ask for a login of the last 15 minutes, by operation, with the reason."""


def weigh(operation: str, token: Token, fresh: bool) -> None:
    """Raises Stale when the act is heavy and the posts are not fresh, StepUpNeeded when the login is too old for it."""
    if not fresh and operation not in LIGHT:
        raise Stale
    if operation in RECENT_LOGIN:
        login = token.auth_time
        if login is None or process_clock.now() - login.timestamp() > STEP_UP_SECONDS:
            raise StepUpNeeded(known=login is not None)
