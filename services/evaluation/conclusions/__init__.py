"""Conclusions: the composite evaluation of a contract, its result, correction by two persons, and publication."""
