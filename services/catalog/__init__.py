"""Catalog: what may be bought, which projects are planned, with which money, and what exactly is needed.

Matters: directories (editions of the directory of services), negative_lists (what may never be bought), projects
(proposals and what becomes of them), pool (the three ways in, and the review), budgets (lines, sources, finance's
review, adjustments), commitments (what awards and contracts hold of them), requirements (versions and their review),
consultations (asking the public about a requirement).
Clauses: CD17 art. 3, 4, 8, 10 to 15, 17; ZH21 art. 2, 5, 8, 11 to 15, 19, 20; CC14 part 5; D102 art. 9, 10, 14;
GPR art. 15.
"""
