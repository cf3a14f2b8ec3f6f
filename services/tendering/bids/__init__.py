"""Bids: sealed, stored first, then submitted under the procurement's lock against a receipt."""
