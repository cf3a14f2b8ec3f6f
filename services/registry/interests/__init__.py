"""Interests of persons in providers: declared by anybody of themselves, or of another with evidence."""
