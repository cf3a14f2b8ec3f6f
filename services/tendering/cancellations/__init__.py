"""Cancellations: a procurement without a result is ended by two persons, on a ground that the law lists."""
