"""Consents: what a text lets a purchaser do once somebody else has consented, asked, given, and used once."""
