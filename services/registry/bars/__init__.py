"""Bars: a provider is kept from every purchase for a time, by two persons, on a ground the law lists."""
