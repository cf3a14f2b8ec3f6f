"""Rescorings: after the sums are drawn and before an award is proposed, scores are opened again on a ground of the law,
by another person than who gave them, once the panel has found the fault."""
