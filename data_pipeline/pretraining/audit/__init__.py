"""What a record set holds; `albert-tf audit`."""
