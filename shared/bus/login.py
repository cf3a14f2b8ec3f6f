"""How a process shows the brokers who it is, and how it knows them."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]


class LoginError(ValueError):
    """The parts of a login do not go together; the message says which setting to correct."""


@dataclass(frozen=True, slots=True)
class Login:
    """A login on Kafka, by password (SASL) or by certificate (SSL); the password is shown by nothing.

    `security` and `mechanism` are Kafka's own words. `ca` is a file of the authorities that the brokers' certificates
    are checked against, else the machine's; `cert` and `key` are files of the certificate that this process shows, or
    `cert` alone is one that holds both. Raises LoginError.
    """

    security: Security = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    cert: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if why := self._contradiction():
            raise LoginError(why)
        if self.encrypted:
            self.tls()

    @property
    def by_password(self) -> bool:
        return self.security.startswith("SASL_")

    @property
    def encrypted(self) -> bool:
        return self.security.endswith("SSL")

    def tls(self) -> ssl.SSLContext:
        """Checks the brokers, by name too, and shows the certificate. Raises LoginError for a file it cannot use."""
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.cert:
                context.load_cert_chain(self.cert, self.key or None, password=lambda: "")
        except (OSError, ValueError) as error:
            files = "GOUFU_BUS_CA, GOUFU_BUS_CERT and GOUFU_BUS_KEY name PEM files, the key without a password"
            raise LoginError(f"{files}: {error or type(error).__name__}") from error
        return context

    def __str__(self) -> str:
        """Who logs in, for messages."""
        return self.user or self.cert or "nobody"

    def _contradiction(self) -> str:
        if self.security not in get_args(Security):
            return f"GOUFU_BUS_SECURITY is one of {', '.join(get_args(Security))}, not {self.security}"
        if self.mechanism not in get_args(Mechanism):
            return f"GOUFU_BUS_MECHANISM is one of {', '.join(get_args(Mechanism))}, not {self.mechanism}"
        if self.by_password and not (self.user and self.password):
            lacking = "GOUFU_BUS_PASSWORD" if self.user else "GOUFU_BUS_USER"
            return f"GOUFU_BUS_SECURITY={self.security} logs in with a password: set {lacking} too"
        if not self.by_password and (self.user or self.password):
            return (
                f"GOUFU_BUS_USER and GOUFU_BUS_PASSWORD are not sent with GOUFU_BUS_SECURITY={self.security}: "
                "set it to SASL_SSL (or SASL_PLAINTEXT), or leave them out"
            )
        if not self.encrypted and (self.ca or self.cert or self.key):
            return (
                f"GOUFU_BUS_CA, GOUFU_BUS_CERT and GOUFU_BUS_KEY are for SSL and SASL_SSL, not for {self.security}: "
                "set GOUFU_BUS_SECURITY, or leave them out"
            )
        if self.key and not self.cert:
            return "GOUFU_BUS_KEY is the key of a certificate: set GOUFU_BUS_CERT too, or leave it out"
        for name, path in (("CA", self.ca), ("CERT", self.cert), ("KEY", self.key)):
            if path and not Path(path).is_file():
                return f"GOUFU_BUS_{name}={path} is no file that can be read: correct the setting"
        return ""


NO_LOGIN: Final = Login()
"""For a broker that asks nobody who they are."""
