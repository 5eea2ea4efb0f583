"""An embedding model of a few lines: the words of a text as random vectors."""

import hashlib

import numpy as np

# Words with the same vector, which BM25 takes for different ones.
_SAME = {"hound": "dog", "puppy": "dog", "automobile": "car"}


class ToyEmbedder:
    """Texts to vectors, float32 [N, size]: the sums of their words' vectors.

    Args:
        size: D.
        name, fingerprint: of the model.
    """

    def __init__(self, size=16, name="toy", fingerprint="0" * 64):
        self.size, self.name, self.fingerprint = size, name, fingerprint
        self.prompts = []

    def encode(self, texts, *, progress=None, prompt=None):
        self.prompts.append(prompt)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text):
        words = text.lower().split() or [""]
        return np.sum([self._word(_SAME.get(w, w)) for w in words], axis=0)

    def _word(self, word):
        seed = hashlib.blake2b(word.encode(), digest_size=4).digest()
        generator = np.random.default_rng(int.from_bytes(seed, "little"))
        return generator.normal(size=self.size).astype(np.float32)
