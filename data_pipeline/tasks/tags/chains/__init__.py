"""Chains of tags: the best legal sequence, and the probabilities of entities.

The score of a sequence is the sum of its words' logits and of its transitions:
those that a CRF has learned, or 0. Sequences that break the scheme are
impossible. A sequence's probability is the exponential of its score, divided by
the sum over all legal sequences of the sentence. Without learned transitions,
this is the product of the words' softmax probabilities, renormalized over the
legal sequences.
"""
