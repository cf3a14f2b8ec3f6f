"""The issuer's public keys (JWKS, RFC 7517): which are taken, for which algorithm each, and where they come from.

    FileKeys, HttpKeys ── the two sources of keys
    KeysUnavailable ───── the keys cannot be had: 503, the token may be good

A key verifies one algorithm and no other (RFC 8725, 3.1): kind and curve name it, of an RSA key its `alg` does, and
RS256 where it has none.
"""

import asyncio
import ipaddress
import json
import logging
import math
import socket
import ssl
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Protocol

import httpx
from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jwk import Key

from shared.process.addresses import http_address, outward
from shared.process.settings import SettingsError

log = logging.getLogger(__name__)

Clock = Callable[[], float]

ALGORITHMS = {"ES256": "ES256", "Ed25519": "Ed25519", "EdDSA": "Ed25519", "RS256": "RS256", "PS256": "PS256"}
"""What a token's header may name, and what it stands for. `EdDSA` means Ed25519: the name is deprecated for leaving the
curve open (RFC 9864), but most issuers still write it. RFC 9068 (4) makes RS256 a must."""

_OF_KIND: dict[Any, tuple[str, ...]] = {
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("Ed25519", "EdDSA"),
    ("RSA", None): ("RS256", "PS256"),
}
"""The algorithms of a kind of key; the first one where the key has no `alg`."""

_PUBLIC = ("kty", "crv", "x", "y", "n", "e", "kid")
_RSA_BITS = range(2048, 8193)  # fewer can be factored (NIST SP 800-131A), more only cost time

_KEYS_FRESH_S = 600
_UNKNOWN_KEY_PAUSE_S = 60
_FIRST_KEYS_PAUSE_S = 5
_FETCH_TIMEOUT_S = 3


class KeysUnavailable(Exception):
    """The issuer's keys cannot be read, so nothing can be said about a token (503). The message is for the operator."""


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    async def find(self, kid: str) -> Key | None:
        """The key of this id, its `alg` the only one it verifies; None when the issuer has none. Raises
        KeysUnavailable when that cannot be known."""
        ...


def read_keys(document: bytes) -> dict[str, Key]:
    """The keys of a JWKS that can verify our algorithms, by id; others are passed over (RFC 7517, 5)."""
    try:
        members = [member for member in json.loads(document)["keys"] if isinstance(member, dict)]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        fault = f"{type(error).__name__}: {error}"
        raise KeysUnavailable(f'not a JWKS, which is {{"keys": [...]}} with public keys: {fault}') from error
    keys = {key.kid: key for key in map(_accepted, members) if key is not None}
    if not keys:
        raise KeysUnavailable(
            "no key of the JWKS will do: let the issuer sign with RS256, PS256, ES256 or Ed25519,"
            " by a key with a kid, of RSA one of at least 2048 bits"
        )
    return keys  # type: ignore[return-value]


def _accepted(member: dict[str, Any]) -> Key | None:
    """The public part of a key, with the one algorithm it is for."""
    kid, kind = member.get("kid"), (member.get("kty"), member.get("crv"))
    try:
        known = _OF_KIND.get(kind, ())
        named = member.get("alg", known[0] if known else None)
        if named not in known or member.get("use", "sig") != "sig" or not kid:
            return None
        if kind[0] == "RSA" and (bits := _bits(member["n"])) not in _RSA_BITS:
            raise ValueError(f"its {bits} bits are not 2048 to 8192")
        public = {name: member[name] for name in _PUBLIC if name in member}
        return jwk.import_key({**public, "kid": str(kid), "alg": ALGORITHMS[named]})
    except (JoseError, ValueError, TypeError, LookupError) as error:
        log.warning("signing key %r passed over: %s", kid, error)
        return None


def _bits(modulus: str) -> int:
    return int.from_bytes(urlsafe_b64decode(modulus + "==")).bit_length()


