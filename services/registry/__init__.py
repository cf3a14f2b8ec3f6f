"""Registry: who may act, who may buy, who may provide, and what stands for or against a provider.

Matters: persons (and their accounts), posts, bodies (organisations that neither buy nor provide), purchasers, providers
(registration, evidence, eligibility), standing (results and what they move), imports (results of before Goufu), bars
(proposed by one person, confirmed by another), clearances (the answer to a proposed award or signing, open until the
contract is signed, and `check` without effect).
Clauses: ZH21 art. 2, 3, 5(4), 27; CD17 art. 2, 3, 33, 38; DG11 art. 4, 7; CC14 3, 4, 8; SH15 2(1), 2(2), 2(4), 2(5);
GPL art. 22, 77; GPR art. 19, 72; D102 art. 5, 6, 8.
"""
