"""Two who give posts stay wherever one is lost: by a post that ends, or by a login that is disabled."""

from collections.abc import Collection

from services.registry.posts import store
from services.registry.posts.records import Post
from shared.work.database import Transaction, WrongState

ADMINISTRATORS = 2
"""A place keeps so many who may give posts there: one alone could give no weighty one."""


async def keep_administrators(tx: Transaction, ending: Collection[Post]) -> None:
    """In the place of each of these posts that gives posts there, two stay who can log in, without these posts. Raises
    WrongState."""
    gone = {post.id for post in ending}
    for place in sorted({post.jurisdiction for post in ending if "administer_posts" in post.duties}):
        if len(await store.administrators(tx, place, tx.today, but=gone)) < ADMINISTRATORS:
            raise WrongState("last_administrator", "two_other_administrators")
