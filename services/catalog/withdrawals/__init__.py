"""Withdrawals: a project of the pool that is not to be bought any more is taken out by two persons."""
