"""Who is calling: verifies an access token and says which subject of which issuer it names. Posts are not its matter.

    Verifier ── verify(header values) -> Identity, or raises
    TokenRefused ── the caller's token will not do: 401

Tokens are access tokens by RFC 9068, or what ordinary issuers give where their settings allow it (`types`); they are
signed by RS256, PS256, ES256 or Ed25519 and live in real time, never in sandbox time. `signing_keys.py` has the keys.
"""

import json
import re
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import Key

from shared.process.settings import SettingsError
from shared.web.signing_keys import ALGORITHMS, Clock, KeySource

ACCESS_TOKEN_TYPE = "at+jwt"
PLAIN_TYPE = "jwt"

_KEY_ID = re.compile(r"[A-Za-z0-9_.:=+-]{1,128}")
_KEYS_IN_HEADER = frozenset({"jku", "jwk", "x5u", "x5c"})
_APPLICATION = ("client_id", "azp")
_NOT_IN_ACCESS_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events"})
_YEAR_10000 = 253_402_300_800

_REMEMBERED_S = 300

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
    """Whom a token names. `auth_time` is when the person last logged in, None where the token does not say;
    `expires_at` is the token's end; both in UTC.

    `client` is True for a program acting for itself (client credentials): there is no end user behind it, and it
    logged in when the token was issued.
    """

    issuer: str
    subject: str
    auth_time: datetime | None
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
    """The fixed list."""

    def get_alg(self, name: str) -> JWSAlgModel:
        return super().get_alg(ALGORITHMS[name])


# An unknown header parameter that is not critical is ignored (RFC 7515, 4).
_REGISTRY = _Algorithms(algorithms=ALGORITHMS, strict_check_header=False)


def token_types(setting: str) -> frozenset[str]:
    """The types of token that a setting allows, as in `at+jwt, JWT`. Raises SettingsError."""
    types = frozenset(_type(each.strip()) for each in setting.split(","))
    if not types <= {ACCESS_TOKEN_TYPE, PLAIN_TYPE}:
        raise SettingsError("GOUFU_TOKEN_TYPES is a list of at+jwt and JWT, such as `at+jwt,JWT`")
    return types


def _type(name: object) -> str:
    return str(name).lower().removeprefix("application/")


class Verifier:
    """Verifies access tokens of one issuer, meant for one audience.

    `types` are the values of `typ` that are taken. `at+jwt` is an access token and nothing else; a plain `JWT` may as
    well be an id token, which is for the application that logged the person in and must not open anything here.
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
        types: Collection[str] = (ACCESS_TOKEN_TYPE,),
        leeway_s: float = 30,
        clock: Clock = time.time,
        max_token: int = 8192,
        remembered: int = 4096,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._types = types
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
        header_says = signed.headers()
        kid = _check_header(header_says, self._types)
        _check_signature(signed, await self._keys.find(kid))
        claims = _claims(signed.payload)
        if _type(header_says["typ"]) == PLAIN_TYPE:
            _refuse_id_token(claims)
        identity = self._read(claims, now)
        self._remember(header, identity, now)
        return identity

    def _remember(self, header: str, identity: Identity, now: float) -> None:
        until = min(identity.expires_at.timestamp(), now + _REMEMBERED_S)
        if until > now:
            self._remembered.put(header, identity, until)

    def _read(self, claims: dict[str, Any], now: float) -> Identity:
        issuer, subject = _text(claims, "iss"), _text(claims, "sub")
        _refuse_if(issuer != self._issuer, "issuer_wrong")
        _refuse_if(self._audience not in _audiences(claims), "audience_wrong")
        client = _is_program(claims, subject, _applications(claims))
        expires_at, auth_time = self._check_times(claims, now, client)
        token_id = _text(claims, "jti") if "jti" in claims else None
        return Identity(issuer, subject, auth_time, expires_at, client, token_id)

    def _check_times(self, claims: dict[str, Any], now: float, client: bool) -> tuple[datetime, datetime | None]:
        expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
        login = _seconds(claims, "auth_time") if "auth_time" in claims else issued if client else None
        latest = now + self._leeway
        _refuse_if(now - self._leeway >= expires, "expired")
        _refuse_if(issued > latest, "issued_in_future")
        _refuse_if("nbf" in claims and _seconds(claims, "nbf") > latest, "not_yet_valid")
        # A login in the future would count as fresh until then.
        _refuse_if(login is not None and login > latest, "login_in_future")
        return datetime.fromtimestamp(expires, UTC), None if login is None else datetime.fromtimestamp(login, UTC)


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


def _check_header(header: dict[str, Any], types: Collection[str]) -> str:
    """The key id. The header is unverified here and chooses nothing but one of our own keys."""
    _refuse_if(not isinstance(header["alg"], str) or header["alg"] not in ALGORITHMS, "algorithm_refused")
    _refuse_if(not _KEYS_IN_HEADER.isdisjoint(header), "key_in_header")
    _refuse_if("crit" in header, "critical_header_unknown")
    # An id token carries the same issuer, subject and signature. Only the type tells them apart in every issuer
    # (RFC 9068, 4; RFC 8725, 3.11); `token_use` is one vendor's.
    _refuse_if(_type(header.get("typ")) not in types, "not_an_access_token")
    kid = header.get("kid")
    _refuse_if(kid is None, "key_id_missing")
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise TokenRefused("key_id_malformed")
    return kid


def _check_signature(signed: jws.CompactSignature, key: Key | None) -> None:
    """The library compares the header's algorithm with the key's own, which `read_keys` gave it: else a signature made
    for one could pass as another's."""
    if key is None:
        raise TokenRefused("key_unknown")
    try:
        genuine = jws.validate_compact(signed, key, registry=_REGISTRY)
    except JoseError:
        raise TokenRefused("key_of_another_algorithm") from None
    _refuse_if(not genuine, "signature_wrong")


def _refuse_id_token(claims: dict[str, Any]) -> None:
    """For tokens whose type does not say it. An id token is for the application that it names (`azp`) and always has
    it among its audiences (OpenID Connect Core, 2), an access token for an API never has."""
    _refuse_if(not _NOT_IN_ACCESS_TOKENS.isdisjoint(claims), "id_token")
    _refuse_if(str(claims.get("typ", "bearer")).lower() != "bearer", "id_token")  # Keycloak: Bearer, ID, Refresh
    _refuse_if(claims.get("token_use", "access") != "access", "id_token")  # Cognito: access, id
    applications = _applications(claims)
    _refuse_if(not applications, "application_missing")
    _refuse_if(any(each in applications for each in _audiences(claims)), "id_token")


def _applications(claims: dict[str, Any]) -> list[str]:
    """To which application the token was given: `client_id` (RFC 9068) or `azp` (OpenID Connect Core, 2)."""
    return [_text(claims, name) for name in _APPLICATION if name in claims]


def _is_program(claims: dict[str, Any], subject: str, applications: Sequence[str]) -> bool:
    """Whether no person is involved: then the subject is the application itself (RFC 9068, 2.2). Some issuers give it a
    subject of its own and say it otherwise: Keycloak by a user name, Auth0 by `gty`, Entra by `idtyp`."""
    return (
        subject in applications
        or claims.get("preferred_username") in [f"service-account-{each}" for each in applications]
        or claims.get("gty") == "client-credentials"
        or claims.get("idtyp") == "app"
    )


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
