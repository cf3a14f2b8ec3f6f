"""Access tokens: what is accepted, and what is refused by which code."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.process.settings import SettingsError
from shared.web.signing_keys import read_keys
from shared.web.tokens import Identity, TokenRefused, Verifier, token_types

ISSUER = "https://login.chengdu.example"
AUDIENCE = "goufu"
NOW = 1_900_000_000


class Clock:
    """Real time, as the tests set it."""

    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now


class CountedKeys:
    """A key source that counts how often it is asked: once for each token verified in full."""

    def __init__(self, *keys: Key) -> None:
        self.keys = read_keys(jwks(*keys)) if keys else {}
        self.asked = 0

    async def find(self, kid: str) -> Key | None:
        self.asked += 1
        return self.keys.get(kid)


def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


EC = ec_key("2026-ec")
ED = OKPKey.generate_key("Ed25519", {"kid": "2026-ed", "alg": "EdDSA"})
RS = RSAKey.generate_key(2048, {"kid": "2026-rs", "use": "sig", "alg": "RS256"})
PS = RSAKey.generate_key(2048, {"kid": "2026-ps", "use": "sig", "alg": "PS256"})
KEYS: dict[str, Key] = {"ES256": EC, "Ed25519": ED, "EdDSA": ED, "RS256": RS, "PS256": PS}
BOTH_TYPES = token_types("at+jwt, JWT")


def jwks(*keys: Key) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(header: object, payload: object) -> str:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return b64(json.dumps(header).encode()) + "." + b64(content)


def changed(standard: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`standard` with `changes`; a change to None takes the entry out."""
    return {name: value for name, value in {**standard, **changes}.items() if value is not None}


def claims(**changes: Any) -> dict[str, Any]:
    standard = {
        "iss": ISSUER,
        "sub": "account-17",
        "aud": AUDIENCE,
        "client_id": "city-portal",
        "iat": NOW,
        "exp": NOW + 600,
        "auth_time": NOW - 120,
        "jti": "t-1",
    }
    return changed(standard, changes)


def signed(payload: object, header: dict[str, Any] | None = None, key: Key = EC) -> str:
    """A token with any header and any payload, truly signed by `key`."""
    own = "ES256" if isinstance(key, ECKey) else "Ed25519" if isinstance(key, OKPKey) else str(key.alg)
    return signed_as(own, changed({"alg": own, "typ": "at+jwt", "kid": key.kid}, header or {}), payload, key)


def signed_as(algorithm: str, header: dict[str, Any], payload: object, key: Key) -> str:
    text = unsigned(header, payload)
    return f"{text}.{b64(JWSRegistry.algorithms[algorithm].sign(text.encode(), key))}"


def verifier(clock: Clock | None = None, keys: Any = None, **options: Any) -> Verifier:
    return Verifier(ISSUER, AUDIENCE, keys or CountedKeys(EC, ED, RS, PS), clock=clock or Clock(), **options)


async def accept(token: str, **options: Any) -> Identity:
    return await verifier(**options).verify([f"Bearer {token}"])


async def refusal(*authorization: str, **options: Any) -> tuple[str, bool]:
    with pytest.raises(TokenRefused) as caught:
        await verifier(**options).verify(authorization)
    return caught.value.reason, caught.value.suspicious


async def refused(token: str, **options: Any) -> str:
    return (await refusal(f"Bearer {token}", **options))[0]


async def refused_as_attack(token: str) -> str:
    reason, suspicious = await refusal(f"Bearer {token}")
    assert suspicious
    return reason


# What a good token says


async def test_a_token_names_its_subject_and_when_that_person_logged_in() -> None:
    identity = await accept(signed(claims(auth_time=NOW - 901)))

    assert identity == Identity(
        issuer=ISSUER,
        subject="account-17",
        auth_time=datetime.fromtimestamp(NOW - 901, UTC),
        expires_at=datetime.fromtimestamp(NOW + 600, UTC),
        client=False,
        token_id="t-1",
    )


@pytest.mark.parametrize("name", KEYS)
async def test_a_token_of_each_algorithm_is_accepted_and_ed25519_under_both_names(name: str) -> None:
    identity = await accept(signed(claims(), {"alg": name}, KEYS[name]))

    assert identity.subject == "account-17"


