"""The routes that every service has beside its matters."""

from fastapi import APIRouter

from shared.documents import documents_router
from shared.feed import feed_router
from shared.held import held_router
from shared.law import law_router
from shared.notices import notices_router


def road_routers() -> list[APIRouter]:
    """Events, rulebooks, notices, documents, held events."""
    return [feed_router(), law_router(), notices_router(), documents_router(), held_router()]
