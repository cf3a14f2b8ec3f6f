"""What only tendering needs from its environment."""

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import Settings, SettingsError


class TenderingSettings(BaseSettings):
    """`GOUFU_TENDERING_BID_KEY_FILE` names the file with the server's private key for bids: 32 bytes of X25519."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_TENDERING_", extra="ignore")

    bid_key_file: Path | None = None


@lru_cache
def tendering_settings() -> TenderingSettings:
    return TenderingSettings()


def refuse_sandbox_key(settings: Settings) -> None:
    """Outside the sandbox bids need a key of one's own; raises SettingsError."""
    if not settings.sandbox and tendering_settings().bid_key_file is None:
        raise SettingsError("set GOUFU_TENDERING_BID_KEY_FILE to a file with 32 random bytes that only tendering reads")
