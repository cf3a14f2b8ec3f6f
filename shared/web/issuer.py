"""The development issuer: signs an access token for whoever is asked for, so that a sandbox needs no identity provider.

It keeps one ES256 key in a folder: `signing-key.json` (private, mode 0600) and `jwks.json` (public, for FileKeys).
"""

import json
import os
import tempfile
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from shared.web.signing_keys import Clock
from shared.web.tokens import ACCESS_TOKEN_TYPE

ISSUER = "https://issuer.goufu.example"

_CLIENT_ID = "goufu-development"


class IssuerError(Exception):
    """The development issuer cannot start; the message says what to do."""


class DevelopmentIssuer:
    """Signs tokens in a sandbox. Several processes may use one folder at once: the first one's key is everyone's.

    Raises IssuerError outside the sandbox, or when the key file cannot be used.
    """

    def __init__(self, folder: Path, sandbox: bool, *, clock: Clock = time.time) -> None:
        if sandbox is not True:
            raise IssuerError(
                "the development issuer gives anyone's token to anyone and starts only in the sandbox: "
                "configure the city's own OIDC issuer and its JWKS address, or switch the sandbox on"
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.jwks_path = folder / "jwks.json"
        self._clock = clock
        self._key = _load_or_make(folder / "signing-key.json")
        _publish(self._key, self.jwks_path)

    def token(
        self,
        subject: str,
        *,
        audience: str,
        lifetime: timedelta = timedelta(hours=8),
        auth_time: datetime | None = None,
        client: bool = False,
        issuer: str = ISSUER,
    ) -> str:
        """An access token (RFC 9068) for `subject`, valid from now, in real time.

        `auth_time` is when the person logged in (now unless given); `client` makes it a program's own token.
        """
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "client_id": subject if client else _CLIENT_ID,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "auth_time": int(auth_time.timestamp()) if auth_time else now,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": "ES256", "typ": ACCESS_TOKEN_TYPE, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])


def _load_or_make(path: Path) -> ECKey:
    if not path.exists():
        _make(path)
    try:
        key = ECKey.import_key(json.loads(path.read_bytes()))
        key.check_key_op("sign")
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise IssuerError(f"{path} holds no private ES256 key: delete it and start again for a new one") from error
    return key


def _make(path: Path) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    draft = _write_draft(path, key.as_dict(private=True))
    try:
        # Unlike a rename, a link fails where another process was first, so no key in use is ever replaced.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _publish(key: ECKey, path: Path) -> None:
    document = {"keys": [key.as_dict(private=False)]}
    if path.exists() and path.read_text() == _as_text(document):
        return
    draft = _write_draft(path, document)
    draft.chmod(0o644)
    draft.replace(path)


def _write_draft(path: Path, document: Any) -> Path:
    """A complete file of mode 0600 beside `path`, to be put in place in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w") as file:
        file.write(_as_text(document))
    return Path(name)


def _as_text(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"
