"""Reversals: a bar or an imported result that two persons confirmed is taken back by two, and both stay
on record."""
