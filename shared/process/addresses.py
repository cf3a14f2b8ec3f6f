"""Where a process finds others, as its operator writes it: hosts, addresses, connection strings, and whom it trusts.

What is accepted here no client refuses later with an error of its own, and what a client takes is accepted. Each
function raises ValueError with what is allowed; no message repeats what may be a part of a password.
"""

import ipaddress
import os
import re
import ssl
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
from asyncpg import connect_utils

from shared.bus import brokers

_WRITTEN: Final = (
    "it is not postgresql://user:password@host:port/database; in a password @ is written %40, / %2F, : %3A, # %23,"
    " ? %3F and % %25"
)
_HOST_AND_PORT: Final = re.compile(r"(\[[^\[\]/?#@\s,]+\]|[^\[\]:/?#@\s,]+)(?::(\d{1,5})?)?")
_BUS: Final = "it is not kafka://host:port, several with commas between them, or postgres"
_TLS: Final = ("TLSv1.2", "TLSv1.3")
_CHOICES: Final = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS,
    "ssl_max_protocol_version": _TLS,
    "target_session_attrs": ("any", "primary", "read-write"),
}
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_FREE: Final = ("sslpassword", "application_name")
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")
_SHOWN: Final = re.compile(r"[\w./~-]{1,200}")


def host(name: str) -> str:
    """The name of a host, or its number, one of IPv6 with its zone. Raises ValueError for what no resolver takes."""
    try:
        sound = bool(ipaddress.IPv6Address(name)) if ":" in name else 0 < len(name.encode("idna")) < 254
    except ValueError:
        sound = False
    if not sound:
        raise ValueError("it names no host: a part of a name is 1 to 63 letters, digits and hyphens")
    return name


def host_names(names: str) -> frozenset[str]:
    """Hosts with commas between them, as addresses name them: in small letters, without brackets. Raises ValueError."""
    found = [re.sub(r"^\[(.*)\]$", r"\1", each.strip()).lower() for each in names.split(",")] if names.strip() else []
    for each in found:
        if re.search(r"[\[\]/?#@\s]", each) or (":" in each and each.count(":") < 2):
            raise ValueError("it is not names of hosts with commas between them, without http:// or a port")
        host(each)
    return frozenset(found)


def connection_string(url: str) -> str:
    """The connection string of PostgreSQL, if it is one that the driver takes, with files that can be read; several
    hosts stand with commas between them. Raises ValueError."""
    try:
        parts = urlsplit(url)
        database, who = (unquote(part, errors="strict") for part in (parts.path, parts.netloc.rpartition("@")[0]))
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), errors="strict")
    except ValueError:
        raise ValueError(_WRITTEN) from None
    hosts = [_HOST_AND_PORT.fullmatch(each) for each in parts.netloc.rpartition("@")[2].split(",")]
    sound = (
        parts.scheme in ("postgresql", "postgres")
        and not re.search(r"%(?![0-9A-Fa-f]{2})|[\s\x00-\x1f\x7f\ud800-\udfff]", url)
        and parts.netloc.count("@") <= 1
        and not parts.fragment
        and "@" not in parts.query
        and re.fullmatch(r"/[^/\x00-\x1f]+", database)
        and not re.search(r"[\x00-\x1f]", who)
        and all(each and 1 <= int(each[2] or 5432) <= 65535 for each in hosts)
    )
    if not sound:
        raise ValueError(_WRITTEN)
    for each in hosts:
        name = unquote(each[1].strip("[]")) if each else ""
        if not name.startswith("/"):  # the folder of a socket
            host(name)
    _check_options(dict(given), twice=len(given) != len(dict(given)))
    _ask_driver(url)
    return url


def _check_options(options: dict[str, str], *, twice: bool) -> None:
    known = (*_CHOICES, *_FILES, *_FREE)
    if twice or not options.keys() <= set(known):
        raise ValueError(
            f"after the ? stand {', '.join(known)}, each once; what else PostgreSQL is told belongs to the role"
            " (ALTER ROLE … SET)"
        )
    for name, allowed in _CHOICES.items():
        if options.get(name, allowed[0]) not in allowed:
            raise ValueError(f"{name} is one of {', '.join(allowed)}{_not(options[name])}")
    if options.get("ssl_min_protocol_version", _TLS[0]) > options.get("ssl_max_protocol_version", _TLS[1]):
        raise ValueError("ssl_min_protocol_version is not above ssl_max_protocol_version")
    for name in _FILES:
        if name in options and not os.access(options[name], os.R_OK):
            raise ValueError(f"{name} names a PEM file that can be read{_not(options[name])}")
    if "application_name" in options and not re.fullmatch(r"[\x20-\x7e]{1,63}", options["application_name"]):
        raise ValueError("application_name is up to 63 letters, digits and signs of ASCII")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for name in ("sslrootcert", "sslcrl"):
            if name in options:
                context.load_verify_locations(options[name])
        if "sslcert" in options:
            name = "sslcert, with sslkey and sslpassword,"
            context.load_cert_chain(
                options["sslcert"], options.get("sslkey"), password=lambda: options.get("sslpassword", "")
            )
    except (OSError, ValueError) as error:
        raise ValueError(f"{name} is no PEM file of its kind: {type(error).__name__}") from None


