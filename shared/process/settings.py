"""What a process is told by its environment; docs/settings.md lists it all. Secrets are never printed."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

from shared.bus.access import USERS
from shared.bus.login import NO_LOGIN, Login, LoginError
from shared.bus.records import Tags
from shared.process.addresses import bus_address, connection_string, host_names, http_address

SANDBOX_ISSUER = "https://issuer.goufu.example"
SANDBOX_CURSOR_KEY = "good-enough-for-a-sandbox-and-nowhere-else"
SANDBOX_ROAD_SECRET = "known-to-everybody-and-only-for-a-sandbox"


class SettingsError(Exception):
    """A setting is missing, is not what it must be, or contradicts another; the message says what to set. It names
    variables and repeats no value that may be secret."""


def unreadable(value: str, *, lines: bool = False) -> str:
    """What keeps the value from being used anywhere, said as a sentence goes on; empty where nothing does. `lines`: it
    may have several."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return "it is no text in UTF-8: write it again"
    if not lines and any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        return "it holds a line break or another sign that cannot be seen: write it again, in one line"
    return ""


def refuse_unreadable() -> None:
    """Raises SettingsError for a variable of ours that is no text, whoever reads it."""
    for name, value in os.environ.items():
        if name.startswith(("GOUFU_", "DATABASE_")) and (why := unreadable(value, lines=True)):
            raise SettingsError(f"{name}: {why}")


def from_file(name: str) -> str | None:
    """What stands in the file that `<name>_FILE` names, so that a secret need not lie in the environment, where whoever
    may inspect a container reads it. Raises SettingsError for a file that cannot be read, or when both are given."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return None
    if os.environ.get(name):
        raise SettingsError(f"set {name} or {name}_FILE, not both")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise SettingsError(f"{name}_FILE: {why}: name a file with the secret that this process may read") from None
    if why := unreadable(value):
        raise SettingsError(f"{name}_FILE: {why}")
    return value


class _Files(PydanticBaseSettingsSource):
    """Secrets from files."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        secret = "SecretStr" in str(field.annotation)
        value = from_file(f"{self.config['env_prefix']}{field_name}".upper()) if secret else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value}


class Told(BaseSettings):
    """Base of what processes are told. A variable that is set to nothing, as compose passes it, counts as not set."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return named["init_settings"], named["env_settings"], _Files(settings_cls)


S = TypeVar("S", bound=Told)


def read(kind: type[S]) -> S:
    """The settings of that kind. Raises SettingsError."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    fields = {f"{prefix}{name}".upper(): field for name, field in kind.model_fields.items()}
    for name, field in fields.items():
        if why := unreadable(os.environ.get(name, ""), lines="dict" in str(field.annotation)):
            raise SettingsError(f"{name}: {why}")
    try:
        return kind()
    except NotJson as error:
        named = re.search(r'field "(\w+)"', str(error))
        raise SettingsError(f"{prefix}{named[1].upper() if named else ''}: it is not JSON") from None
    except ValidationError as error:
        faults = []
        for each in error.errors():
            name = f"{prefix}{each['loc'][0]}".upper()
            place = "".join(f", {part}" for part in each["loc"][1:])
            faults.append(f"{name}{place}: {each['msg'].removeprefix('Value error, ')}{_given(name, fields[name])}")
        raise SettingsError("; ".join(faults)) from None


_PLAIN = re.compile(r"[\w.,:/+{}\[\] -]{1,100}")


def _given(name: str, field: FieldInfo) -> str:
    """What was given, unless that is a secret or may hold one."""
    value, secret = os.environ.get(name, ""), "Secret" in f"{field.annotation}{field.metadata}"
    return f"; it is {value}" if not secret and _PLAIN.fullmatch(value) and "://" not in value else ""


def _service_url(secret: SecretStr) -> SecretStr:
    connection_string(secret.get_secret_value())
    return secret


def _documents(url: str) -> str:
    if url != "memory://" and not (url.startswith("file:///") and url.isprintable()):
        raise ValueError("it is not file:///folder")
    return url


def _public(url: str) -> str:
    """What stands before `/v1`, as callers see it: an address, or a path that a gateway strips."""
    plain = url.replace("{service}", "service")
    if (
        plain.startswith("//")
        or not re.fullmatch(r"((https?://[^\s/?#]+)?(/[^\s?#]*)?)", plain)
        or set("{}") & set(plain)
    ):
        raise ValueError("it is no address or path; {service} stands for the service, and nothing else is in braces")
    return url if plain[:1] in ("", "/") or http_address(plain) else ""


def _users(names: dict[str, str]) -> dict[str, str]:
    if not names.keys() <= set(USERS) or not all(names.values()):
        raise ValueError(f"it is JSON that gives names to some of {', '.join(USERS)}")
    return names


