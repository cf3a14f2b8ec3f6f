"""Payments: request by one person, approval by another, the result that gates the line; the last of them releases."""
