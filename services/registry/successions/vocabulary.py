"""How an organisation takes another's place, and how one leaves."""

from typing import Literal

Manner = Literal["merger", "division", "conversion", "transfer"]
"""合并, 分立, 改制 (the same body founded anew), 职能划转 (its functions are given to another)."""

Departure = Literal["dissolved", "merged", "divided", "converted"]
"""撤销或注销, 合并, 分立, 改制."""

ANNULLED = "annulled"
"""It never took that place: the succession was entered wrongly, and two persons take it back."""
