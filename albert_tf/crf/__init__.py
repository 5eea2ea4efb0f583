"""Linear-chain CRF: scores for the steps between the tags of words."""
