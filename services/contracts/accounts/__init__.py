"""Accounts: to which bank account the provider of a contract is paid, and how it is changed after the signatures."""
