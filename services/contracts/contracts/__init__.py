"""Contracts: drafted from the award, written by the purchaser with all the law has it say, read by its parties."""
