"""The floors that Goufu is held against: what the same work costs where nothing but the work is done.

They run on the same servers, with the same drivers, event loop and number of connections; they check no token, ask no
rule, keep no ledger and know no crash.
"""
