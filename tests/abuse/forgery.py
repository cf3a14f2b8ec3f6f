"""Tokens as an attacker makes them, each one step away from a good one."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.web.issuer import ISSUER
from tests.support.world import World

Forge = Callable[["Forger"], str]


class Forger:
    """Signs whatever it is asked to with the real key of a world's issuer, or with another."""

    def __init__(self, world: World, subject: str) -> None:
        self.key: Any = world.issuer._key
        self.public: bytes = world.issuer._key.as_pem(private=False)
        now = int(time.time())
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": subject,
            "aud": world.settings.audience,
            "client_id": "somebody's application",
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
        }
        self.header: dict[str, Any] = {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}

    def token(self, header: dict[str, Any] | None = None, /, **claims: Any) -> str:
        """A signed token with these changed; what is None is left out."""
        head, given = _given({**self.header, **(header or {})}), _given({**self.claims, **claims})
        return jwt.encode(head, given, self.key, algorithms=["ES256"])

    def unsigned(self, algorithm: str) -> str:
        return ".".join((_part({**self.header, "alg": algorithm}), _part(self.claims), ""))

    def signed_with_the_public_key(self) -> str:
        signed = f"{_part({**self.header, 'alg': 'HS256'})}.{_part(self.claims)}"
        return f"{signed}.{_encoded(hmac.digest(self.public, signed.encode(), 'sha256'))}"

    def signed_by_an_rsa_key(self) -> str:
        return jwt.encode({**self.header, "alg": "RS256"}, self.claims, RSAKey.generate_key(2048), algorithms=["RS256"])

    def signed_by_another(self) -> str:
        other = ECKey.generate_key("P-256")
        return jwt.encode(self.header, self.claims, other, algorithms=["ES256"])

    def with_key_in_header(self, **members: Any) -> str:
        other = ECKey.generate_key("P-256")
        given = {"jwk": other.as_dict(private=False)} if "jwk" in members else members
        signed = jwt.encode(self.header, self.claims, other, algorithms=["ES256"])
        _, payload, signature = signed.split(".")
        return ".".join((_part({**self.header, **given}), payload, signature))

    def payload_changed(self) -> str:
        header, _, signature = self.token().split(".")
        return ".".join((header, _part({**self.claims, "sub": "somebody else"}), signature))

    def signature_cut(self) -> str:
        return self.token().rsplit(".", 1)[0] + "."


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


FORGERIES: dict[str, Forge] = {
    "none": lambda f: f.unsigned("none"),
    "nOnE": lambda f: f.unsigned("nOnE"),
    "no algorithm": lambda f: f.unsigned(""),
    "RS256 with an elliptic key's id": lambda f: f.signed_by_an_rsa_key(),
    "HS256 with the public key": lambda f: f.signed_with_the_public_key(),
    "kid with a path": lambda f: f.token({"kid": "../../../../dev/null"}),
    "kid with SQL": lambda f: f.token({"kid": "' OR 1=1 --"}),
    "kid unknown": lambda f: f.token({"kid": "another"}),
    "jwk": lambda f: f.with_key_in_header(jwk=True),
    "jku": lambda f: f.with_key_in_header(jku="http://127.0.0.1:9/keys.json"),
    "x5u": lambda f: f.with_key_in_header(x5u="http://127.0.0.1:9/cert.pem"),
    "expired": lambda f: f.token(exp=int(time.time()) - 60),
    "without exp": lambda f: f.token(exp=None),
    "not yet valid": lambda f: f.token(nbf=int(time.time()) + 600),
    "issued in the future": lambda f: f.token(iat=int(time.time()) + 600),
    "for another audience": lambda f: f.token(aud="another-city"),
    "without audience": lambda f: f.token(aud=None),
    "list without ours": lambda f: f.token(aud=["another-city", "goufu-billing"]),
    "of another issuer": lambda f: f.token(iss="https://issuer.example"),
    "issuer with a slash more": lambda f: f.token(iss=f"{ISSUER}/"),
    "id token": lambda f: f.token({"typ": "JWT"}),
    "no type": lambda f: f.token({"typ": None}),
    "payload changed": lambda f: f.payload_changed(),
    "signature cut": lambda f: f.signature_cut(),
    "signed by another": lambda f: f.signed_by_another(),
    "100 kB": lambda f: f.token(filling="x" * 100_000),
}
