"""Sealed bids as files: the form in which bidder, purchaser, openers and server exchange them, each on a machine of
their own. It knows no service and does no I/O.

suites     which algorithms a file was made with, by the id that it names
keys       a person's own key pair, to sign bids with or to be an opener with
shares     the opening key of a procurement: made once, split among openers, brought together again by k of n
envelope   a bid: signed, padded, encrypted to the opening key, bound to one procurement, file and bidder
"""
