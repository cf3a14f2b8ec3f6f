"""What the services tell each other. Each file holds the events of one service; all of them, nothing else.

An event is past tense, carries no personal data, names its key (the purchase or the provider whose order it keeps)
and its audience. Within v1 a field may only be added, optional. Readers ignore fields and types they do not know.
"""

from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

Audience = Literal["public", "services", "internal"]
Service = Literal["catalog", "registry", "tendering", "contracts", "evaluation"]
SERVICES: tuple[Service, ...] = get_args(Service)


class Event(BaseModel):
    """Base of every event. `organisation` owns the record, `jurisdiction` is where it lies; both fixed at creation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: ClassVar[str]
    name: ClassVar[str]
    audience: ClassVar[Audience] = "services"
    key_field: ClassVar[str] = "project_id"
    subject_field: ClassVar[str]

    jurisdiction: str
    organisation: UUID

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__ and hasattr(cls, "service"):
            EVENTS[cls.type_name()] = cls

    @classmethod
    def type_name(cls) -> str:
        """As on the wire: `goufu.evaluation.evaluation_concluded.v1`."""
        return f"goufu.{cls.service}.{cls.name}.v1"

    @property
    def key(self) -> UUID:
        return getattr(self, self.key_field)  # type: ignore[no-any-return]

    @property
    def subject(self) -> UUID:
        return getattr(self, self.subject_field)  # type: ignore[no-any-return]


EVENTS: dict[str, type[Event]] = {}
"""Every event type by its name on the wire, filled as the files are imported."""


class NamesDocuments(Event):
    """What a service says that lets its commands name documents. Each publishes its own."""

    audience: ClassVar[Audience] = "internal"
    key_field: ClassVar[str] = "keyed"
    subject_field: ClassVar[str] = "record"

    keyed: UUID
    kind: str
    record: UUID
    documents: list[UUID]
    hashes: list[str]


def topic_of(service: str, prefix: str = "goufu") -> str:
    return f"{prefix}.{service}.v1"


def heartbeats_of(service: str, prefix: str = "goufu") -> str:
    """The topic of what a service says of itself once a second, which nobody else may write to."""
    return topic_of(f"{service}.heartbeats", prefix)


def checkpoints_of(service: str, prefix: str = "goufu") -> str:
    """The topic of the signed ends of its ledger, which nobody else may write to."""
    return topic_of(f"{service}.checkpoints", prefix)
