"""Purchasers: who may buy under which text, and who may choose to."""
