"""What only contracts needs from its environment."""

from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ContractsSettings(BaseSettings):
    """`GOUFU_CONTRACTS_TREASURY_URL` is where payment orders are posted; `…_TREASURY_TOKEN` goes with them as a bearer
    token. Without an address orders wait, and are sent once one is set."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_CONTRACTS_", extra="ignore")

    treasury_url: str | None = None
    treasury_token: SecretStr | None = None


@lru_cache
def contracts_settings() -> ContractsSettings:
    return ContractsSettings()
