"""Clearances: may this provider be awarded, may it sign, now? Open until the contract is signed; `check` asks the same
without effect."""
