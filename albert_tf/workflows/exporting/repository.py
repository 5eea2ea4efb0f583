"""Writes the files of a model's repository on the Hugging Face Hub."""

import os

from albert_tf.embedding import model as embedding_model
from albert_tf.exporting import fingerprints
from albert_tf.exporting import ids_function
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import pushed
from albert_tf.exporting.card import run as card_run
from albert_tf.hub import huggingface
from albert_tf.hub import names
from albert_tf.hub import released
from albert_tf.runs import run_checkpoint
from albert_tf.workflows.common import named_models
from albert_tf.workflows.configs import export as export_config
from albert_tf.workflows.configs import push as push_config
from albert_tf.workflows.exporting import export
from albert_tf.workflows.exporting import trained as trained_lib
from data_pipeline.answers import answer_modules
from data_pipeline.io import files
from data_pipeline.tasks.saved import remembered
from data_pipeline.tasks.saved import saved_tasks

CARD = "README.md"


def write(
    config: push_config.PushConfig,
    repository: huggingface.Repository,
    folder: str,
) -> str:
    """Creates a folder with all files of the repository.

    Args:
        config: the settings of the push.
        repository: the place on the Hub, which the card names.
        folder: the folder to create.
    Returns:
        The name of the checkpoint: its path relative to its run, or the name
        that it was fetched by.
    Raises:
        ValueError: Hugging Face's ALBERT has no class for the model, or it has
            no vocabulary.
    """
    settings = named_models.fetched(
        export_config.ExportConfig(
            checkpoint=config.checkpoint,
            which=config.which,
            output=os.path.join(folder, pushed.SAVED_MODEL),
            formats=("huggingface",),
            task_name=(config.task_name,) if config.task_name else None,
            license=config.license,
        )
    )
    completed, trained = trained_lib.load(settings)
    trained_lib.check_exported(trained)
    if _is_embedder(trained):
        export.write_sentence_transformers(trained, folder)
        os.remove(os.path.join(folder, CARD))  # a longer one comes below
    else:
        export.write_huggingface(trained, folder)
    if trained.task:
        # The task's own name is a key of `tasks`, and its data is not public.
        flags = remembered.given(completed, with_places=False)
        flags.pop("task_name", None)
        saved_tasks.write_tasks(
            folder, {trained.task: trained.row}, trained.max_seq_length, flags
        )
    written = fingerprints.of_files(folder)
    if config.savedmodel:
        export.export(_as_savedmodel(settings, trained))
    text = _card(config, repository, trained, folder, written)
    files.write(os.path.join(folder, CARD), text.encode())
    return run_checkpoint.name_of(trained.checkpoint)


def _as_savedmodel(
    settings: export_config.ExportConfig, trained: trained_lib.Trained
) -> export_config.ExportConfig:
    return export_config.ExportConfig(
        checkpoint=trained.checkpoint,
        output=settings.output,
        task_name=settings.task_name,
        license=settings.license,
    )


def _is_embedder(trained: trained_lib.Trained) -> bool:
    return isinstance(trained.model, embedding_model.AlbertEmbedder)


def _card(
    config: push_config.PushConfig,
    repository: huggingface.Repository,
    trained: trained_lib.Trained,
    folder: str,
    written: dict[str, str],
) -> str:
    model, row = trained.model, trained.row
    run = card_run.read(trained.checkpoint)
    start = (run.settings or {}).get("init_checkpoint")
    origin = names.name_of(trained.checkpoint)
    form = "sentence_transformers" if _is_embedder(trained) else "huggingface"
    made = {form: ("",)}
    if config.savedmodel:
        made[pushed.SAVED_MODEL] = ("",)
    facts = facts_lib.Facts(
        name=repository.name.rpartition("/")[2],
        kind=_kind(trained),
        task=trained.task,
        labels=row.get("labels", ()),
        num_texts=row.get("num_texts", 1),
        max_seq_length=trained.max_seq_length,
        config=model.config,
        parameters=model.count_params(),
        input_names=ids_function.input_names(model),
        files=made,
        sizes={},
        license=config.license,
        checkpoint=run_checkpoint.name_of(trained.checkpoint),
        weights=fingerprints.of_weights(model),
        embedding=getattr(model, "settings", None),
        calibration=row.get("calibration"),
    )
    branch = repository.revision
    address = f"hf://{repository.name}" + (f"@{branch}" if branch else "")
    environment = (run.settings or {}).get("environment") or {}
    place = pushed.Place(
        address=address,
        name=repository.name,
        branch=branch,
        start=start,
        base_model=_base_model(start or origin),
        versions=environment.get("versions") or {},
        files={
            name: (os.path.getsize(os.path.join(folder, name)), sha256)
            for name, sha256 in written.items()
        },
    )
    return pushed.card(facts, run, place)


def _kind(trained: trained_lib.Trained) -> str:
    kind = trained.row["kind"]
    has_none = "masked_lm" in trained.model.untrained_heads
    if kind == answer_modules.PRETRAINING and has_none:
        return facts_lib.ENCODER
    return kind


def _base_model(origin: str) -> str | None:
    """The repository on the Hub that weights come from; None for a path here.

    Args:
        origin: the name of the weights that training started from or, without
            training here, of the model itself.
    """
    if origin.startswith("hf://"):
        return huggingface.parse(origin).name
    return released.repository_of(origin)
