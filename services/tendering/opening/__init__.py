"""Opening: the list of bids is frozen at the closing and opened in one act, by two persons with k of n openers."""
