"""The facts that a model card is written from."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from albert_tf import config as config_lib
from albert_tf import kinds
from albert_tf.embedding import settings as settings_lib
from albert_tf.exporting import gate
from albert_tf.exporting import latency
from albert_tf.seq2seq import options as options_lib

# Kinds of models without a task: trained heads of pretraining, or none.
PRETRAINING, ENCODER = "pretraining", "encoder"
_WITHOUT_TASK = {
    PRETRAINING: ("fills in masked pieces of a text", "fill-mask"),
    ENCODER: ("turns a text into vectors", "feature-extraction"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts that a card is written from.

    Attributes:
        name: name of the export.
        kind, task, num_texts, max_seq_length: properties of the task.
        labels: names of the task's classes; () if there are none.
        config: config of the model.
        parameters: number of parameters.
        input_names: names of the inputs, from ids_function.input_names.
        files: formats -> names of their model files.
        sizes: names of model files or folders -> bytes.
        results: results of the gate; () if it was not run.
        latencies: measured latencies; () if none were measured.
        machine: the machine that they were measured on.
        license: the license named by --license, or None.
        checkpoint: the exported checkpoint, relative to its run.
        weights: its hash, from fingerprints.of_weights.
        embedding: settings of an embedding model; None for others.
        decoding: how a model that writes does so; None for others.
        calibration: the calibration in task.json; None if there is none.
        compared_on: data of the gate: file, part, sha256, rows that were used
            and `of`, the number of rows; None if the data was random.
        long_texts: what becomes of texts longer than a row: cut, head_tail or
            windows.
        max_windows: the most windows of a text.
    """

    name: str
    kind: str
    task: str
    labels: Sequence[str]
    num_texts: int
    max_seq_length: int
    config: config_lib.AlbertConfig
    parameters: int
    input_names: Sequence[str]
    files: Mapping[str, Sequence[str]]
    sizes: Mapping[str, int]
    results: Sequence[gate.Result] = ()
    latencies: Sequence[latency.Latency] = ()
    machine: str = ""
    license: str | None = None
    checkpoint: str = ""
    weights: str = ""
    embedding: settings_lib.EmbeddingSettings | None = None
    decoding: options_lib.DecodingOptions | None = None
    calibration: Mapping[str, Any] | None = None
    compared_on: Mapping[str, Any] | None = None
    long_texts: str = "cut"
    max_windows: int = 1

    @property
    def does(self) -> str:
        """The description in "An ALBERT that ..."."""
        if self.kind in _WITHOUT_TASK:
            return _WITHOUT_TASK[self.kind][0]
        return kinds.KINDS[self.kind].does

    @property
    def embedding_size(self) -> int:
        """D, the size of an embedding of an embedding model."""
        dense = self.embedding.dense_size if self.embedding else None
        return dense or self.config.hidden_size

    @property
    def pipeline(self) -> str | None:
        """Name of the Hub's task, which transformers may have a pipeline for;
        None for multiple choice, which the Hub has none for."""
        if self.kind in _WITHOUT_TASK:
            return _WITHOUT_TASK[self.kind][1]
        return kinds.KINDS[self.kind].pipeline
