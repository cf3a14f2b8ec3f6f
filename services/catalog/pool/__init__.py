"""The pool: the steps of each way in, and the purchaser's review that fixes a project or keeps it out."""
