"""Score, depth, operations and time for each patience."""

import statistics
import time
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from albert_tf.early_exit import model as early_exit
from albert_tf.planning import flops

# Calls for each text; the fastest counts, as the least disturbed by other work.
_CALLS = 5


def curve(
    model: early_exit.AlbertEarlyExitClassifier,
    layer_logits: Sequence[np.ndarray],
    lengths: np.ndarray,
    score: Callable[[Sequence[np.ndarray]], float],
    texts: Sequence[Sequence[int] | np.ndarray],
    threshold: float,
) -> dict[str, list[dict[str, Any]]]:
    """Computes the points of the curve.

    Args:
        model: the model.
        layer_logits: for each evaluation split, the logits of all layers,
            float32 [I, L, C].
        lengths: number of tokens of each text in all splits.
        score: maps the logits of each split, [I, C], to the score.
        texts: some of the texts as token ids, for timing.
        threshold: for regression, as in `early_exit.exits`.
    Returns:
        patience: for each patience from 1 to L, a dict with patience, score,
            exit_layer (mean), exits (number of texts that leave at each layer),
            flops (mean per text) and milliseconds (mean per text, one at a
            time);
        depth: for each layer, a dict with layer, and the score and flops if all
            texts leave there.
    """
    depth = model.config.num_hidden_layers
    by_patience, by_depth = [], []
    for number in range(1, depth + 1):
        left = [
            early_exit.exits(part, number, threshold) for part in layer_logits
        ]
        layers = np.concatenate([one["exit_layer"] for one in left])
        by_patience.append(
            {
                "patience": number,
                "score": score([one["logits"].numpy() for one in left]),
                "exit_layer": float(layers.mean()),
                "exits": np.bincount(layers, minlength=depth + 1)[1:].tolist(),
                "flops": _flops(model, lengths, layers),
                "milliseconds": _milliseconds(model, texts, number, threshold),
            }
        )
        by_depth.append(
            {
                "layer": number,
                "score": score([part[:, number - 1] for part in layer_logits]),
                "flops": _flops(model, lengths, number),
            }
        )
    return {"patience": by_patience, "depth": by_depth}


def _flops(
    model: early_exit.AlbertEarlyExitClassifier,
    lengths: np.ndarray,
    layers: np.ndarray | int,
) -> float:
    return float(flops.inference(model.config, lengths, layers).mean())


def _milliseconds(
    model: early_exit.AlbertEarlyExitClassifier,
    texts: Sequence[Sequence[int] | np.ndarray],
    patience: int,
    threshold: float,
) -> float:
    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)])
    def run(token_ids):
        return early_exit.adaptive_call(
            model, {"token_ids": token_ids}, patience, threshold
        )

    run(tf.constant([texts[0]], tf.int32))  # compiles
    seconds = []
    for text in texts:
        token_ids = tf.constant([text], tf.int32)
        calls = []
        for _ in range(_CALLS):
            start = time.perf_counter()
            run(token_ids)["logits"].numpy()
            calls.append(time.perf_counter() - start)
        seconds.append(min(calls))
    return 1000 * statistics.mean(seconds)
