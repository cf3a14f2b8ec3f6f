"""Who is calling: verifies an access token and says which subject of which issuer it names. Posts are not its matter.

    Verifier ── verify(header values) -> Identity, or raises
    TokenRefused ── the caller's token will not do: 401
    KeysUnavailable ─ the issuer's keys cannot be had: 503, the token may be good
    FileKeys, HttpKeys ── where the issuer's public keys (JWKS, RFC 7517) come from

Tokens are RFC 9068 access tokens, signed by ES256 or Ed25519, and live in real time, never in sandbox time.
"""

import asyncio
import json
import logging
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import Key

log = logging.getLogger(__name__)

Clock = Callable[[], float]

ACCESS_TOKEN_TYPE = "at+jwt"
ALGORITHMS = ("ES256", "Ed25519", "EdDSA")

_KEY_KINDS = (("EC", "P-256"), ("OKP", "Ed25519"))
_KEY_ID = re.compile(r"[A-Za-z0-9_.:=+-]{1,128}")
_KEYS_IN_HEADER = frozenset({"jku", "jwk", "x5u", "x5c"})
_YEAR_10000 = 253_402_300_800

_REMEMBERED_S = 300
_KEYS_FRESH_S = 600
_UNKNOWN_KEY_PAUSE_S = 60
_FIRST_KEYS_PAUSE_S = 5
_FETCH_TIMEOUT_S = 3

_SUSPICIOUS = frozenset(
    {
        "several_authorization_headers",
        "algorithm_refused",
        "key_in_header",
        "key_id_malformed",
        "key_unknown",
        "key_of_another_algorithm",
        "signature_wrong",
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token names. `auth_time` is when the person last logged in, `expires_at` the token's end, both in UTC.

    `client` is True for a program acting for itself (client credentials): there is no end user behind it.
    """

    issuer: str
    subject: str
    auth_time: datetime
    expires_at: datetime
    client: bool
    token_id: str | None


class TokenRefused(Exception):
    """A request whose token will not do (401). `reason` is a stable code for the security log, never the token.

    `suspicious` marks what no honest client sends by accident: it also belongs in the security audit.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.suspicious = reason in _SUSPICIOUS
        super().__init__(reason)


class KeysUnavailable(Exception):
    """The issuer's keys cannot be read, so nothing can be said about a token (503). The message is for the operator."""


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    async def find(self, kid: str) -> Key | None:
        """The key of this id; None when the issuer has none. Raises KeysUnavailable when that cannot be known."""
        ...


def read_keys(document: bytes) -> dict[str, Key]:
    """The keys of a JWKS that can verify our algorithms, by id; others are passed over (RFC 7517, 5)."""
    try:
        members = [member for member in json.loads(document)["keys"] if _accepted(member)]
        keys = {str(member["kid"]): jwk.import_key(_public_part(member)) for member in members}
    except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        fault = f"{type(error).__name__}: {error}"
        raise KeysUnavailable(f'not a JWKS, which is {{"keys": [...]}} with public keys: {fault}') from error
    if not keys:
        raise KeysUnavailable("no ES256 or Ed25519 key with a kid in it: let the issuer sign with one of these")
    return keys


def _accepted(member: dict[str, Any]) -> bool:
    kind = (member.get("kty"), member.get("crv"))
    signs = member.get("use", "sig") == "sig" and member.get("alg", ALGORITHMS[0]) in ALGORITHMS
    return kind in _KEY_KINDS and signs and bool(member.get("kid"))


def _public_part(member: dict[str, Any]) -> dict[str, Any]:
    """Without `alg`: kind and curve already leave one algorithm only, whichever of its names the issuer uses."""
    return {name: member[name] for name in ("kty", "crv", "x", "y", "kid") if name in member}


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
    """

    def __init__(
        self, url: str, *, transport: httpx.AsyncBaseTransport | None = None, clock: Clock = time.monotonic
    ) -> None:
        address = httpx.URL(url)
        if address.scheme != "https" and address.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(f"{url}: signing keys are fetched over https (plain http only from this machine)")
        self._url = address
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
            self._keys = read_keys(await self._fetch())
            self._fault = ""
        except (httpx.HTTPError, KeysUnavailable) as error:
            self._fault = f"{self._url}: {str(error) or type(error).__name__}"
            log.warning("signing keys not refreshed: %s", self._fault)
        finally:
            self._asked = self._clock()

    async def _fetch(self) -> bytes:
        # No redirects: an answer from elsewhere is not the issuer's.
        async with httpx.AsyncClient(
            transport=self._transport, timeout=_FETCH_TIMEOUT_S, follow_redirects=False
        ) as client:
            answer = await client.get(self._url)
        return answer.raise_for_status().content


class _Remembered:
    """Identities by header text, each until its instant; the least recently used goes first when it is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, tuple[Identity, float]] = OrderedDict()

    def get(self, text: str, now: float) -> Identity | None:
        entry = self._entries.get(text)
        if entry is None:
            return None
        if now >= entry[1]:
            del self._entries[text]
            return None
        self._entries.move_to_end(text)
        return entry[0]

    def put(self, text: str, identity: Identity, until: float) -> None:
        self._entries[text] = (identity, until)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)


