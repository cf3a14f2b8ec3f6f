"""The development issuer: its tokens, its two files, and that it starts in the sandbox only."""

import json
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from shared.web.issuer import ISSUER, DevelopmentIssuer, IssuerError
from shared.web.signing_keys import FileKeys, KeysUnavailable
from shared.web.tokens import Identity, TokenRefused, Verifier

AUDIENCE = "goufu"
NOW = 1_900_000_000
PUBLIC_KEY = json.dumps(ECKey.generate_key("P-256").as_dict(private=False))


def clock() -> float:
    return NOW


async def verified(token: str, keys: FileKeys) -> Identity:
    return await Verifier(ISSUER, AUDIENCE, keys, clock=clock).verify([f"Bearer {token}"])


@pytest.fixture
def issuer(tmp_path: Path) -> DevelopmentIssuer:
    return DevelopmentIssuer(tmp_path / "keys", sandbox=True, clock=clock)


async def test_a_token_of_the_development_issuer_verifies_with_its_public_file(issuer: DevelopmentIssuer) -> None:
    login = datetime.fromtimestamp(NOW - 3600, UTC)

    identity = await verified(
        issuer.token("officer-li", audience=AUDIENCE, auth_time=login), FileKeys(issuer.jwks_path)
    )

    assert (identity.subject, identity.client, identity.auth_time) == ("officer-li", False, login)
    assert identity.expires_at == datetime.fromtimestamp(NOW, UTC) + timedelta(hours=8)


async def test_a_client_token_of_the_development_issuer_has_no_end_user(issuer: DevelopmentIssuer) -> None:
    identity = await verified(issuer.token("treasury", audience=AUDIENCE, client=True), FileKeys(issuer.jwks_path))

    assert identity.client


@pytest.mark.parametrize("sandbox", [False, None, "true", 1])
def test_the_development_issuer_does_not_start_outside_the_sandbox(tmp_path: Path, sandbox: Any) -> None:
    with pytest.raises(IssuerError, match="only in the sandbox"):
        DevelopmentIssuer(tmp_path / "keys", sandbox=sandbox)

    assert list(tmp_path.iterdir()) == []


def test_the_private_key_is_for_its_owner_alone_and_the_public_file_does_not_hold_it(
    issuer: DevelopmentIssuer,
) -> None:
    folder = issuer.jwks_path.parent

    assert stat.S_IMODE((folder / "signing-key.json").stat().st_mode) == 0o600
    assert all("d" not in key for key in json.loads(issuer.jwks_path.read_text())["keys"])
    assert sorted(path.name for path in folder.iterdir()) == ["jwks.json", "signing-key.json"]


async def test_issuers_that_start_at_once_in_one_folder_use_one_key(tmp_path: Path) -> None:
    starts, issuers = threading.Barrier(8), []

    def start() -> None:
        starts.wait()
        issuers.append(DevelopmentIssuer(tmp_path, sandbox=True, clock=clock))

    run_all([start] * 8)

    keys = FileKeys(tmp_path / "jwks.json")
    identities = [await verified(each.token("a", audience=AUDIENCE), keys) for each in issuers]
    assert len(identities) == 8


def run_all(functions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def test_a_file_written_anew_is_read_anew(issuer: DevelopmentIssuer) -> None:
    keys = FileKeys(issuer.jwks_path)
    await verified(issuer.token("a", audience=AUDIENCE), keys)
    folder = issuer.jwks_path.parent
    (folder / "signing-key.json").unlink()

    successor = DevelopmentIssuer(folder, sandbox=True, clock=clock)

    assert (await verified(successor.token("b", audience=AUDIENCE), keys)).subject == "b"
    with pytest.raises(TokenRefused, match="key_unknown"):
        await verified(issuer.token("a", audience=AUDIENCE), keys)


@pytest.mark.parametrize("content", ["", "{}", "[]", PUBLIC_KEY], ids=["empty", "object", "list", "public"])
def test_a_key_file_that_holds_no_private_key_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "signing-key.json").write_text(content)

    with pytest.raises(IssuerError, match="delete it"):
        DevelopmentIssuer(tmp_path, sandbox=True)


async def test_a_missing_public_file_says_which_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match=r"jwks\.json.*development issuer"):
        await FileKeys(tmp_path / "jwks.json").find("any")
