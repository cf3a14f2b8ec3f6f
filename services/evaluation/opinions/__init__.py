"""Opinions of the community committees and, apart from them, of the residents' representatives."""
