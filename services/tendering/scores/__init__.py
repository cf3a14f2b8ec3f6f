"""Scores: members score the published factors, the rest is computed; then the bids are ranked, ties explained."""
