"""Events of files that are for the record alone."""

from typing import ClassVar

from shared.events.tendering import InternalTenderingEvent


class FileDrafted(InternalTenderingEvent):
    """A person wrote a version of the tender file."""

    name: ClassVar[str] = "file_drafted"

    file_version: int
    file_hash: str


class FileChecked(InternalTenderingEvent):
    """Another person checked this version; nobody can change it from now on. `asked` counts how often the rules of the
    check had been made stricter."""

    name: ClassVar[str] = "file_checked"

    file_version: int
    file_hash: str
    asked: int | None = None
