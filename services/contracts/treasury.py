"""Payment orders on their way to the treasury: posted as JSON (`TreasuryOrder`), with the order's business key as
Idempotency-Key, so that an order sent twice is one order there. A 2xx answer says that the treasury has taken it, and
may name its reference (`{"treasury_reference": "…"}`). The receipt comes back through
`POST /v1/payment-lines/{id}/receipts`."""

from collections.abc import Mapping
from typing import Any

import httpx

from services.contracts.settings import ContractsSettings, contracts_settings
from shared.errands.dispatches import Adapter, NotSure, NotTaken
from shared.process.addresses import outward

SECONDS = 10.0
LONGEST_REFERENCE = 200
REFUSES = frozenset((400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431))
"""Answers by which the treasury says that it has refused the order. With any other error it may have taken it: it
failed after that (5xx), another host answers in its place, it knows one of that key (409), was too slow (408, 429)."""


class _Sent:
    """Whether a byte of a request may have left: the client tells what it does, and begins with the headers."""

    def __init__(self) -> None:
        self.perhaps = False

    async def hear(self, step: str, given: Mapping[str, Any]) -> None:
        self.perhaps |= "send_request" in step


def adapters(given: ContractsSettings | None = None) -> Mapping[str, Adapter]:
    """The channel `treasury`, when an address is set; else none, and the orders wait."""
    settings = given or contracts_settings()
    if settings.treasury_url is None:
        return {}
    address, token, trust = settings.treasury_url, settings.treasury_token, outward()
    credentials = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    async def post_order(business_key: str, payload: dict[str, Any]) -> str | None:
        headers, sent = {"idempotency-key": business_key, **credentials}, _Sent()
        try:
            async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, verify=trust) as client:
                order = client.build_request(
                    "POST", address, json=payload, headers=headers, extensions={"trace": sent.hear}
                )
                answer = await client.send(order)
        except Exception as error:
            # A request that breaks the protocol is refused by this side, before its first byte.
            if sent.perhaps and not isinstance(error, httpx.LocalProtocolError):
                raise NotSure(f"the treasury did not answer: {type(error).__name__}") from error
            raise NotTaken(f"nothing was sent to the treasury: {type(error).__name__}") from error
        if answer.is_success:
            return _reference(answer)
        said = f"the treasury answered {answer.status_code}"
        raise NotTaken(said) if answer.status_code in REFUSES else NotSure(said)

    return {"treasury": post_order}


def _reference(answer: httpx.Response) -> str | None:
    """The treasury's own reference, when its answer names one."""
    try:
        named = answer.json()["treasury_reference"]
    except (ValueError, KeyError, TypeError):
        return None
    return named if isinstance(named, str) and 0 < len(named) <= LONGEST_REFERENCE else None
