"""The proof that the law is kept: marks that tests must earn, what they prove of each clause, and mutants of the law.

`make test` judges every mark and writes what was earned to `build/proof`; `make clauses` counts it clause by clause;
`make mutants` changes the law one value at a time and expects the tests of that clause to go red.
"""