@pytest.mark.parametrize("named", KEYS)
@pytest.mark.parametrize("used", ["ES256", "Ed25519", "RS256", "PS256"])
async def test_a_key_verifies_its_own_algorithm_and_no_other(used: str, named: str) -> None:
    """Whatever the header names, and whichever key signed by whichever algorithm."""
    key = KEYS[named]
    signer = key if key.key_type == KEYS[used].key_type else KEYS[used]
    token = signed_as(used, {"alg": used, "typ": "at+jwt", "kid": key.kid}, claims(), signer)

    if KEYS[used] is key:
        assert (await accept(token)).subject == "account-17"
    else:
        assert await refused_as_attack(token) == "key_of_another_algorithm"


@pytest.mark.parametrize(("said", "made"), [("RS256", "PS256"), ("PS256", "RS256")])
async def test_a_signature_made_by_the_other_rsa_algorithm_is_wrong(said: str, made: str) -> None:
    key = KEYS[said]
    token = signed_as(made, {"alg": said, "typ": "at+jwt", "kid": key.kid}, claims(), key)

    assert await refused_as_attack(token) == "signature_wrong"


async def test_a_token_that_says_no_login_leaves_its_age_unknown() -> None:
    identity = await accept(signed(claims(auth_time=None)))

    assert (identity.auth_time, identity.client) == (None, False)


@pytest.mark.parametrize("application", [{"azp": "city-portal", "client_id": None}, {"client_id": None}])
async def test_a_token_names_its_application_by_azp_or_not_at_all(application: dict[str, Any]) -> None:
    identity = await accept(signed(claims(**application)))

    assert not identity.client


@pytest.mark.parametrize(
    "said",
    [
        {"sub": "treasury", "client_id": "treasury"},
        {"sub": "treasury", "client_id": None, "azp": "treasury"},
        {"sub": "6f1c", "client_id": None, "azp": "treasury", "preferred_username": "service-account-treasury"},
        {"sub": "6f1c", "gty": "client-credentials"},
        {"sub": "6f1c", "idtyp": "app"},
    ],
    ids=["RFC 9068", "azp", "Keycloak", "Auth0", "Entra"],
)
async def test_a_program_with_no_end_user_is_a_client_that_logged_in_with_its_token(said: dict[str, Any]) -> None:
    identity = await accept(signed(claims(**said, auth_time=None)))

    assert identity.client
    assert identity.auth_time == datetime.fromtimestamp(NOW, UTC)


@pytest.mark.parametrize(
    "said",
    [
        {"client_id": "treasury-2"},
        {"azp": "treasury", "preferred_username": "service-account-other"},
        {"preferred_username": "service-account-"},
        {"gty": "password"},
        {"idtyp": "user"},
        {"preferred_username": ["service-account-city-portal"]},
    ],
)
async def test_a_person_is_no_client(said: dict[str, Any]) -> None:
    assert not (await accept(signed(claims(sub="person", **said)))).client


async def test_the_scheme_and_the_type_are_read_in_any_case() -> None:
    token = signed(claims(), {"typ": "application/AT+JWT"})

    identity = await verifier().verify([f"bearer {token}"])

    assert identity.subject == "account-17"


# the header itself


async def test_a_request_without_a_token_is_refused() -> None:
    assert await refusal() == ("no_token", False)
    assert await refusal("Bearer ") == ("no_token", False)


async def test_another_scheme_than_bearer_is_refused() -> None:
    assert await refusal("Basic YTpi") == ("not_bearer", False)
    assert await refusal(signed(claims())) == ("not_bearer", False)


async def test_two_authorization_headers_are_refused_even_when_both_are_good() -> None:
    header = f"Bearer {signed(claims())}"

    assert await refusal(header, header) == ("several_authorization_headers", True)


async def test_a_token_of_8192_characters_is_read_and_one_more_is_not() -> None:
    start = signed(claims())
    at_the_limit = start + "A" * (8192 - len(start))

    assert await refused(at_the_limit) == "malformed"
    assert await refused(at_the_limit + "A") == "too_large"
    assert await refused("A" * 100_000) == "too_large"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        " a.b.c",
        "a.b.令",
        unsigned(["alg"], {}) + ".AA",
        unsigned("alg", {}) + ".AA",
        unsigned(["alg", "b64"], {}) + ".AA",
        unsigned({"typ": "at+jwt"}, {}) + ".AA",
        unsigned({"alg": "ES256", "b64": False}, {}) + ".AA",
        b64(b"\xff\xfe") + ".AA.AA",
    ],
)
async def test_a_token_that_cannot_be_read_is_refused(token: str) -> None:
    assert await refused(token) == "malformed"


