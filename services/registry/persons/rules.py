"""Which duties one person may hold together in one organisation.

Whoever audits or supervises decides no purchase there and gives no posts; that is asked when a post is given. All other
separations are judged where the act is done, by person and not by post.
"""

from services.registry.persons.duties import OVERSEEING, WATCHED


def conflicting(duties: frozenset[str]) -> frozenset[str]:
    """The duties that cannot stay together with the overseeing ones among them; empty when nothing conflicts."""
    return duties & WATCHED if duties & OVERSEEING else frozenset()
