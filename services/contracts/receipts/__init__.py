"""Receipts: what became of an order to the treasury, or of a refund; an order that is returned is reversed."""
