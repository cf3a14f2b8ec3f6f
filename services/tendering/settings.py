"""What only tendering needs from its environment."""

from functools import lru_cache

from pydantic_settings import SettingsConfigDict

from shared.process.settings import Told, read


class TenderingSettings(Told):
    """`GOUFU_TENDERING_SEAL_FOR_PROVIDERS=1` lets this server seal bids that providers send it in the clear. Off unless
    the city turns it on: whoever runs the server could read such a bid as it arrives."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_TENDERING_")

    seal_for_providers: bool = False


@lru_cache
def tendering_settings() -> TenderingSettings:
    return read(TenderingSettings)
