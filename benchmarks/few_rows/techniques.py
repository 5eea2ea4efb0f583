"""Techniques for fine-tuning on few rows, against plain training.

    python -m benchmarks.few_rows.techniques --init=pretrained --data_dir=glue \
        --task=sts-b --rows=600 --seeds=3

prints, for each seed, the score on the dev file after the last step of

    plain    AdamW without bias correction, as albert-tf finetune trains
    ema      the same run, with an exponential moving average of its weights
             (decay 0.98)
    r_drop   two passes with different dropout, and the divergence between
             their answers as a second loss (Liang et al. 2021, weight 1)

and at the end, for each technique, the mean difference to plain over seeds and
its standard error. All have the same rows, order, head and learning rate.
"""

import argparse
import dataclasses
import json
import statistics
import time

import albert_tf  # before tensorflow

# isort: split

import numpy as np
import tensorflow as tf

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.data import split_files

BATCH, EPOCHS, LENGTH, RATE = 16, 3, 64, 3e-4
DECAY, WEIGHT = 0.98, 1.0
# Rows of the dev file that are scored.
SCORED = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--init", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    contest = Contest(given.init, given.data_dir, given.task, given.rows)
    scores: dict[str, list[float]] = {}
    for seed in range(given.seeds):
        start = time.monotonic()
        for technique in ("plain", "r_drop"):
            for name, score in contest.run(technique, seed).items():
                scores.setdefault(name, []).append(score)
        shown = {name: round(values[-1], 4) for name, values in scores.items()}
        seconds = round(time.monotonic() - start)
        row = {"task": given.task, "seed": seed, **shown, "seconds": seconds}
        print(json.dumps(row), flush=True)
    for name in ("ema", "r_drop"):
        found = zip(scores[name], scores["plain"], strict=True)
        differences = [other - plain for other, plain in found]
        error = statistics.stdev(differences) / len(differences) ** 0.5
        mean = statistics.mean(differences)
        print(f"{given.task} {name} - plain: {mean:+.4f}, error {error:.4f}")


