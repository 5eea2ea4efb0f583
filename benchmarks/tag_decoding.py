r"""How taggers decode: entity F1, illegal sequences, and time.

    python -m benchmarks.tag_decoding run --eval_file=valid.txt

prints, as JSON, for a run of albert-tf finetune with either --tag_head:
    argmax, viterbi: entity F1 by the likeliest tag of each word and by the best
        legal sequence (of a CRF, with its transitions);
    illegal: the share of sentences whose likeliest tags break the scheme;
    seconds: of the model, of both ways to decode, and of the probabilities of
        entities, for all sentences; the median of rounds that alternate;
    step_ms: milliseconds of a training step with each head, forward and
        backward, for 32 packed rows of 64 tokens, the median of rounds that
        alternate.
"""

import json
import statistics
import time

import albert_tf  # noqa: F401, before tensorflow

# isort: split
import numpy as np
import tensorflow as tf

from albert_tf.exporting import gate
from albert_tf.exporting import ids_function
from albert_tf.finetuning import multitask
from albert_tf.kinds import KINDS
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.configs import inference
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.commands import command_line
from data_pipeline.commands import config_flags
from data_pipeline.tasks.data import from_config
from data_pipeline.tasks.data import labelled_sample
from data_pipeline.tasks.tags import tag_features
from data_pipeline.tasks.tags import tag_schemes
from data_pipeline.tasks.tags import tag_scores
from data_pipeline.tasks.tags.chains import decoding
from data_pipeline.tasks.tags.chains import sentences
from data_pipeline.tasks.tags.chains import tag_chain

_ROUNDS = 5
_STEPS = 5


def main(argv: list[str]) -> None:
    given = config_flags.read(inference.EvaluateConfig, argv)
    config, trained = trained_lib.load(
        export_config.ExportConfig(
            checkpoint=given.checkpoint, output="-", formats=()
        )
    )
    row = trained.row
    data = from_config.data(
        given, from_config.tasks(given, "tagging")[0], trained.tokenizer,
        trained.max_seq_length, row["labels"],
    )  # fmt: skip
    data.scheme = row["scheme"]
    sample = labelled_sample.LabelledSample(data, 10**9)
    start = time.perf_counter()
    outputs = gate.predict(
        ids_function.runner(trained.model), sample.batches(batch_size=64)
    )
    model_seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "head": row.get("tag_head", "softmax"),
                **_decoded(sample, outputs["logits"], row, model_seconds),
                "step_ms": _steps(trained.model.config, len(row["labels"])),
            }
        )
    )


def _decoded(sample, logits, row, model_seconds):
    split, features = sample.encoded
    labels, transitions = row["labels"], row.get("transitions")
    words = tag_features.of_words(logits, features, split.examples)
    kept = [own for own in words if own is not None]
    chain = tag_chain.make(labels, transitions)
    ways = {
        "argmax": lambda: [own.argmax(-1) for own in kept],
        "viterbi": lambda: decoding.best_labels(kept, labels, transitions),
        "entities": lambda: sentences.probabilities(kept, chain),
    }
    found, seconds = _in_turn(ways, 1)
    gold = [list(e.tags) for e in split.examples if e is not None]
    tags = {
        name: [[labels[n] for n in own] for own in found[name]]
        for name in ("argmax", "viterbi")
    }
    broken = [[*tag_schemes.check([own], "BIO")] for own in tags["argmax"]]
    assert not [*tag_schemes.check(tags["viterbi"], "BIO")]
    return {
        "sentences": len(kept),
        **{
            name: round(tag_scores.entities(gold, own, "BIO")["f1"], 4)
            for name, own in tags.items()
        },
        "illegal": round(np.mean([bool(own) for own in broken]), 4),
        "seconds": {"model": round(model_seconds, 2), **seconds},
    }


def _steps(config, num_classes):
    rng = np.random.default_rng(0)
    ids = rng.integers(5, config.vocab_size, [32, 64]).astype(np.int32)
    packs = np.repeat([[1, 2, 3, 4]], 16, axis=1) + np.zeros_like(ids)
    batch = {
        "token_ids": ids,
        "padding_mask": np.ones_like(ids),
        "segment_ids": np.zeros_like(ids),
        "pack_ids": packs.astype(np.int32),
        "position_ids": np.tile(np.arange(16, dtype=np.int32), [32, 4]),
        "label": rng.integers(-1, num_classes, ids.shape).astype(np.int32),
    }
    batch = {name: tf.constant(value) for name, value in batch.items()}
    ways = {}
    for name, kind in (("softmax", "tagging"), ("crf", "crf")):
        network = multitask.MultitaskModel(
            tf.distribute.get_strategy(),
            config,
            {name: multitask.Head(kind, num_classes)},
        )
        ways[name] = _step(network.models[name], KINDS[kind].objective, batch)
    _, seconds = _in_turn(ways, _STEPS)
    return {name: round(1000 * each, 1) for name, each in seconds.items()}


def _step(model, objective, batch):
    @tf.function(autograph=False)
    def step():
        with tf.GradientTape() as tape:
            (sums,) = objective.sums(model, batch, tf.constant([1, 2]))
        weights = [weight.value for weight in model.trainable_variables]
        return tf.add_n(
            [
                tf.norm(g)
                for g in tape.gradient(sums["loss"], weights)
                if g is not None
            ]
        )

    return lambda: step().numpy()


def _in_turn(ways, repetitions):
    """What each way returns, and the median of its seconds."""
    found = {name: way() for name, way in ways.items()}  # compiles
    seconds = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            for _ in range(repetitions):
                way()
            seconds[name].append((time.perf_counter() - start) / repetitions)
    medians = {k: round(statistics.median(v), 4) for k, v in seconds.items()}
    return found, medians


if __name__ == "__main__":
    config_flags.define(inference.EvaluateConfig)
    command_line.run(main)
