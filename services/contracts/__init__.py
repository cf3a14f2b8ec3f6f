"""Contracts: the contract from draft to completion, its payment lines, and every movement of money.

Matters: contracts (draft, mandatory contents, reading), signing (the registry's word, both signatures, filing), terms
(years of service, renewal), payments (request, approval, release, reduction, withholding, correction), receipts
(settled or returned), endings (completion, termination). Clauses: CD17 art.
22, 23, 28, 29; ZH21 art. 22, 23, 27, 30; GPL art. 46, 47, 50; D102 art. 23, 24.
"""
