"""What a process is told by its environment. Every name begins with GOUFU_; secrets are never printed."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.bus.login import NO_LOGIN, Login, LoginError
from shared.records import Tags

Service = Literal["catalog", "registry", "tendering", "contracts", "evaluation"]
SANDBOX_ISSUER = "https://issuer.goufu.example"
SANDBOX_CURSOR_KEY = "good-enough-for-a-sandbox-and-nowhere-else"
SANDBOX_ROAD_SECRET = "known-to-everybody-and-only-for-a-sandbox"
SERVICES: tuple[Service, ...] = ("catalog", "registry", "tendering", "contracts", "evaluation")


class Settings(BaseSettings):
    """Settings of one process. `<service>_url` are the connection strings of the services it runs, each with the
    role of that service; `bus` is `kafka://host:port` or `postgres` (the bus inside the service's own database);
    `bus_…` is how the process logs in on Kafka (`shared.bus.login`), `bus_admit` and `bus_users` are what `goufu
    migrate` does there for the others;
    `jwks` is the address of the issuer's keys, or a file; `jwks_http_hosts` names hosts of a private network that give
    them over plain http, `token_types` the types of token that are taken (`at+jwt`, `JWT`), each list with commas;
    `metrics_port` is where the process shows its metrics, at `metrics_host` and never on the port of its API: on this
    machine alone unless another address is given; `drain_seconds` is how long an API that was told to end goes on
    listening; `road_secret` is what workers know each other's events by;
    `rate` is how many queries a second a caller may make of a process in the long run, `burst` how many at once; a
    write counts as five;
    `checkpoints` is the folder to which signed checkpoints of the ledgers are appended, `checkpoint_key` what signs
    them."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_", extra="ignore")

    catalog_url: SecretStr | None = None
    registry_url: SecretStr | None = None
    tendering_url: SecretStr | None = None
    contracts_url: SecretStr | None = None
    evaluation_url: SecretStr | None = None
    bus: str = "postgres"
    bus_security: str = "PLAINTEXT"
    bus_mechanism: str = "SCRAM-SHA-512"
    bus_user: str = ""
    bus_password: SecretStr = SecretStr("")
    bus_password_file: str = ""
    bus_ca: str = ""
    bus_cert: str = ""
    bus_key: str = ""
    bus_admit: str = ""
    bus_users: dict[str, str] = Field(default_factory=dict)
    sandbox: bool = False
    issuer: str = SANDBOX_ISSUER
    audience: str = "goufu"
    jwks: str = ""
    jwks_http_hosts: str = ""
    token_types: str = "at+jwt"
    documents: str = "memory://"
    cursor_key: SecretStr = Field(default=SecretStr(SANDBOX_CURSOR_KEY))
    topic_prefix: str = "goufu"
    checkpoints: str = ""
    checkpoint_key: SecretStr | None = None
    road_secret: SecretStr = Field(default=SecretStr(SANDBOX_ROAD_SECRET))
    pool: int = Field(default=10, ge=1, le=200)
    rate: float = Field(default=50, gt=0)
    burst: float = Field(default=500, ge=1)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    metrics_port: int | None = None
    metrics_host: str = "127.0.0.1"
    drain_seconds: float = Field(default=0.5, ge=0, le=60)

    def url(self, service: str) -> str:
        """Connection string of a service; raises with the variable's name when it is not set."""
        secret: SecretStr | None = getattr(self, f"{service}_url")
        if secret is None:
            raise SettingsError(f"set GOUFU_{service.upper()}_URL to the service's connection string")
        return secret.get_secret_value()

    def refuse_sandbox_secrets(self) -> None:
        """Raises SettingsError when a production process trusts what is only good in a sandbox."""
        if self.sandbox:
            return
        if self.issuer == SANDBOX_ISSUER or not self.jwks:
            raise SettingsError("set GOUFU_ISSUER and GOUFU_JWKS to your identity provider, or GOUFU_SANDBOX=1")
        if len(self.cursor_key.get_secret_value()) < 32 or self.cursor_key.get_secret_value() == SANDBOX_CURSOR_KEY:
            raise SettingsError("set GOUFU_CURSOR_KEY to a random secret of at least 32 characters")

    @property
    def tags(self) -> Tags:
        """What makes and checks the tags of this deployment's events. Raises SettingsError."""
        secret = self.road_secret.get_secret_value()
        if not self.sandbox and (len(secret) < 32 or secret == SANDBOX_ROAD_SECRET):
            raise SettingsError("set GOUFU_ROAD_SECRET to a random secret of at least 32 characters, for all workers")
        return Tags(secret)

    def bus_url(self, service: str) -> str:
        return self.url(service) if self.bus == "postgres" else self.bus

    def bus_login(self) -> Login:
        """How this process logs in on Kafka; on PostgreSQL the connection string says it. Raises SettingsError."""
        if self.bus == "postgres":
            return NO_LOGIN
        password = self.bus_password.get_secret_value()
        try:
            if self.bus_password_file:
                if password:
                    raise SettingsError("set GOUFU_BUS_PASSWORD or GOUFU_BUS_PASSWORD_FILE, not both")
                password = Path(self.bus_password_file).read_text().strip()
            return Login(
                self.bus_security,  # type: ignore[arg-type]  # checked there
                self.bus_mechanism,  # type: ignore[arg-type]
                self.bus_user,
                password,
                self.bus_ca,
                self.bus_cert,
                self.bus_key,
            )
        except OSError as error:
            raise SettingsError(f"GOUFU_BUS_PASSWORD_FILE: {error}") from error
        except LoginError as error:
            raise SettingsError(str(error)) from error


class SettingsError(Exception):
    """A setting is missing or contradicts another; the message says what to set."""


@lru_cache
def settings() -> Settings:
    return Settings()
