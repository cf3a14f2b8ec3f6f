"""Surveys: beneficiaries answer, the answers stay private, the satisfaction is counted from them."""
