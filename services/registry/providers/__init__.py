"""Providers: registration with a checked credit code, evidence entered by one person and verified by another, and what
of it meets which condition of which text."""