@pytest.mark.parametrize("stray", [" ", "\x00", "令", "=", "."])
async def test_a_good_token_with_a_stray_character_is_refused(stray: str) -> None:
    header, rest = signed(claims()).split(".", 1)

    assert await refused(f"{header}.{stray}{rest}") == "malformed"


@pytest.mark.parametrize("payload", [[], "text", 17, None, b"", b"\xff", b"[" * 3000])
async def test_a_payload_that_is_no_object_is_refused(payload: object) -> None:
    assert await refused(signed(payload)) == "malformed"


# the algorithm


@pytest.mark.parametrize(
    "name",
    ["none", "None", "nOnE", "NONE", "", "RS512", "HS256", "ES384", "Ed448", "es256", "rs256", ["ES256"], {"a": 1}],
)
async def test_any_algorithm_outside_the_fixed_list_is_refused(name: object) -> None:
    header = {"alg": name, "typ": "at+jwt", "kid": EC.kid}

    assert await refused_as_attack(unsigned(header, claims()) + ".") == "algorithm_refused"


@pytest.mark.parametrize(
    ("key", "secret"),
    [(key, form) for key in (EC, RS) for form in (key.as_pem(private=False), key.as_der(private=False), jwks(key))],
    ids=[f"{key} as {form}" for key in ("EC", "RSA") for form in ("PEM", "DER", "JWKS")],
)
async def test_a_token_signed_with_the_public_key_as_secret_is_refused(key: Key, secret: bytes) -> None:
    text = unsigned({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}, claims())
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest()

    assert await refused_as_attack(f"{text}.{b64(signature)}") == "algorithm_refused"


async def test_a_token_that_names_a_key_of_another_algorithm_is_refused() -> None:
    token = signed(claims(), {"alg": "ES256", "kid": ED.kid}, EC)

    assert await refused_as_attack(token) == "key_of_another_algorithm"


# the key


@pytest.mark.parametrize("kid", ["../../dev/null", "/etc/passwd", "' OR 1=1 --", "a\x00b", "", "k" * 129, 7, ["a"]])
async def test_a_key_id_that_is_a_path_or_a_query_is_refused(kid: object) -> None:
    assert await refused_as_attack(signed(claims(), {"kid": kid})) == "key_id_malformed"


async def test_a_token_without_a_key_id_is_refused() -> None:
    assert await refused(signed(claims(), {"kid": None})) == "key_id_missing"


async def test_an_unknown_key_is_refused() -> None:
    assert await refused_as_attack(signed(claims(), key=ec_key("nobody"))) == "key_unknown"


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
async def test_a_token_that_brings_its_own_key_is_refused_before_any_key_is_sought(name: str) -> None:
    keys = CountedKeys(EC)
    own = {
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
        "jwk": {"kty": "EC"},
        "x5c": ["MIIB"],
    }

    reason = await refusal(f"Bearer {signed(claims(), {name: own[name]})}", keys=keys)

    assert reason == ("key_in_header", True)
    assert keys.asked == 0


@pytest.mark.parametrize("crit", [["b64"], ["exp"], ["alg"], []])
async def test_a_critical_extension_is_refused(crit: list[str]) -> None:
    token = signed(claims(), {"crit": crit, "exp": NOW + 600})

    assert await refused(token) == "critical_header_unknown"


# time, in seconds, with 30 of leeway


@pytest.mark.parametrize(
    ("claim", "last_good", "first_bad", "reason"),
    [
        ("exp", -29, -30, "expired"),
        ("nbf", 30, 31, "not_yet_valid"),
        ("iat", 30, 31, "issued_in_future"),
        ("auth_time", 30, 31, "login_in_future"),
    ],
)
async def test_a_token_is_good_to_the_end_of_the_leeway_and_not_a_second_longer(
    claim: str, last_good: int, first_bad: int, reason: str
) -> None:
    identity = await accept(signed(claims(**{claim: NOW + last_good})))

    assert identity.subject == "account-17"
    assert await refused(signed(claims(**{claim: NOW + first_bad}))) == reason


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat"])
async def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    assert await refused(signed(claims(**{name: None}))) == f"{name}_missing"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time"])
@pytest.mark.parametrize("value", ["1900000600", True, float("nan"), float("inf"), -1, 1e300, [NOW]])
async def test_a_time_that_is_no_number_of_seconds_is_refused(name: str, value: object) -> None:
    assert await refused(signed(claims(**{name: value}))) == f"{name}_malformed"