class _Algorithms(jws.JWSRegistry):
    """The fixed list. `EdDSA` means Ed25519 here: the name is deprecated for leaving the curve open (RFC 9864), but
    most issuers still write it."""

    def get_alg(self, name: str) -> JWSAlgModel:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


# An unknown header parameter that is not critical is ignored (RFC 7515, 4).
_REGISTRY = _Algorithms(algorithms=ALGORITHMS, strict_check_header=False)


class Verifier:
    """Verifies access tokens of one issuer, meant for one audience.

    `leeway_s` (seconds) covers the clocks of two machines that are not quite together: 30 s is far more than a host
    with NTP ever needs and still far less than a token's life. `max_token` is in characters; `clock` is real time.
    A verified token is remembered by its text for five minutes and never past its `exp`, so a repeated call costs a
    dictionary look-up, and a key withdrawn by the issuer stops working within fifteen minutes.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: KeySource,
        *,
        leeway_s: float = 30,
        clock: Clock = time.time,
        max_token: int = 8192,
        remembered: int = 4096,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._leeway = leeway_s
        self._clock = clock
        self._max_token = max_token
        self._remembered = _Remembered(remembered)

    async def verify(self, authorization: Sequence[str]) -> Identity:
        """Whom the token names. `authorization` holds all values of that header, since two of them are an attack.

        Raises TokenRefused, or KeysUnavailable. Tokens are read from this header alone (RFC 6750, 2.1).
        """
        header = _only(authorization)
        now = self._clock()
        known = self._remembered.get(header, now)
        if known is not None:
            return known
        signed = _unpack(_bearer(header, self._max_token))
        kid = _check_header(signed.headers())
        _check_signature(signed, await self._keys.find(kid))
        identity = self._read(_claims(signed.payload), now)
        self._remember(header, identity, now)
        return identity

    def _remember(self, header: str, identity: Identity, now: float) -> None:
        until = min(identity.expires_at.timestamp(), now + _REMEMBERED_S)
        if until > now:
            self._remembered.put(header, identity, until)

    def _read(self, claims: dict[str, Any], now: float) -> Identity:
        issuer, subject, client_id = _text(claims, "iss"), _text(claims, "sub"), _text(claims, "client_id")
        _refuse_if(issuer != self._issuer, "issuer_wrong")
        _refuse_if(self._audience not in _audiences(claims), "audience_wrong")
        expires_at, auth_time = self._check_times(claims, now)
        token_id = _text(claims, "jti") if "jti" in claims else None
        # RFC 9068, 2.2: where no person is involved the subject is the client itself. Hence client_id is required:
        # without it a program's token would pass for a person's.
        return Identity(issuer, subject, auth_time, expires_at, subject == client_id, token_id)

    def _check_times(self, claims: dict[str, Any], now: float) -> tuple[datetime, datetime]:
        expires, issued, login = _seconds(claims, "exp"), _seconds(claims, "iat"), _seconds(claims, "auth_time")
        latest = now + self._leeway
        _refuse_if(now - self._leeway >= expires, "expired")
        _refuse_if(issued > latest, "issued_in_future")
        _refuse_if("nbf" in claims and _seconds(claims, "nbf") > latest, "not_yet_valid")
        # A login in the future would count as fresh until then.
        _refuse_if(login > latest, "login_in_future")
        return datetime.fromtimestamp(expires, UTC), datetime.fromtimestamp(login, UTC)


def _refuse_if(condition: bool, reason: str) -> None:
    if condition:
        raise TokenRefused(reason)


def _only(authorization: Sequence[str]) -> str:
    _refuse_if(not authorization, "no_token")
    _refuse_if(len(authorization) > 1, "several_authorization_headers")
    return authorization[0]


def _bearer(header: str, longest: int) -> str:
    scheme, _, token = header.partition(" ")
    _refuse_if(scheme.lower() != "bearer", "not_bearer")
    _refuse_if(not token, "no_token")
    _refuse_if(len(token) > longest, "too_large")
    return token


def _unpack(token: str) -> jws.CompactSignature:
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        raise TokenRefused("malformed") from None
    _refuse_if(not isinstance(signed.headers(), dict), "malformed")
    return signed


def _check_header(header: dict[str, Any]) -> str:
    """The key id. The header is unverified here and chooses nothing but one of our own keys."""
    _refuse_if(header["alg"] not in ALGORITHMS, "algorithm_refused")
    _refuse_if(not _KEYS_IN_HEADER.isdisjoint(header), "key_in_header")
    _refuse_if("crit" in header, "critical_header_unknown")
    # An id token carries the same issuer, subject and signature and is for the application that logged the person in.
    # Only the type tells them apart in every issuer (RFC 9068, 4; RFC 8725, 3.11); `token_use` is one vendor's.
    kind = str(header.get("typ")).lower().removeprefix("application/")
    _refuse_if(kind != ACCESS_TOKEN_TYPE, "not_an_access_token")
    kid = header.get("kid")
    _refuse_if(kid is None, "key_id_missing")
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise TokenRefused("key_id_malformed")
    return kid


def _check_signature(signed: jws.CompactSignature, key: Key | None) -> None:
    if key is None:
        raise TokenRefused("key_unknown")
    try:
        genuine = jws.validate_compact(signed, key, registry=_REGISTRY)
    except JoseError:
        raise TokenRefused("key_of_another_algorithm") from None
    _refuse_if(not genuine, "signature_wrong")


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError):
        raise TokenRefused("malformed") from None
    if not isinstance(claims, dict):
        raise TokenRefused("malformed")
    return claims


def _claim(claims: dict[str, Any], name: str) -> Any:
    _refuse_if(claims.get(name) is None, f"{name}_missing")
    return claims[name]


def _text(claims: dict[str, Any], name: str) -> str:
    """At most 255 characters (OpenID Connect Core, 2); no NUL, control character or lone surrogate, which no store
    and no log takes."""
    value = _claim(claims, name)
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():
        raise TokenRefused(f"{name}_malformed")
    return value


def _audiences(claims: dict[str, Any]) -> list[Any]:
    value = _claim(claims, "aud")
    return value if isinstance(value, list) else [value]


def _seconds(claims: dict[str, Any], name: str) -> float:
    """A NumericDate: seconds since 1970, before the year 10000; NaN and true are none."""
    value = _claim(claims, name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _YEAR_10000:
        raise TokenRefused(f"{name}_malformed")
    return value
