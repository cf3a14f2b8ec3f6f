"""What Goufu costs, measured beside a floor: `make bench`.

Each measurement has sides (ours, and one or two references) that are run in turns on the same servers, in at least
five rounds; what counts is the ratio of their medians, because absolute figures drift with the machine. A side checks
what it did (rows, order, chain) before its figures are taken. The references in `reference/` are as bare as they can
be: no token, no rule, no ledger, statements on the driver alone.
"""
