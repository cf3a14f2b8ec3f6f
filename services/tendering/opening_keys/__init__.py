"""Opening keys: the public key that bids are sealed to, with a share of its private half for each opener."""
