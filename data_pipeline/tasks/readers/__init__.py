"""Files of any layout to examples."""
