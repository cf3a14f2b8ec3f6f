"""Imports: results of before Goufu, entered with the hash of their evidence and confirmed by another person."""