def _private_hosts(names: str) -> str:
    host_names(names)
    return names


Url = Annotated[SecretStr, AfterValidator(_service_url)]


class Settings(Told):
    """Settings of one process; docs/settings.md says what each is for. A process has the connection strings of the
    services it runs, each with the role of that service."""

    model_config = SettingsConfigDict(env_prefix="GOUFU_")

    catalog_url: Url | None = None
    registry_url: Url | None = None
    tendering_url: Url | None = None
    contracts_url: Url | None = None
    evaluation_url: Url | None = None
    bus: Annotated[str, AfterValidator(bus_address)] = "postgres"
    bus_security: str = "PLAINTEXT"
    bus_mechanism: str = "SCRAM-SHA-512"
    bus_user: str = ""
    bus_password: SecretStr = SecretStr("")
    bus_ca: str = ""
    bus_cert: str = ""
    bus_key: str = ""
    bus_admit: str = ""
    bus_users: Annotated[dict[str, str], AfterValidator(_users)] = Field(default_factory=dict)
    sandbox: bool = False
    issuer: Annotated[str, AfterValidator(http_address)] = SANDBOX_ISSUER
    audience: str = Field(default="goufu", pattern=r"^\S+$")
    jwks: str = ""
    jwks_http_hosts: Annotated[str, AfterValidator(_private_hosts)] = ""
    jwks_ca: str = ""
    public_url: Annotated[str, AfterValidator(_public)] = ""
    token_types: str = "at+jwt"
    documents: Annotated[str, AfterValidator(_documents)] = "memory://"
    cursor_key: SecretStr = Field(default=SecretStr(SANDBOX_CURSOR_KEY))
    topic_prefix: str = Field(default="goufu", pattern=r"^[A-Za-z0-9_-]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?$")
    checkpoints: str = ""
    checkpoint_key: SecretStr | None = None
    road_secret: SecretStr = Field(default=SecretStr(SANDBOX_ROAD_SECRET))
    pool: int = Field(default=10, ge=1, le=200)
    rate: float = Field(default=50, ge=0.01, le=1e6)
    burst: float = Field(default=500, ge=1, le=1e6)
    waiting_of_caller: int = Field(default=32, ge=1)
    waiting_together: int = Field(default=500, ge=1)
    uploads_at_once: int = Field(default=2, ge=1)
    uploads_together: int = Field(default=16, ge=1)
    uploads_of_person: int = Field(default=50, ge=1)
    uploads_of_organisation: int = Field(default=500, ge=1)
    upload_mib_of_person: int = Field(default=200, ge=1)
    upload_mib_of_organisation: int = Field(default=2048, ge=1)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    drain_seconds: float = Field(default=0.5, ge=0, le=60)

    def url(self, service: str) -> str:
        """Connection string of a service; raises with the variable's name when it is not set."""
        secret: SecretStr | None = getattr(self, f"{service}_url")
        if secret is None:
            raise SettingsError(f"set GOUFU_{service.upper()}_URL to the service's connection string")
        return secret.get_secret_value()

    def public_root(self, service: str) -> str:
        """What stands before `/v1` in the addresses that callers use; empty where they call the process itself."""
        return self.public_url.replace("{service}", service).rstrip("/")

    def refuse_sandbox_secrets(self) -> None:
        """Raises SettingsError when a production process trusts what is only good in a sandbox."""
        if self.sandbox:
            return
        if self.issuer == SANDBOX_ISSUER or not self.jwks:
            raise SettingsError("set GOUFU_ISSUER and GOUFU_JWKS to your identity provider, or GOUFU_SANDBOX=1")
        self.refuse_memory()
        if len(self.cursor_key.get_secret_value()) < 32 or self.cursor_key.get_secret_value() == SANDBOX_CURSOR_KEY:
            raise SettingsError("set GOUFU_CURSOR_KEY to a random secret of at least 32 characters")

    def refuse_memory(self) -> None:
        """Raises SettingsError when a production process would keep documents in its memory, or, in a worker, erase
        them there alone."""
        if self.documents == "memory://" and not self.sandbox:
            raise SettingsError("set GOUFU_DOCUMENTS to a folder such as file:///data/documents, or GOUFU_SANDBOX=1")

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
        try:
            return Login(
                self.bus_security,  # type: ignore[arg-type]  # checked there
                self.bus_mechanism,  # type: ignore[arg-type]
                self.bus_user,
                self.bus_password.get_secret_value(),
                self.bus_ca,
                self.bus_cert,
                self.bus_key,
            )
        except LoginError as error:
            raise SettingsError(str(error)) from error


@lru_cache
def settings() -> Settings:
    """Those of this process. Raises SettingsError."""
    return read(Settings)