class FileKeys:
    """Keys in a JWKS file, read again whenever the file has changed; for the development issuer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[str, Key] = {}
        self._seen: tuple[int, int, int] | None = None

    async def find(self, kid: str) -> Key | None:
        try:
            self._read_if_changed()
        except (OSError, KeysUnavailable) as error:
            raise KeysUnavailable(f"{self._path}: {error}; let the development issuer write it") from error
        return self._keys.get(kid)

    def _read_if_changed(self) -> None:
        stat = self._path.stat()
        seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if seen != self._seen:
            self._keys = read_keys(self._path.read_bytes())
            self._seen = seen


class HttpKeys:
    """Keys of an issuer at the configured `url`, the only address ever asked: nothing in a token names another.

    An unknown key id asks at most once a minute, so a flood of forged ids costs the issuer nothing (every five
    seconds until the first keys have come). Known keys are refreshed every ten minutes and kept while the issuer does
    not answer: a city goes on working, and tokens already given out end by themselves.

    Plain http is for this machine and for `private_hosts`, whose addresses must be of a private network: elsewhere
    anybody on the way could put in keys of their own. `ca` is a PEM file of who signs the issuer's certificate; else
    the usual authorities do, or those of SSL_CERT_FILE. Raises SettingsError.
    """

    def __init__(
        self,
        url: str,
        *,
        private_hosts: Collection[str] = (),
        ca: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._url = _address(url)
        self._plain = self._url.scheme == "http" and self._url.host not in ("localhost", "127.0.0.1", "::1")
        if self._plain and self._url.host not in private_hosts:
            raise SettingsError(
                f"GOUFU_JWKS names {self._url.host} over plain http: use https, or name the host in"
                " GOUFU_JWKS_HTTP_HOSTS if it is one of your private network"
            )
        self._trusted = _trusted(ca)
        self._transport = transport
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._asked = -math.inf
        self._fault = ""
        self._asking = asyncio.Lock()

    async def find(self, kid: str) -> Key | None:
        if self._due(kid) and not (kid in self._keys and self._asking.locked()):
            async with self._asking:
                # Whoever waited here finds the answer of the one before and does not ask again.
                if self._due(kid):
                    await self._ask()
        if kid not in self._keys and self._fault:
            raise KeysUnavailable(self._fault)
        return self._keys.get(kid)

    def _due(self, kid: str) -> bool:
        return self._clock() - self._asked >= self._pause(kid)

    def _pause(self, kid: str) -> float:
        if not self._keys:
            return _FIRST_KEYS_PAUSE_S
        return _KEYS_FRESH_S if kid in self._keys else _UNKNOWN_KEY_PAUSE_S

    async def _ask(self) -> None:
        try:
            if self._plain:
                await _refuse_public(self._url)
            self._keys = read_keys(await self._fetch())
            self._fault = ""
        except (httpx.HTTPError, KeysUnavailable, OSError) as error:
            self._fault = f"{self._url}: {str(error) or type(error).__name__}"
            log.warning("signing keys not refreshed: %s", self._fault)
        finally:
            self._asked = self._clock()

    async def _fetch(self) -> bytes:
        # No redirects: an answer from elsewhere is not the issuer's.
        async with httpx.AsyncClient(
            transport=self._transport, timeout=_FETCH_TIMEOUT_S, follow_redirects=False, verify=self._trusted
        ) as client:
            answer = await client.get(self._url)
        return answer.raise_for_status().content


def _trusted(ca: str) -> ssl.SSLContext:
    try:
        usual = outward()
        return ssl.create_default_context(cafile=ca) if ca else usual
    except OSError as error:
        raise SettingsError(f"GOUFU_JWKS_CA names no PEM file of certificates: {type(error).__name__}") from None
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _address(url: str) -> httpx.URL:
    try:
        return httpx.URL(http_address(url))
    except ValueError:
        raise SettingsError("GOUFU_JWKS is no address: it begins with https:// and names a host") from None


async def _refuse_public(url: httpx.URL) -> None:
    """Raises KeysUnavailable unless every address of the host is of a private network."""
    found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port or 80, type=socket.SOCK_STREAM)
    public = [place[0] for *_, place in found if not ipaddress.ip_address(place[0]).is_private]
    if public or not found:
        raise KeysUnavailable(f"{', '.join(map(str, public))} is no private address: fetch the keys over https")
