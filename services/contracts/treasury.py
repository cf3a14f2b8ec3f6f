"""Payment orders on their way to the treasury: posted as JSON, with the order's business key as Idempotency-Key, so
that an order sent twice is one order there. The receipt comes back through `POST /v1/payment-lines/{id}/receipts`."""

from collections.abc import Mapping
from typing import Any

import httpx

from services.contracts.settings import ContractsSettings, contracts_settings
from shared.dispatches import Adapter

SECONDS = 10.0


def adapters(given: ContractsSettings | None = None) -> Mapping[str, Adapter]:
    """The channel `treasury`, when an address is set; else none, and the orders wait."""
    settings = given or contracts_settings()
    if settings.treasury_url is None:
        return {}
    address, token = settings.treasury_url, settings.treasury_token
    credentials = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    async def post_order(business_key: str, payload: dict[str, Any]) -> None:
        headers = {"idempotency-key": business_key, **credentials}
        try:
            async with httpx.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
                answer = await client.post(address, json=payload, headers=headers)
        except httpx.HTTPError as error:
            raise OSError(type(error).__name__) from error
        if answer.status_code >= 300:
            raise OSError(f"the treasury answered {answer.status_code}")

    return {"treasury": post_order}
