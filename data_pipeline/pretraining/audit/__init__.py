"""Reports what a record set contains, for `albert-tf audit`."""