def _not(value: str) -> str:
    """What was given instead, where it can be no part of a password that was not escaped."""
    return f", not {value}" if _SHOWN.fullmatch(value) else ", not what is given"


def _ask_driver(url: str) -> None:
    """The driver reads more than the string: variables whose names begin with PG, and files in ~/.postgresql."""
    told: dict[str, Any] = dict.fromkeys(
        (
            *("host", "port", "user", "password", "passfile", "database", "ssl", "service", "servicefile"),
            *("direct_tls", "server_settings", "target_session_attrs", "krbsrvname", "gsslib"),
        )
    )
    try:
        connect_utils._parse_connect_dsn_and_args(dsn=url, **told)
    except Exception as error:
        raise ValueError(
            "PostgreSQL's driver does not take it together with the variables PG… and the files of ~/.postgresql"
            f" ({type(error).__name__}): name a user, with sslmode=verify-ca or verify-full also sslrootcert=FILE, and"
            " take wrong variables away"
        ) from None


def bus_address(url: str) -> str:
    """Where the bus is: brokers of Kafka, the services' database (`postgres`), or another one. Raises ValueError."""
    if url == "postgres":
        return url
    scheme, _, servers = url.partition("://")
    if scheme == "kafka":
        _check_brokers(servers.removesuffix("/"))
        return url
    if scheme in ("postgresql", "postgres"):
        return connection_string(url)
    raise ValueError(_BUS)


def _check_brokers(servers: str) -> None:
    """As the client reads them: it passes over blanks, and takes numbers of IPv6 with and without brackets."""
    try:
        found = brokers(servers)
    except ValueError:
        raise ValueError(_BUS) from None
    for name, port in found:
        if not 1 <= port <= 65535 or re.search(r"[\[\]/?#@\s]", name) or name.count(":") == 1:
            raise ValueError(_BUS)
        host(name)


def http_address(url: str) -> str:
    """An address of http or https. Raises ValueError."""
    try:
        parts, address = urlsplit(url), httpx.URL(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and bool(address.host)
        host(parts.hostname or "")
    except (ValueError, httpx.InvalidURL):
        sound = False
    if not sound or not url.isprintable() or " " in url:
        raise ValueError("it is no address: it begins with https:// and names a host")
    return url


def trusted() -> ssl.SSLContext:
    """Whom the certificates of those outside may be from: as SSL_CERT_FILE or SSL_CERT_DIR say, else the usual
    authorities. Raises ValueError."""
    file, folder = os.environ.get("SSL_CERT_FILE") or "", os.environ.get("SSL_CERT_DIR") or ""
    folders = [each for each in folder.split(os.pathsep) if each]  # as OpenSSL reads it
    if wrong := [each for each in folders if not Path(each).is_dir()]:
        raise ValueError(f"SSL_CERT_DIR: {wrong[0]} is no folder of PEM files: correct it, or leave it out")
    if folder and not any(_HASHED.fullmatch(name) for each in folders for name in os.listdir(each)):
        raise ValueError("SSL_CERT_DIR: no file in it is named by its hash: run `openssl rehash`, or leave it out")
    try:
        return httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        raise ValueError(
            f"SSL_CERT_FILE={file} is no PEM file of certificates that can be read"
            f" ({type(error).__name__}): correct it, or leave it out"
        ) from None


def outward() -> ssl.SSLContext:
    """The same, once it is certain that requests can go out as the environment says: through its proxies too. Raises
    ValueError."""
    context = trusted()
    try:
        httpx.Client(verify=context).close()
    except Exception as error:
        raise ValueError(
            "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY are addresses such as http://proxy:3128, NO_PROXY names with commas"
            f" between them ({type(error).__name__}): correct them, or leave them out"
        ) from None
    return context
