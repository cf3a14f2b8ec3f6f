"""Persons: accounts that log in, and posts that say who may do what, where, from when and until when."""
