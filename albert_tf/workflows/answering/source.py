"""What answers: an export, or a model in memory with what exports hold."""

import contextlib
import dataclasses
import functools
import os
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from albert_tf.exporting import savedmodel
from albert_tf.hub import names
from albert_tf.runs import run_checkpoint
from albert_tf.serving.models import folders
from albert_tf.serving.models import saved_model
from albert_tf.workflows.answering import written
from albert_tf.workflows.common.heads import writing_head
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import answer_modules
from data_pipeline.tasks.data import from_config


@dataclasses.dataclass(frozen=True)
class Source:
    """A model whose signatures are made once they are needed.

    Attributes:
        name: as the user gave it.
        kind: of the task, as exports name it; None if it is unknown.
        labels: names of the classes; () if there are none.
        signatures: a function that makes each, by name.
    """

    name: str
    kind: str | None
    labels: tuple[str, ...]
    signatures: Mapping[str, Callable[[], saved_model.Signature]]
    _made: dict[str, saved_model.Signature] = dataclasses.field(
        default_factory=dict, init=False, repr=False
    )

    def signature(self, name: str) -> saved_model.Signature:
        """Raises ValueError if the model has no such signature."""
        if name not in self.signatures:
            raise ValueError(
                f"The model must have the signature {name!r} for this. "
                f"Received: {self.name}, which has "
                f"{', '.join(sorted(self.signatures))}."
            )
        if name not in self._made:
            self._made[name] = self.signatures[name]()
        return self._made[name]


def find(
    name: str,
    *,
    which: str | None = None,
    task: str | None = None,
    spm_model_file: str | None = None,
) -> Source:
    """Finds what a name means.

    Args:
        name: of an export, or of anything that albert_tf.load reads.
        which, task: as in `albert_tf.load`, for a run.
        spm_model_file: the vocabulary; None: the one beside the weights.
    Raises:
        ValueError: the model cannot answer, or the name means nothing, or an
            export, which holds its vocabulary, is given another one.
        FileNotFoundError: there are no weights.
    """
    path = names.resolve(name)
    is_export = tf.io.gfile.exists(os.path.join(path, folders.SAVED_MODEL))
    if is_export and task is None:
        run_checkpoint.find(path, which)  # which is only for runs
        if spm_model_file is not None:
            raise ValueError(
                "`spm_model_file` must be used with weights, since an export "
                f"holds its vocabulary. Received: {spm_model_file}, for the "
                f"export {name}. Leave it out."
            )
        return _exported(name, path)
    config = export_config.ExportConfig(
        checkpoint=path,
        which=which,
        output=path,  # nothing is written
        formats=(),
        task_name=None if task is None else (task,),
        spm_model_file=spm_model_file,
    )
    return _trained(name, *trained_lib.load(config))


def _exported(name: str, folder: str) -> Source:
    model = saved_model.load(name, folder)

    def loaded(signature: saved_model.Signature) -> saved_model.Signature:
        return signature

    return Source(
        name,
        model.config.get("kind"),
        tuple(model.config.get("labels", ())),
        {
            key: functools.partial(loaded, signature)
            for key, signature in model.signatures.items()
        },
    )


def _trained(
    name: str,
    config: export_config.ExportConfig,
    trained: trained_lib.Trained,
) -> Source:
    model, row = trained.model, trained.row
    _check_trained(name, trained)
    if row["kind"] == writing_head.KIND:
        write = functools.partial(
            written.signature,
            model,
            trained.tokenizer,
            trained.max_seq_length,
            writing_head.predicting(config),
        )
        return Source(name, row["kind"], (), {"text": write})
    tasks = answer_modules.make(
        row,
        trained.tokenizer,
        max_seq_length=trained.max_seq_length,
        **from_config.answer_options(config),
    )

    found = {
        key: functools.partial(
            in_memory,
            model,
            key,
            task,
            functools.partial(savedmodel.answer, model, task),
        )
        for key, task in tasks.items()
    }
    for key, task in savedmodel.explained(tasks).items():
        explain = functools.partial(
            savedmodel.explain, model, task, trained.tokenizer.pieces
        )
        found[key] = functools.partial(in_memory, model, key, task, explain)
    return Source(name, row["kind"], tuple(row.get("labels", ())), found)


def in_memory(
    model: keras.Model, key: str, task: Any, call: Callable
) -> saved_model.Signature:
    """A signature of a model that is not exported.

    Args:
        model: the model, which lives as long as the signature.
        key: name of the signature.
        task: the module of data_pipeline.answers that it answers with.
        call: from the task's strings, by name, to tensors by name.
    """
    traced: Any = savedmodel.function(call, task.inputs, contextlib.nullcontext)
    return saved_model.Signature(
        key,
        dict(task.inputs),
        dict(traced.structured_outputs),
        functools.partial(saved_model.call, traced, model),
    )


def _check_trained(name: str, trained: trained_lib.Trained) -> None:
    """A pretrained model without its head would fill masks in at random."""
    is_pretrained = trained.row["kind"] == answer_modules.PRETRAINING
    if is_pretrained and "masked_lm" in trained.model.untrained_heads:
        raise ValueError(
            "A model must have a trained head to answer. Received: "
            f"{name}, which holds an encoder without one. Fine-tune it with "
            "albert_tf.finetune, or take its vectors from albert_tf.load."
        )
