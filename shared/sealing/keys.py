"""A person's own key pair as a file: the private half stays on their machine, the public half is given away."""

import base64
import binascii
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from shared.sealing.suites import CURRENT, BadKey, Suite, suite_of

Use = Literal["sign", "open"]


class PublicKey(BaseModel):
    """The half to give away: a bidder's to verify signatures with (`sign`), an opener's to encrypt a share to
    (`open`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["goufu.public-key.v1"] = "goufu.public-key.v1"
    suite: str
    use: Use
    public_key: str


class KeyPair(BaseModel):
    """Both halves. Whoever reads this file is its owner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["goufu.private-key.v1"] = "goufu.private-key.v1"
    suite: str
    use: Use
    public_key: str
    private_key: str

    def __repr__(self) -> str:
        return f"KeyPair({self.public_key})"

    __str__ = __repr__

    def public(self) -> PublicKey:
        return PublicKey(suite=self.suite, use=self.use, public_key=self.public_key)

    def private(self, use: Use) -> bytes:
        """The private key for that use; raises BadKey, UnknownSuite."""
        if self.use != use:
            raise BadKey(f"this key is made to {self.use}, not to {use}")
        try:
            private = base64.b64decode(self.private_key, validate=True)
        except binascii.Error:
            raise BadKey("the private key is damaged") from None
        if _public(suite_of(self.suite), use, private) != self.public_key:
            raise BadKey("the two halves of this key do not belong together")
        return private

    @classmethod
    def new(cls, use: Use, suite: Suite = CURRENT) -> Self:
        """A new key pair for that use."""
        private = suite.new_signing_key() if use == "sign" else suite.new_key()
        encoded = base64.b64encode(private).decode()
        return cls(suite=suite.id, use=use, public_key=_public(suite, use, private), private_key=encoded)


def _public(suite: Suite, use: Use, private: bytes) -> str:
    return suite.signer(private) if use == "sign" else suite.public_key(private)
