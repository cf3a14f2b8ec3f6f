"""Panels: who scores the bids, and who withdraws for an interest in a bidder."""