@pytest.mark.parametrize("name", ["sub", "client_id", "azp", "jti"])
@pytest.mark.parametrize("value", ["", "a\x00b", "a\nb", "\ud800", "s" * 256, 17, ["account-17"]])
async def test_a_name_that_no_store_could_keep_is_refused(name: str, value: object) -> None:
    assert await refused(signed(claims(**{name: value}))) == f"{name}_malformed"


# for whom, by whom, of which kind, unaltered


@pytest.mark.parametrize("audience", ["treasury", [], ["treasury", "goufu-staging"], [["goufu"]], {"goufu": 1}])
async def test_a_token_for_another_service_is_refused(audience: object) -> None:
    assert await refused(signed(claims(aud=audience))) == "audience_wrong"


async def test_a_list_of_audiences_with_ours_is_accepted() -> None:
    identity = await accept(signed(claims(aud=["treasury", AUDIENCE])))

    assert identity.subject == "account-17"


@pytest.mark.parametrize("issuer", ["https://evil.example", ISSUER + "/", ISSUER.upper()])
async def test_a_token_of_another_issuer_is_refused(issuer: str) -> None:
    assert await refused(signed(claims(iss=issuer))) == "issuer_wrong"


@pytest.mark.parametrize("kind", ["JWT", "logout+jwt", "", None, "at+jwt ", "application/application/at+jwt"])
async def test_an_id_token_is_not_an_access_token(kind: str | None) -> None:
    assert await refused(signed(claims(), {"typ": kind})) == "not_an_access_token"


@pytest.mark.parametrize("kind", ["JWT", "jwt", "application/jwt", "at+jwt", "application/at+jwt"])
async def test_a_plain_type_is_taken_where_the_setting_allows_it(kind: str) -> None:
    identity = await accept(signed(claims(), {"typ": kind}), types=BOTH_TYPES)

    assert identity.subject == "account-17"


@pytest.mark.parametrize("kind", ["logout+jwt", "secevent+jwt", "", None])
async def test_no_third_type_is_taken_even_then(kind: str | None) -> None:
    assert await refused(signed(claims(), {"typ": kind}), types=BOTH_TYPES) == "not_an_access_token"


