"""What only contracts needs from its environment."""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.process.addresses import http_address, outward
from shared.process.settings import Told, read

_BEARER = r"[\x21-\x7e]+"
"""What a header can carry behind `Bearer `: RFC 6750 allows less, but what some treasury issues is its own affair."""


def _bearer(token: SecretStr) -> SecretStr:
    if not re.fullmatch(_BEARER, token.get_secret_value()):
        raise ValueError("a bearer token is letters, digits and signs of ASCII, without spaces or line breaks")
    return token


def _trusting(url: str) -> str:
    outward()
    return url


class ContractsSettings(Told):
    """`GOUFU_CONTRACTS_TREASURY_URL` is where payment orders are posted; `…_TREASURY_TOKEN` goes with them as a bearer
    token. Without an address orders wait, and are sent once one is set. What no order could be sent with is refused
    here, before any order waits for it."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_CONTRACTS_")

    treasury_url: Annotated[str, AfterValidator(http_address), AfterValidator(_trusting)] | None = None
    treasury_token: Annotated[SecretStr, AfterValidator(_bearer)] | None = None


@lru_cache
def contracts_settings() -> ContractsSettings:
    return read(ContractsSettings)
