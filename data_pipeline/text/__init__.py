"""Characters to ids: normalization and the tokenizers."""
