"""Events of panels that are for the record alone."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from shared.events.tendering import InternalTenderingEvent


class ReplacedMember(BaseModel):
    """A member who did not score again and whose place another took; `facts` is SHA-256 over who it was."""

    model_config = ConfigDict(frozen=True)

    number: int
    facts: str


class PanelFormed(InternalTenderingEvent):
    """The panel, by number: its names stay secret until the result. `panel` is SHA-256 over its members, with what is
    nowhere told."""

    name: ClassVar[str] = "panel_formed"

    members: int
    experts: int
    panel: str | None = None
    replaced: list[ReplacedMember] = Field(default_factory=list)


class InterestDeclared(InternalTenderingEvent):
    """A member of the panel declared whether there is an interest in a bidder."""

    name: ClassVar[str] = "interest_declared"

    interested: bool
    panel: str | None = None
