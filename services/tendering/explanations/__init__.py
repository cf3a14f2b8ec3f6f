"""Explanations: the panel asks why a price is so low, the bidder answers in time, the panel decides."""
