"""A transaction, from its first lock to its stored answer: who acts, what is written, what the journal and the
refusals keep."""
