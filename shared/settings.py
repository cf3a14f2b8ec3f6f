"""What a process is told by its environment. Every name begins with GOUFU_; secrets are never printed."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Service = Literal["catalog", "registry", "tendering", "contracts", "evaluation"]
SERVICES: tuple[Service, ...] = ("catalog", "registry", "tendering", "contracts", "evaluation")


class Settings(BaseSettings):
    """Settings of one process. `<service>_url` are the connection strings of the services it runs, each with the
    role of that service; `bus` is `kafka://host:port` or `postgres` (the bus inside the service's own database)."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_", extra="ignore")

    catalog_url: SecretStr | None = None
    registry_url: SecretStr | None = None
    tendering_url: SecretStr | None = None
    contracts_url: SecretStr | None = None
    evaluation_url: SecretStr | None = None
    bus: str = "postgres"
    sandbox: bool = False
    issuer: str = "https://issuer.goufu.example"
    audience: str = "goufu"
    jwks: str = ""
    documents: str = "memory://"
    cursor_key: SecretStr = Field(default=SecretStr("not-secret-outside-a-sandbox"))
    topic_prefix: str = "goufu"
    pool: int = Field(default=10, ge=1, le=200)
    log_level: str = "info"

    def url(self, service: str) -> str:
        """Connection string of a service; raises with the variable's name when it is not set."""
        secret: SecretStr | None = getattr(self, f"{service}_url")
        if secret is None:
            raise SettingsError(f"set GOUFU_{service.upper()}_URL to the service's connection string")
        return secret.get_secret_value()

    def bus_url(self, service: str) -> str:
        return self.url(service) if self.bus == "postgres" else self.bus


class SettingsError(Exception):
    """A setting is missing or contradicts another; the message says what to set."""


@lru_cache
def settings() -> Settings:
    return Settings()
