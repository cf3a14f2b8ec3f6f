"""Routes of negative lists."""

from typing import Annotated

from fastapi import Query as Parameter

from services.catalog.law import governing
from services.catalog.negative_lists.rules import items_to_declare
from services.catalog.negative_lists.views import NegativeItemView
from services.catalog.rulebook import NegativeSection
from shared.fields.places import LocalPlace
from shared.web.http import Query, router

routes = router("negative lists")


@routes.get("/negative-items", operation_id="list_negative_items")
async def list_negative_items(jurisdiction: Annotated[LocalPlace, Parameter()], query: Query) -> list[NegativeItemView]:
    """What must be declared today for a list entry, a project or a requirement of this jurisdiction."""
    section = governing(jurisdiction, query.today, place="query").section(NegativeSection)
    return [
        NegativeItemView(
            item=item, clause=clause.id, article=clause.article, rulebook=clause.rulebook, zh=clause.zh, en=clause.en
        )
        for item, clause in items_to_declare(section).items()
    ]
