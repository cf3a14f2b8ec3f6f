"""The opening key of a procurement, split among openers so that any k of n bring it together again and fewer learn
nothing (Shamir's scheme in the form of SLIP-39).

The key is made on the purchaser's machine, which keeps nothing of its private half: each share is encrypted there to
one opener. To open, an opener decrypts the share on their own machine and encrypts it anew to the one-time key of the
opening act, so that the server holds no share before that act, and none that is of use after it.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from shared.fields.strict_json import canonical
from shared.sealing.keys import KeyPair
from shared.sealing.suites import CURRENT, BadKey, CannotOpen, Suite, suite_of

MOST_OPENERS = 16
"""As many members as a group of SLIP-39 may have."""

LONGEST_SHARE = 33 * 9
"""Characters to which a share is filled up, so that the length of its words tells nothing: 33 words of up to 8 letters
and the spaces between them."""

Id = Annotated[UUID, Strict(False)]
SuiteId = Annotated[str, Field(pattern=r"^[a-z0-9:-]{1,120}$", examples=[CURRENT.id])]
PublicText = Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}:[A-Za-z0-9+/=]{1,200}$")]
HashText = Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}:[0-9a-f]{64,128}$", examples=["sha256:" + "ab" * 32])]
Encrypted = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/=]{1,2000}$", examples=["AAAA"])]


class WrongShare(Exception):
    """This is not the share that was made for this opener."""


class SharesDoNotFit(Exception):
    """These shares do not make the opening key: too few, or not made together."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Share(_Part):
    """One opener's share: encrypted to `recipient`, whose private half only that person has. `share_hash` is the hash
    of the share itself, by which a wrong one is known at once; a share is random, so its hash tells nothing."""

    number: int = Field(ge=1, le=MOST_OPENERS)
    opener: Id
    recipient: PublicText
    share: Encrypted
    share_hash: HashText


class OpeningKey(_Part):
    """The opening key as it is published: the public half, and a share for each opener, of whom `threshold` open."""

    format: Literal["goufu.opening-key.v1"] = "goufu.opening-key.v1"
    suite: SuiteId
    procurement_id: Id
    public_key: PublicText
    threshold: int = Field(ge=1, le=MOST_OPENERS)
    shares: list[Share] = Field(min_length=1, max_length=MOST_OPENERS)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Each opener once, and no more needed than there are. Raises ValueError."""
        if [share.number for share in self.shares] != list(range(1, len(self.shares) + 1)):
            raise ValueError("number the shares 1 to n")
        for each in ("opener", "recipient"):
            if len({getattr(share, each) for share in self.shares}) != len(self.shares):
                raise ValueError(f"name each {each} once")
        if self.threshold > len(self.shares):
            raise ValueError("no more openers can be needed than there are")
        return self

    def check_keys(self) -> None:
        """Raises UnknownSuite, or BadKey when something could not be encrypted to one of the keys."""
        suite = suite_of(self.suite)
        for key in (self.public_key, *(share.recipient for share in self.shares)):
            suite.encrypt(b"", key, b"")

    def fingerprint(self) -> str:
        """The hash of the public key, by which bids and notices name it."""
        return fingerprint(self.suite, self.public_key)

    def share_of(self, opener: UUID) -> Share | None:
        return next((share for share in self.shares if share.opener == opener), None)


class Act(_Part):
    """An opening act: the one-time public key to which openers encrypt their shares anew."""

    format: Literal["goufu.opening-act.v1"] = "goufu.opening-act.v1"
    act_id: Id
    public_key: PublicText
    opening_key: OpeningKey


class GivenShare(_Part):
    """An opener's share, encrypted to the one-time key of an act."""

    act_id: Id
    number: int = Field(ge=1, le=MOST_OPENERS)
    share: Encrypted


def fingerprint(suite: str, public_key: str) -> str:
    """The hash of a public key; raises UnknownSuite."""
    return suite_of(suite).hash(public_key.encode())


def make_opening_key(
    procurement_id: UUID, openers: Sequence[tuple[UUID, str]], threshold: int, suite: Suite = CURRENT
) -> OpeningKey:
    """A new opening key, split among persons with their public keys, any `threshold` of whom open. Nothing is kept of
    its private half. Raises BadKey, ValueError."""
    if not 1 < threshold <= len(openers) <= MOST_OPENERS:
        raise ValueError(f"let at least 2 open, and no more than there are; at most {MOST_OPENERS} openers")
    private = suite.new_key()
    words = generate_mnemonics(1, [(threshold, len(openers))], private, iteration_exponent=0)[0]
    if combine_mnemonics(words[-threshold:]) != private:
        raise RuntimeError("the shares do not make the key they were made of")
    public = suite.public_key(private)
    shares = []
    for number, ((person, recipient), share) in enumerate(zip(openers, words, strict=True), 1):
        text = share.ljust(LONGEST_SHARE).encode()
        encrypted = _text(suite.encrypt(text, recipient, _share_info(procurement_id, public, number, person)))
        shares.append(
            Share(number=number, opener=person, recipient=recipient, share=encrypted, share_hash=suite.hash(text))
        )
    return OpeningKey(
        suite=suite.id, procurement_id=procurement_id, public_key=public, threshold=threshold, shares=shares
    )


def give_share(act: Act, key: KeyPair) -> GivenShare:
    """The share of this key's owner, for the act. Raises BadKey when there is none for this key, CannotOpen."""
    opening = act.opening_key
    own = next((share for share in opening.shares if share.recipient == key.public_key), None)
    if own is None:
        raise BadKey("none of the shares was made for this key")
    suite = suite_of(opening.suite)
    info = _share_info(opening.procurement_id, opening.public_key, own.number, own.opener)
    share = suite.decrypt(_bytes(own.share), key.private("open"), info)
    given = suite.encrypt(share, act.public_key, _act_info(act.act_id, opening, own))
    return GivenShare(act_id=act.act_id, number=own.number, share=_text(given))


def receive_share(given: GivenShare, opener: UUID, opening: OpeningKey, act_private: bytes) -> str:
    """The share that an opener gave to the act; raises WrongShare."""
    own, suite = opening.share_of(opener), suite_of(opening.suite)
    if own is None or own.number != given.number:
        raise WrongShare
    try:
        share = suite.decrypt(_bytes(given.share), act_private, _act_info(given.act_id, opening, own))
    except CannotOpen:
        raise WrongShare from None
    if suite.hash(share) != own.share_hash:
        raise WrongShare
    return share.decode()


def combine(opening: OpeningKey, shares: Sequence[str]) -> bytes:
    """The private half of the opening key; raises SharesDoNotFit."""
    if len(shares) < opening.threshold:
        raise SharesDoNotFit
    try:
        private = combine_mnemonics(list(shares[: opening.threshold]))
        made = suite_of(opening.suite).public_key(private)
    except (MnemonicError, BadKey):
        raise SharesDoNotFit from None  # what these errors say names words of the shares
    if made != opening.public_key:
        raise SharesDoNotFit
    return bytes(private)


def _share_info(procurement_id: UUID, public_key: str, number: int, opener: UUID) -> bytes:
    return canonical(["goufu.share.v1", procurement_id, public_key, number, opener])


def _act_info(act_id: UUID, opening: OpeningKey, share: Share) -> bytes:
    return canonical(["goufu.act-share.v1", act_id, opening.procurement_id, share.number, share.opener])


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise CannotOpen from None
