"""Commitments: what awards and contracts hold of a project's budget of a year, asked for before, freed at their end."""
