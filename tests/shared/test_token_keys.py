"""The issuer's public keys: which are taken, from where, and how often the issuer is asked."""

import asyncio
import base64
import json
import ssl
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from deploy.local.ports import LOOPBACK
from shared.process.settings import SettingsError
from shared.web.signing_keys import HttpKeys, KeysUnavailable, read_keys
from tests.support.authority import Authority

JWKS_URL = "https://login.chengdu.example/jwks"


class Clock:
    """Seconds, as the tests set them."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class JwksServer:
    """The issuer's JWKS address: counts requests, publishes `keys`, fails while `down`, waits for `open`."""

    def __init__(self, *keys: Key) -> None:
        self.keys = keys
        self.requests: list[str] = []
        self.down = False
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(str(request.url))
        await self.open.wait()
        return httpx.Response(503) if self.down else httpx.Response(200, content=jwks(*self.keys))

    def as_source(self, clock: Clock) -> HttpKeys:
        return HttpKeys(JWKS_URL, transport=httpx.MockTransport(self), clock=clock)


def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def jwks(*keys: Key) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


EC = ec_key("ec")
ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "alg": "EdDSA"})


# Keys over HTTP


async def test_a_flood_of_unknown_keys_asks_the_issuer_once_a_minute() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    await source.find("ec")
    per_minute = []

    for _ in range(3):
        clock.now += 60
        before = len(server.requests)
        found = [await source.find(f"forged-{n}") for n in range(200)]
        assert found == [None] * 200
        per_minute.append(len(server.requests) - before)

    assert per_minute == [1, 1, 1]
    assert set(server.requests) == {JWKS_URL}


async def test_requests_that_come_together_share_one_answer_of_the_issuer() -> None:
    server = JwksServer(EC)
    source = server.as_source(Clock())
    server.open.clear()

    asking = [asyncio.create_task(source.find("ec")) for _ in range(50)]
    await asyncio.sleep(0.01)
    server.open.set()
    found = await asyncio.gather(*asking)

    assert [key is not None for key in found] == [True] * 50
    assert len(server.requests) == 1


async def test_a_new_key_of_the_issuer_is_found_by_its_first_token() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    await source.find("ec")

    server.keys = (EC, ec_key("new"))
    clock.now += 60

    assert await source.find("new") is not None


async def test_a_key_taken_back_by_the_issuer_is_gone_after_ten_minutes() -> None:
    clock, server = Clock(), JwksServer(EC, ED)
    source = server.as_source(clock)
    await source.find("ec")
    server.keys = (ED,)

    clock.now += 599
    kept = await source.find("ec")
    clock.now += 1

    assert kept is not None
    assert await source.find("ec") is None


async def test_known_keys_are_kept_while_the_issuer_is_down_and_unknown_ones_are_undecided() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    await source.find("ec")
    server.down = True
    clock.now += 600

    kept = await source.find("ec")

    assert kept is not None
    with pytest.raises(KeysUnavailable, match="503"):
        await source.find("new")


async def test_an_issuer_that_was_down_at_the_start_is_asked_again_after_five_seconds() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    server.down = True
    with pytest.raises(KeysUnavailable):
        await source.find("ec")
    server.down = False

    clock.now += 5

    assert await source.find("ec") is not None
    assert await source.find("forged") is None


async def test_a_flood_while_the_issuer_is_down_asks_it_once_a_minute_too() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    await source.find("ec")
    server.down = True
    clock.now += 60

    for n in range(50):
        with pytest.raises(KeysUnavailable):
            await source.find(f"forged-{n}")

    assert len(server.requests) == 2


async def test_no_known_key_waits_for_an_issuer_that_hangs() -> None:
    clock, server = Clock(), JwksServer(EC)
    source = server.as_source(clock)
    await source.find("ec")
    server.open.clear()
    clock.now += 600
    refreshing = asyncio.create_task(source.find("ec"))
    await asyncio.sleep(0.01)

    found = await asyncio.wait_for(source.find("ec"), 1)

    assert found is not None
    assert not refreshing.done()
    server.open.set()
    await refreshing


async def test_a_redirect_of_the_issuer_is_not_followed() -> None:
    asked = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://evil.example/jwks"})

    source = HttpKeys(JWKS_URL, transport=httpx.MockTransport(elsewhere), clock=Clock())

    with pytest.raises(KeysUnavailable):
        await source.find("ec")
    assert asked == ["login.chengdu.example"]


@pytest.mark.parametrize(
    "url", ["http://login.chengdu.example/jwks", "http://10.1.2.3/jwks", "http://keycloak.evil.example/jwks"]
)
def test_keys_are_not_fetched_over_plain_http_from_a_host_that_no_setting_names(url: str) -> None:
    with pytest.raises(SettingsError, match=r"plain http.*GOUFU_JWKS_HTTP_HOSTS"):
        HttpKeys(url, private_hosts=["keycloak"])