@pytest.mark.parametrize(
    "mark",
    [
        {"nonce": "n-0S6_WzA2Mj"},
        {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"},
        {"c_hash": "LDktKdoQak3Pk0cnXxCltA"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"token_use": "id"},
        {"client_id": None, "azp": AUDIENCE},
        {"client_id": AUDIENCE},
        {"client_id": None, "azp": "city-portal", "aud": [AUDIENCE, "city-portal"]},
    ],
)
async def test_a_plain_token_with_a_mark_of_an_id_token_is_refused_and_one_of_type_at_jwt_is_not(
    mark: dict[str, Any],
) -> None:
    assert await refused(signed(claims(**mark), {"typ": "JWT"}), types=BOTH_TYPES) == "id_token"
    assert (await accept(signed(claims(**mark)), types=BOTH_TYPES)).subject == "account-17"


async def test_a_plain_token_that_names_no_application_could_be_any() -> None:
    token = signed(claims(client_id=None), {"typ": "JWT"})

    assert await refused(token, types=BOTH_TYPES) == "application_missing"


@pytest.mark.parametrize("extra", [{"typ": "Bearer"}, {"token_use": "access"}, {"scope": "openid"}, {"sid": "s-1"}])
async def test_what_ordinary_issuers_put_into_access_tokens_is_no_mark(extra: dict[str, Any]) -> None:
    ordinary = claims(client_id=None, azp="city-portal", aud=[AUDIENCE, "account"], auth_time=None, **extra)

    identity = await accept(signed(ordinary, {"typ": "JWT"}, RS), types=BOTH_TYPES)

    assert (identity.subject, identity.auth_time) == ("account-17", None)


@pytest.mark.parametrize("setting", ["", "JWS", "at+jwt;JWT", "at+jwt,", "*"])
def test_a_setting_that_names_another_type_says_which_there_are(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"GOUFU_TOKEN_TYPES.*at\+jwt"):
        token_types(setting)


async def test_a_changed_payload_under_the_old_signature_is_refused() -> None:
    header, _, signature = signed(claims()).split(".")
    payload = b64(json.dumps(claims(sub="account-18")).encode())

    assert await refused_as_attack(f"{header}.{payload}.{signature}") == "signature_wrong"


@pytest.mark.parametrize("ending", ["", "A", "=", "+", " ", "\n"])
async def test_a_signature_that_is_cut_or_longer_is_refused(ending: str) -> None:
    token = signed(claims())

    assert await refused_as_attack(token[:-1] + ending if not ending else token + ending) == "signature_wrong"


GOOD = f"Bearer {signed(claims())}"
CHARACTERS = st.one_of(st.sampled_from("ABCDwxyz0189-_."), st.integers(0, 255).map(chr))


@settings(max_examples=400, deadline=None, database=None)
@given(position=st.integers(len("Bearer "), len(GOOD) - 1), character=CHARACTERS)
async def test_a_token_with_any_byte_changed_never_verifies(position: int, character: str) -> None:
    assume(GOOD[position] != character)
    warm = verifier()
    await warm.verify([GOOD])

    with pytest.raises(TokenRefused):
        await warm.verify([GOOD[:position] + character + GOOD[position + 1 :]])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None, database=None)
@given(name=st.sampled_from(sorted(claims())), value=JSON)
async def test_whatever_a_claim_holds_the_answer_is_an_identity_or_a_refusal(name: str, value: object) -> None:
    token = signed({**claims(), name: value})

    with suppress(TokenRefused):
        assert (await accept(token)).issuer == ISSUER


# Remembered tokens


async def test_a_token_seen_before_gives_the_same_identity_without_being_verified_again() -> None:
    keys = CountedKeys(EC)
    ours = verifier(keys=keys)

    first, second = await ours.verify([GOOD]), await ours.verify([GOOD])

    assert second is first
    assert keys.asked == 1


async def test_a_remembered_token_ends_with_its_exp_like_any_other() -> None:
    clock, keys = Clock(), CountedKeys(EC)
    ours, header = verifier(clock, keys), [f"Bearer {signed(claims(exp=NOW + 100))}"]
    await ours.verify(header)

    clock.now = NOW + 99.9
    await ours.verify(header)
    asked_before_exp = keys.asked
    clock.now = NOW + 100
    await ours.verify(header)
    await ours.verify(header)
    asked_within_the_leeway = keys.asked
    clock.now = NOW + 130

    with pytest.raises(TokenRefused, match="expired"):
        await ours.verify(header)
    assert (asked_before_exp, asked_within_the_leeway) == (1, 3)


async def test_a_token_is_remembered_for_five_minutes_at_most_so_that_a_withdrawn_key_stops_working() -> None:
    clock, keys = Clock(), CountedKeys(EC)
    ours = verifier(clock, keys)
    await ours.verify([GOOD])
    keys.keys.clear()

    clock.now = NOW + 299
    await ours.verify([GOOD])
    clock.now = NOW + 300

    with pytest.raises(TokenRefused, match="key_unknown"):
        await ours.verify([GOOD])


async def test_a_refused_token_is_not_remembered() -> None:
    keys = CountedKeys()
    ours = verifier(keys=keys)
    with pytest.raises(TokenRefused, match="key_unknown"):
        await ours.verify([GOOD])

    keys.keys.update(read_keys(jwks(EC)))

    assert (await ours.verify([GOOD])).subject == "account-17"


async def test_when_the_memory_is_full_the_token_not_used_for_longest_is_forgotten() -> None:
    keys = CountedKeys(EC)
    ours = verifier(keys=keys, remembered=2)
    a, b, c = ([f"Bearer {signed(claims(sub=name))}"] for name in "abc")

    for header in (a, b, a, c, a):
        await ours.verify(header)
    verified_in_full = keys.asked
    await ours.verify(b)

    assert (verified_in_full, keys.asked) == (3, 4)
