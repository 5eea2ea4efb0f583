"""Techniques for fine-tuning on few rows, against plain training.

    python -m benchmarks.few_rows.techniques --init=pretrained --data_dir=glue \
        --task=sts-b --rows=600 --seeds=3

prints, for each seed, the score on the dev file after the last step of

    plain    AdamW without bias correction, as albert-tf finetune trains
    ema      the same run, with an exponential moving average of its weights
             (decay 0.98)
    longer   three times the epochs, with bias correction (Zhang et al. 2021,
             "Revisiting few-sample BERT fine-tuning")
    r_drop   two passes with different dropout, and the divergence between
             their answers as a second loss (Liang et al. 2021, weight 1)
    fgm      a second loss with word embeddings moved by 0.5 along their
             gradient (Miyato et al. 2017)
    mixout   in each step, a tenth of the pretrained weights as they were (Lee
             et al. 2020)
    pooler   the pooler starts anew; of an ALBERT, whose layers share their
             weights, a last layer of its own cannot

and at the end, for each technique, the mean difference to plain over seeds and
its standard error. All have the same rows, head and learning rate.
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

BATCH, LENGTH, RATE = 16, 64, 3e-4
# Of the moving average.
DECAY = 0.98
# Rows of the dev file that are scored.
SCORED = 600


@dataclasses.dataclass(frozen=True)
class Technique:
    """How a run differs from plain training.

    Attributes:
        epochs, bias_correction: of the optimizer's run.
        divergence: weight of the divergence between two passes; 0 for one pass.
        moved: length of the step of the word embeddings in a second loss.
        mixed: share of pretrained weights that a step takes as they were.
        new_pooler: whether the pooler starts anew.
    """

    epochs: int = 3
    bias_correction: bool = False
    divergence: float = 0.0
    moved: float = 0.0
    mixed: float = 0.0
    new_pooler: bool = False


TECHNIQUES = {
    "plain": Technique(),
    "longer": Technique(epochs=9, bias_correction=True),
    "r_drop": Technique(divergence=1.0),
    "fgm": Technique(moved=0.5),
    "mixout": Technique(mixed=0.1),
    "pooler": Technique(new_pooler=True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--init", required=True)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--task", required=True)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--techniques", default=",".join(TECHNIQUES))
    given = parser.parse_args()
    contest = Contest(given.init, given.data_dir, given.task, given.rows)
    scores: dict[str, list[float]] = {}
    names = given.techniques.split(",")
    for seed in range(given.seeds):
        start = time.monotonic()
        for technique in names:
            for name, score in contest.run(technique, seed).items():
                scores.setdefault(name, []).append(score)
        shown = {name: round(values[-1], 4) for name, values in scores.items()}
        seconds = round(time.monotonic() - start)
        row = {"task": given.task, "seed": seed, **shown, "seconds": seconds}
        print(json.dumps(row), flush=True)
    for name in [name for name in scores if name != "plain"]:
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
        self._count = rows
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

    def _steps(self, technique: Technique) -> int:
        return technique.epochs * self._count // BATCH

    def _step(self, name: str):
        """The optimizer and the compiled step of a technique."""
        if name in self._compiled:
            return self._compiled[name]
        technique = TECHNIQUES[name]
        steps = self._steps(technique)
        optimizer = albert_tf.create_optimizer(
            "adamw",
            learning_rate=RATE,
            num_train_steps=steps,
            num_warmup_steps=steps // 10,
            bias_correction=technique.bias_correction,
        )
        weights = self._model.trainable_weights
        optimizer.build(weights)

        @tf.function
        def step(batch, seed):
            mixed = self._mix(technique.mixed, seed)
            found = self._gradients(technique, batch, seed)
            if technique.moved:
                found = self._add_moved(technique, batch, seed, found)
            if mixed is not None:
                kept, masks = mixed
                for weight, value in zip(weights, kept, strict=True):
                    weight.assign(value)
                found = [
                    gradient * mask
                    for gradient, mask in zip(found, masks, strict=True)
                ]
            found, _ = tf.clip_by_global_norm(found, 1.0)
            optimizer.apply(found, weights)

        initial = [variable.numpy() for variable in optimizer.variables]
        self._compiled[name] = optimizer, step, initial
        return self._compiled[name]

    def _gradients(self, technique: Technique, batch, seed):
        inputs = {k: v for k, v in batch.items() if k != "label"}
        weights = self._model.trainable_weights
        with tf.GradientTape() as tape:
            passes = [
                self._model(
                    inputs,
                    training=True,
                    dropout_seed=seed + [0, 7919 * number],
                )["logits"]
                for number in range(2 if technique.divergence else 1)
            ]
            losses = [self._loss(each, batch["label"]) for each in passes]
            loss = tf.add_n(losses) / len(losses)
            if technique.divergence:
                loss += technique.divergence * self._divergence(*passes)
        return [
            tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(loss, weights)
        ]

    def _add_moved(self, technique: Technique, batch, seed, found):
        """Adds the gradients where the word embeddings are moved."""
        table_of_words = self._model.encoder.embeddings.word_embeddings
        at = [
            number
            for number, weight in enumerate(self._model.trainable_weights)
            if weight is table_of_words
        ]
        gradient = found[at[0]]
        move = technique.moved * tf.math.divide_no_nan(
            gradient, tf.norm(gradient)
        )
        table_of_words.assign_add(move)
        again = self._gradients(technique, batch, seed)
        table_of_words.assign_sub(move)
        return [a + b for a, b in zip(found, again, strict=True)]

    def _mix(self, share: float, seed):
        """Puts pretrained values in place of some; what to undo it with."""
        if not share:
            return None
        kept, masks = [], []
        weights = self._model.trainable_weights
        for number, (weight, start) in enumerate(
            zip(weights, self._initial, strict=True)
        ):
            value = tf.convert_to_tensor(weight)
            kept.append(value)
            if self._is_new(weight) or weight.shape.rank < 2:
                masks.append(1.0)
                continue
            draw = tf.random.stateless_uniform(
                weight.shape, seed + [1 + number, 0]
            )
            mask = tf.cast(draw >= share, tf.float32) / (1 - share)
            masks.append(mask)
            weight.assign(start + (value - start) * mask)
        return kept, masks

    def _is_new(self, weight) -> bool:
        return "classifier" in weight.path

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

    def run(self, name: str, seed: int) -> dict[str, float]:
        """Trains once; the score by name."""
        technique = TECHNIQUES[name]
        optimizer, step, initial = self._step(name)
        rng = np.random.default_rng(seed)
        weights = self._model.trainable_weights
        for weight, value in zip(weights, self._initial, strict=True):
            is_new = self._is_new(weight) or (
                technique.new_pooler and "pooler" in weight.path
            )
            if is_new:
                drawn = rng.normal(0, 0.02, value.shape)
                value = drawn if value.ndim == 2 else np.zeros_like(value)
            weight.assign(value)
        for variable, value in zip(optimizer.variables, initial, strict=True):
            variable.assign(value)
        average = [weight.numpy() for weight in weights]
        done, steps = 0, self._steps(technique)
        while done < steps:
            order = rng.permutation(len(self._rows["label"]))
            for start in range(0, len(order) - BATCH + 1, BATCH):
                chosen = order[start : start + BATCH]
                batch = {
                    name: tf.constant(values[chosen])
                    for name, values in self._rows.items()
                }
                step(batch, tf.constant([seed, done]))
                done += 1
                if name == "plain":
                    for old, weight in zip(average, weights, strict=True):
                        old += (1 - DECAY) * (weight.numpy() - old)
                if done == steps:
                    break
        scores = {name: self._score()}
        if name == "plain":
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
