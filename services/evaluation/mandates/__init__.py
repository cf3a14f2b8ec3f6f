"""Mandates: third parties that the purchaser has entrusted, and who therefore may organise an acceptance,
an assessment or an evaluation."""
