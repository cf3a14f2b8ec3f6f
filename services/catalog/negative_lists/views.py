"""How a negative list looks from outside."""

from pydantic import BaseModel


class NegativeItemView(BaseModel):
    """Something that may not be bought, with the clause that says so."""

    item: str
    clause: str
    article: str
    rulebook: str
    zh: str
    en: str
