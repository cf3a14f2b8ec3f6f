"""Erasing what identifies a person, by two administrators, when no law keeps it any longer."""
