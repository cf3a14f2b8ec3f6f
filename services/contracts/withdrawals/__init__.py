"""Withdrawals: a draft that cannot or need not be signed is given up by two persons."""
