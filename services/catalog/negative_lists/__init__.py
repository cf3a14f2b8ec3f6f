"""Negative lists: declared item by item, confirmed by another person, at entry, at submission, before procurement."""
