"""Events of projects that are for the record alone."""

from typing import ClassVar

from shared.events import Audience
from shared.events.catalog import ProjectEvent


class ProjectMoved(ProjectEvent):
    """The purchase of the project went on, or came to an end, in another service: where the project stands now."""

    name: ClassVar[str] = "project_moved"
    audience: ClassVar[Audience] = "internal"
