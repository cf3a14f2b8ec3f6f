"""Corrections: the result of an evaluation is changed by two persons, and every version is kept."""
