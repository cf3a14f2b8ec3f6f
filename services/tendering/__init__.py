"""Tendering: from the cleared project to the confirmed award.

Matters: procurements (method, class of purchase), consents (what is lawful once another authority has consented),
files (tender file and its check), opening_keys (what bids are sealed to, and who opens), notices (publication,
closing), bids (sealed, with receipts), opening (frozen list, two persons, k of n openers), panels (members,
interests), reviews (qualification), scores (points, ranking, lots), rescorings (scores opened again), awards
(proposal, clearance, announcement, confirmation).
Clauses: CD17 art. 17, 18, 20, 21, 28, 33, 39, 41; ZH21 art. 16, 21, 23, 27, 30; DG11 art. 7; of the national rules
those on open tender, competitive consultation and purchases below the threshold.
"""
