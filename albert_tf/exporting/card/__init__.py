"""A model card from an export's own facts."""
