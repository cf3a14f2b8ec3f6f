"""Acceptance: what was delivered is accepted or not, by another person than the one who signed the contract."""