@pytest.mark.parametrize("url", ["ftp://10.1.2.3/jwks", "http://[::1", "https:///jwks", "file:///etc/keys"])
def test_what_is_no_address_of_keys_says_so_and_shows_no_password(url: str) -> None:
    with pytest.raises(SettingsError, match="GOUFU_JWKS is no address"):
        HttpKeys(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.1.2.3", "[fd00::7]"])
async def test_this_machine_and_a_named_host_of_a_private_network_give_keys_over_plain_http(host: str) -> None:
    server = httpx.MockTransport(JwksServer(EC))

    source = HttpKeys(f"http://{host}/jwks", private_hosts=["10.1.2.3", "fd00::7"], transport=server, clock=Clock())

    assert await source.find("ec") is not None


@pytest.mark.parametrize("host", ["8.8.8.8", "[2400:3200::1]"])
async def test_a_named_host_outside_private_networks_gives_none(host: str) -> None:
    server = JwksServer(EC)
    transport = httpx.MockTransport(server)
    source = HttpKeys(f"http://{host}/jwks", private_hosts=[host.strip("[]")], transport=transport, clock=Clock())

    with pytest.raises(KeysUnavailable, match="no private address"):
        await source.find("ec")
    assert server.requests == []


async def test_an_authority_of_the_citys_own_is_trusted_where_a_setting_names_it_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    (tmp_path / "server.pem").write_text(authority.certificate(LOOPBACK))
    (tmp_path / "ca.pem").write_text(authority.pem)
    known = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    known.load_cert_chain(tmp_path / "server.pem")
    document = jwks(EC)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(document)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + document)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0, ssl=known)
    url = f"https://{LOOPBACK}:{server.sockets[0].getsockname()[1]}/keys"

    async with server:
        with pytest.raises(KeysUnavailable):
            await HttpKeys(url).find("ec")
        assert await HttpKeys(url, ca=str(tmp_path / "ca.pem")).find("ec") is not None
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await HttpKeys(url).find("ec") is not None


# What a JWKS may hold


def test_only_keys_of_our_algorithms_are_taken_from_a_jwks() -> None:
    others: list[Key] = [
        RSAKey.generate_key(2048, {"kid": "rs512", "alg": "RS512"}),
        RSAKey.generate_key(2048, {"kid": "oaep", "alg": "RSA-OAEP"}),
        ECKey.generate_key("P-384", {"kid": "p384"}),
        ECKey.generate_key("P-256", {"kid": "encrypts", "use": "enc"}),
        ECKey.generate_key("P-256", {"kid": "agrees", "alg": "ECDH-ES"}),
        OKPKey.generate_key("X25519", {"kid": "x25519"}),
    ]
    secret = OctKey.import_key("s" * 32, {"kid": "secret"}).as_dict(private=True)
    public = [key.as_dict(private=False) for key in (*others, EC, ED)]

    keys = read_keys(json.dumps({"keys": [secret, *public]}).encode())

    assert sorted(keys) == ["ec", "ed"]


@pytest.mark.parametrize(("named", "taken"), [(None, "RS256"), ("RS256", "RS256"), ("PS256", "PS256")])
def test_an_rsa_key_is_for_the_one_algorithm_that_it_names(named: str | None, taken: str) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa", **({"alg": named} if named else {})})

    assert read_keys(jwks(key))["rsa"].alg == taken


def test_an_rsa_key_of_2048_bits_is_taken_and_a_smaller_or_huge_one_is_not(caplog: pytest.LogCaptureFixture) -> None:
    good = RSAKey.generate_key(2048, {"kid": "good"}).as_dict(private=False)
    short = {**good, "kid": "short", "n": base64.urlsafe_b64encode((1 << 2046 | 1).to_bytes(256)).decode().rstrip("=")}
    huge = {**good, "kid": "huge", "n": base64.urlsafe_b64encode((1 << 9000 | 1).to_bytes(1126)).decode().rstrip("=")}

    keys = read_keys(json.dumps({"keys": [short, huge, good]}).encode())

    assert sorted(keys) == ["good"]
    assert "2047 bits" in caplog.text


@pytest.mark.parametrize(
    "broken",
    [{"n": "!"}, {"n": None}, {"e": "AQ"}, {"e": ""}, {"kid": ""}, {"kty": ["RSA"]}, {"use": ["sig"]}, {"alg": 7}],
)
def test_a_broken_key_in_a_jwks_costs_only_itself(broken: dict[str, object]) -> None:
    member = {**RSAKey.generate_key(2048, {"kid": "broken"}).as_dict(private=False), **broken}

    keys = read_keys(json.dumps({"keys": [member, 7, EC.as_dict(private=False)]}).encode())

    assert sorted(keys) == ["ec"]


def test_a_private_key_in_a_jwks_is_not_kept() -> None:
    document = json.dumps({"keys": [EC.as_dict(private=True)]}).encode()

    assert not read_keys(document)["ec"].is_private


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": []}', b"\xff", b"[" * 100_000]
)
def test_a_file_that_is_no_jwks_says_so(document: bytes) -> None:
    with pytest.raises(KeysUnavailable, match="JWKS"):
        read_keys(document)
