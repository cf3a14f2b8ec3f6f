"""Whether a tender file's scoring factors may be used.

CD17-21.1   every factor relates to service quality; a kind that the list does not name needs a reason
CD17-21.2   no qualification condition is scored
CD17-21.4   every factor is quantified and matches a need or a business condition (national: GPR-34.1); the weights add
            up to 100 exactly, the items of a factor to no more than its weight
CD17-21.5   bands cover the range without gap or overlap, each with points of its own
D87-17.1, SME46-5.1    capital, turnover, size … score nothing (GPR-20.1 likewise for regional awards)
D87-55.1    open tender: price at least 10 %;  C214-24.1  consultation: 10 to 30 %, or what finance consents to; a price
            that is the same for all by such a standard is no factor
CD17-33.3, ZH21-27.6  the latest evaluation result may score, with a published value for newcomers
"""

from collections.abc import Iterator
from decimal import Decimal

from services.tendering.files.contents import Contents, Factor, Indicator
from services.tendering.rulebook import FileSection
from shared.law.decision import Finding, finding

WHOLE = Decimal("100.00")


def factor_findings(
    contents: Contents, section: FileSection, consents: frozenset[str] = frozenset()
) -> Iterator[Finding]:
    """The findings on all factors; none where the file has no factors, which is a finding of its own elsewhere.
    `consents`: who consented to the weight of the price."""
    if not contents.factors:
        return
    for factor in contents.factors:
        yield from _kind(factor, section)
        yield from _not_a_condition(factor, contents, section)
        yield from _quantified(factor, section)
        if factor.indicator is not None:
            yield from _bands(factor, factor.indicator, section)
        yield from _within_weight(factor, section)
        yield from _items(factor, section)
        yield from _result(factor, section)
    yield _weights(contents, section)
    yield from _forbidden(contents, section)
    if is_unscored(contents, section):
        yield _unscored(contents, section)
    else:
        yield from _price_weight(contents, section, consents)


def _kind(factor: Factor, section: FileSection) -> Iterator[Finding]:
    kinds = section.factor_kinds
    if kinds:
        related = factor.kind in kinds or (kinds.open and factor.reason is not None)
        yield finding("factor_not_quality", kinds.clause(factor.kind), related, factor=factor.code, kind=factor.kind)


def _not_a_condition(factor: Factor, contents: Contents, section: FileSection) -> Iterator[Finding]:
    if section.qualification_scored is not None:
        named = {factor.code, factor.matches.reference if factor.matches else ""}
        separate = not named & {condition.code for condition in contents.conditions}
        yield finding("qualification_scored", section.qualification_scored.clause, separate, factor=factor.code)


def _quantified(factor: Factor, section: FileSection) -> Iterator[Finding]:
    clause = section.factors_quantified.clause
    yield finding("factor_not_quantified", clause, _has_figures(factor), factor=factor.code)
    rule = section.factors_matched_to_need
    if rule is not None and factor.kind not in ("price", "result_reference"):
        yield finding("factor_without_need", rule.clause, factor.matches is not None, factor=factor.code)


def _has_figures(factor: Factor) -> bool:
    match factor.kind:
        case "price":
            return not factor.levels and factor.indicator is None
        case "result_reference":
            return factor.result_points is not None
        case _ if factor.indicator is not None:
            return bool(factor.indicator.bands) and not factor.levels
        case _:
            return bool(factor.levels) and all(level.points is not None for level in factor.levels)


def _bands(factor: Factor, indicator: Indicator, section: FileSection) -> Iterator[Finding]:
    rule = section.bands_cover_range or section.factors_quantified
    bands = sorted(indicator.bands, key=lambda band: (band.lowest, band.highest))
    ends = [indicator.lowest, *(end for band in bands for end in (band.lowest, band.highest)), indicator.highest]
    joints = list(zip(ends[::2], ends[1::2], strict=True))
    gap = any(upper < lower for upper, lower in joints) or any(band.lowest >= band.highest for band in bands)
    overlap = any(upper > lower for upper, lower in joints)
    yield finding("bands_leave_gap", rule.clause, not gap, factor=factor.code)
    yield finding("bands_overlap", rule.clause, not overlap, factor=factor.code)
    distinct = section.distinct_scores_per_band or section.factors_quantified
    points = [band.points for band in bands]
    yield finding("bands_same_points", distinct.clause, len(set(points)) == len(points), factor=factor.code)


