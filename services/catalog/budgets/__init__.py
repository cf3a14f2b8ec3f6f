"""Budgets: a line of the purchaser, sources by kind, finance's review; afterwards locked but for adjustments."""
