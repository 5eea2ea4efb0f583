"""Models by name: of embeddings, and of pairs for reranking."""

from collections.abc import Sequence
from typing import Any

from albert_tf.retrieval import embedders
from albert_tf.retrieval import search
from albert_tf.workflows.answering import embedder as embedder_lib
from albert_tf.workflows.answering import predictor as predictor_lib


def embedder(name: str) -> embedders.Embedder:
    """A model of embeddings; args and raises as for `albert_tf.embedder`."""
    return embedder_lib.embedder(name)


def reranker(name: str) -> search.Score:
    """Scores pairs of a query and a document by a model of pairs.

    Args:
        name: as for `albert_tf.predictor`.
    Raises:
        ValueError: the model does not read pairs, or answers with neither a
            number nor two classes.
    """
    predictor = predictor_lib.predictor(name)
    if predictor.inputs != ("texts", "second_texts"):
        raise ValueError(
            "A reranker must read pairs of texts. Received: "
            f"{name}, which reads {', '.join(predictor.inputs)}. Fine-tune one "
            "with --text_pair_column."
        )
    if len(predictor.labels) > 2:
        raise ValueError(
            "A reranker must give a number, or have two classes, the second of "
            f"which means relevant. Received: {name}, with the classes "
            f"{', '.join(predictor.labels[:10])}."
        )

    def scores(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [_score(answer) for answer in predictor(list(pairs))]

    return scores


def _score(answer: dict[str, Any]) -> float:
    """The number of a regression, or the probability of the second class."""
    if "value" in answer:
        return answer["value"]
    return answer["probabilities"][1]