def _within_weight(factor: Factor, section: FileSection) -> Iterator[Finding]:
    """The best offer gets exactly the weight: less would hide a lower weight, more would break the sum."""
    points = [band.points for band in factor.indicator.bands] if factor.indicator else []
    points += [level.points for level in factor.levels if level.points is not None]
    if factor.result_points is not None:
        points += [value for value in factor.result_points.model_dump().values() if value is not None]
    if points:
        best = max(points)
        clause = section.factors_quantified.clause
        reached = best == factor.weight
        yield finding("points_not_weight", clause, reached, factor=factor.code, best=best, weight=factor.weight)


def _items(factor: Factor, section: FileSection) -> Iterator[Finding]:
    if factor.items:
        total = sum((item.points for item in factor.items), Decimal("0.00"))
        clause = section.factors_quantified.clause
        within = total <= factor.weight
        yield finding("items_over_factor", clause, within, factor=factor.code, items=total, weight=factor.weight)


def _result(factor: Factor, section: FileSection) -> Iterator[Finding]:
    if factor.kind == "result_reference" and section.evaluation_effect is not None:
        stated = factor.result_points is not None and factor.result_points.newcomer is not None
        yield finding("newcomer_points_missing", section.evaluation_effect.clause, stated, factor=factor.code)


def _weights(contents: Contents, section: FileSection) -> Finding:
    total = sum((factor.weight for factor in contents.factors), Decimal("0.00"))
    return finding("weights_not_100", section.factors_quantified.clause, total == WHOLE, total=total)


def _forbidden(contents: Contents, section: FileSection) -> Iterator[Finding]:
    codes = {factor.code for factor in contents.factors}
    for forbidden in (section.forbidden_conditions_and_factors, section.unreasonable_conditions):
        for code in forbidden:
            yield finding("factor_forbidden", forbidden.clause(code), code not in codes, factor=code)


def is_unscored(contents: Contents, section: FileSection) -> bool:
    """Whether the price is the same for all on a basis that the text of the method lists."""
    return contents.fixed_price is not None and contents.fixed_price.basis in section.price_unscored_if


def _unscored(contents: Contents, section: FileSection) -> Finding:
    basis = contents.fixed_price.basis if contents.fixed_price else ""
    scored = any(factor.kind == "price" for factor in contents.factors)
    return finding("fixed_price_scored", section.price_unscored_if.clause(basis), not scored, basis=basis)


def weight_outside(contents: Contents, section: FileSection) -> bool:
    """Whether the price weighs less or more than the text of the method says, so that it takes a consent."""
    weight, least, most = _weight_of_price(contents), section.price_weight_min, section.price_weight_max
    within = weight >= least.value and (most is None or weight <= most.value)
    return not within and not is_unscored(contents, section)


def _weight_of_price(contents: Contents) -> Decimal:
    return sum((factor.weight for factor in contents.factors if factor.kind == "price"), Decimal("0.00")) / WHOLE


def _price_weight(contents: Contents, section: FileSection, consents: frozenset[str]) -> Iterator[Finding]:
    weight, least, most = _weight_of_price(contents), section.price_weight_min, section.price_weight_max
    needed = section.price_weight_consents
    given = bool(needed) and set(needed) <= consents
    yield finding("price_weight_low", least.clause, given or weight >= least.value, weight=weight, least=least.value)
    if most is not None:
        yield finding("price_weight_high", most.clause, given or weight <= most.value, weight=weight, most=most.value)
