"""What a city has to set before an evaluation can be concluded: how much each party counts, and where grades begin."""

from collections.abc import Mapping
from decimal import Decimal

from shared.law.rulebook import Value


def figures_lacking(
    weights: Mapping[str, Value[Decimal] | None], limits: Mapping[str, Value[Decimal] | None]
) -> list[str]:
    """The names of the figures without which no evaluation is concluded; weights that make up no whole are none."""
    given = [weight.value for weight in weights.values() if weight is not None]
    whole = len(given) == len(weights) and sum(given) == 1 and min(given) > 0
    missing = [name for name, weight in weights.items() if weight is None]
    return (missing if whole or missing else list(weights)) + [name for name, limit in limits.items() if limit is None]
