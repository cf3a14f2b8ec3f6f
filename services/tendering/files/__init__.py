"""Tender files: drafted by one person, checked by another, immutable from then on."""
