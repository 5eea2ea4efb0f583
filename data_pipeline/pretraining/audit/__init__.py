"""Audits of record sets, for `albert-tf audit`."""
