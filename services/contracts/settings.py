"""What only contracts needs from its environment."""

from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.process.settings import Told, http_address, read


class ContractsSettings(Told):
    """`GOUFU_CONTRACTS_TREASURY_URL` is where payment orders are posted; `…_TREASURY_TOKEN` goes with them as a bearer
    token. Without an address orders wait, and are sent once one is set."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_CONTRACTS_")

    treasury_url: Annotated[str, AfterValidator(http_address)] | None = None
    treasury_token: SecretStr | None = None


@lru_cache
def contracts_settings() -> ContractsSettings:
    return read(ContractsSettings)
