"""Persons and the accounts with which they log in."""