class Contest:
    """Trains the same model on the same rows in different ways."""

    def __init__(self, init: str, data_dir: str, name: str, rows: int) -> None:
        self._task = task = table.named(name)
        source = splits.DataSource(data_dir=data_dir)
        self._train, self._dev = (
            split_files.read(task, part, source, labelled=True)
            for part in ("train", "dev")
        )
        self._dev = dataclasses.replace(
            self._dev,
            examples=self._dev.examples[:SCORED],
            ids=self._dev.ids[:SCORED],
        )
        self._labels = learned_labels.of(task, self._train.examples)
        self._is_number = not self._labels
        chosen = np.random.default_rng(0).permutation(len(self._train.ids))
        layer = albert_tf.preprocessor(init, max_seq_length=LENGTH)
        self._rows = self._encode(
            layer, [self._train.examples[i] for i in chosen[:rows]]
        )
        self._dev_rows = self._encode(layer, self._dev.examples)
        start = albert_tf.load(init)
        config = dataclasses.replace(
            start.config,
            hidden_dropout_prob=0.1,
            attention_probs_dropout_prob=0.1,
        )
        self._model = albert_tf.AlbertClassifier(
            config, num_classes=max(1, len(self._labels))
        )
        self._forward(self._dev_rows, slice(0, 2))
        self._model.encoder.set_weights(start.encoder.get_weights())
        self._initial = [w.numpy() for w in self._model.trainable_weights]
        self._steps_of_run = EPOCHS * rows // BATCH
        self._compiled: dict[str, tuple] = {}

    def _encode(self, layer, examples) -> dict[str, np.ndarray]:
        columns = [*zip(*(e.texts for e in examples), strict=True)]
        texts = [tf.constant(column) for column in columns]
        made = layer(tuple(texts) if len(texts) > 1 else texts[0])
        found = {}
        for name, values in made.items():
            values = np.asarray(values)
            width = LENGTH - values.shape[1]
            found[name] = np.pad(values, [(0, 0), (0, width)])
        found["label"] = np.array(
            [
                e.label if self._is_number else self._labels.index(e.label)
                for e in examples
            ],
            "float32" if self._is_number else "int32",
        )
        return found

    def _forward(self, rows, chosen):
        inputs = {
            name: tf.constant(values[chosen])
            for name, values in rows.items()
            if name != "label"
        }
        return self._answer(inputs)

    @tf.function(reduce_retracing=True)
    def _answer(self, inputs):
        return self._model(inputs, training=False)["logits"]

    def _step(self, technique: str):
        """The optimizer and the compiled step of a technique."""
        if technique in self._compiled:
            return self._compiled[technique]
        optimizer = albert_tf.create_optimizer(
            "adamw",
            learning_rate=RATE,
            num_train_steps=self._steps_of_run,
            num_warmup_steps=self._steps_of_run // 10,
            bias_correction=False,
        )
        weights = self._model.trainable_weights
        optimizer.build(weights)

        @tf.function
        def step(batch, seed):
            inputs = {k: v for k, v in batch.items() if k != "label"}
            with tf.GradientTape() as tape:
                passes = [
                    self._model(
                        inputs,
                        training=True,
                        dropout_seed=seed + [0, 7919 * number],
                    )["logits"]
                    for number in range(2 if technique == "r_drop" else 1)
                ]
                losses = [self._loss(each, batch["label"]) for each in passes]
                loss = tf.add_n(losses) / len(losses)
                if len(passes) == 2:
                    loss += WEIGHT * self._divergence(*passes)
            found = tape.gradient(loss, weights)
            found, _ = tf.clip_by_global_norm(found, 1.0)
            optimizer.apply(found, weights)
            return loss

        initial = [variable.numpy() for variable in optimizer.variables]
        self._compiled[technique] = optimizer, step, initial
        return self._compiled[technique]

    def _loss(self, logits, labels):
        if self._is_number:
            return tf.reduce_mean((logits[:, 0] - labels) ** 2)
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        )

    def _divergence(self, one, other):
        if self._is_number:
            return tf.reduce_mean((one - other) ** 2)
        one, other = tf.nn.log_softmax(one), tf.nn.log_softmax(other)
        both = (tf.exp(one) - tf.exp(other)) * (one - other)
        return tf.reduce_mean(tf.reduce_sum(both, axis=-1)) / 2

    def run(self, technique: str, seed: int) -> dict[str, float]:
        """Trains once; the score by name."""
        optimizer, step, initial = self._step(technique)
        rng = np.random.default_rng(seed)
        weights = self._model.trainable_weights
        for weight, value in zip(weights, self._initial, strict=True):
            if "classifier" in weight.path and value.ndim == 2:
                value = rng.normal(0, 0.02, value.shape)
            weight.assign(value)
        for variable, value in zip(optimizer.variables, initial, strict=True):
            variable.assign(value)
        average = [weight.numpy() for weight in weights]
        done = 0
        while done < self._steps_of_run:
            order = rng.permutation(len(self._rows["label"]))
            for start in range(0, len(order) - BATCH + 1, BATCH):
                chosen = order[start : start + BATCH]
                batch = {
                    name: tf.constant(values[chosen])
                    for name, values in self._rows.items()
                }
                step(batch, tf.constant([seed, done]))
                done += 1
                if technique == "plain":
                    for old, weight in zip(average, weights, strict=True):
                        old += (1 - DECAY) * (weight.numpy() - old)
                if done == self._steps_of_run:
                    break
        scores = {technique: self._score()}
        if technique == "plain":
            for weight, value in zip(weights, average, strict=True):
                weight.assign(value)
            scores["ema"] = self._score()
        return scores

    def _score(self) -> float:
        count = len(self._dev_rows["label"])
        logits = np.concatenate(
            [
                self._forward(self._dev_rows, slice(at, at + 64))
                for at in range(0, count, 64)
            ]
        )
        predicted = (
            logits[:, 0].tolist()
            if self._is_number
            else [self._labels[i] for i in logits.argmax(axis=-1)]
        )
        kind = kinds.of(self._task)
        found = kind.score(self._task, self._dev, predicted, self._labels, None)
        metric = kind.main_metric(self._task, self._dev.scheme)
        return found[metric] / kind.perfect


if __name__ == "__main__":
    main()
