"""Endings: a contract is completed when its term is over and its money resolved, or ended early by two persons."""
