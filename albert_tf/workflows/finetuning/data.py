"""The training data of tasks, the recipe for them, and their classes."""

from absl import flags
from absl import logging

from albert_tf.compression import distillation_settings
from albert_tf.interop import source_heads
from albert_tf.optimization import recipes
from albert_tf.training import finetuning_settings
from albert_tf.workflows.finetuning import starting_point
from data_pipeline.tasks import task_settings
from data_pipeline.tasks.data import learned_labels
from data_pipeline.tasks.data import part_files
from data_pipeline.tasks.saved import saved_tasks

_FLAGS = flags.FLAGS


def prepare(strategy, tasks, start):
    """The data of each task and the recipe; of several tasks that of the one
    with most examples, with the steps of all."""
    trains = [
        part_files.read(
            task, "train", task_settings.source(task), labelled=True
        )
        for task in tasks
    ]
    counts = [
        sum(example is not None for example in train.examples)
        for train in trains
    ]
    recipe = finetuning_settings.recipe_of_all(
        [(task.name, task.kind) for task in tasks], start.config, counts
    )
    logging.info("%s", recipes.described(recipe))
    starting_point.check_length(recipe.max_seq_length, start.config)
    datas = [
        task_settings.data(
            task,
            start.tokenizer,
            recipe.max_seq_length,
            learnt_labels(task, train, start),
            train,
            any_length=starting_point.any_length(strategy),
        )
        for task, train in zip(tasks, trains, strict=True)
    ]
    return datas, recipe


def learnt_labels(task, train, start) -> list[str]:
    """The classes of the training data; in the order of the model that training
    starts from, or of the teacher, if that knows the same ones."""
    labels = learned_labels.of(task, train.examples, train.classes)
    for path in (start.path, distillation_settings.teacher()):
        if path is not None:
            config = start.config if path == start.path else None
            own = source_heads.task_of(
                starting_point.source_of(path, task, config)
            )
            saved = saved_tasks.of_model(path, own)
            ordered = saved.in_models_order(task, labels)
            if ordered != labels:
                return ordered
    return labels


def check_teacher(datas, recipe) -> None:
    """Raises ValueError unless --teacher gives the same classes, in the same
    order, of the same tokens."""
    teacher = distillation_settings.teacher()
    folder = saved_tasks.folder_of(teacher)
    distillation_settings.check_fits(
        recipe.max_seq_length,
        datas[0].tokenizer.fingerprint,
        saved_tasks.tokenizer(None, folder).fingerprint,
        datas[0].task.name,
    )
    for data in datas:
        name = data.task.name
        own = source_heads.task_of(starting_point.source_of(teacher, data.task))
        saved = saved_tasks.of_model(teacher, own)
        if data.labels and not own.labels:
            logging.warning(
                "No file names the classes of %s: that they are %s, in this "
                "order, is taken for granted.",
                teacher,
                ", ".join(data.labels),
            )
        elif (len(datas) > 1 and name not in saved.tasks) or (
            saved.labels(data.task) != data.labels
        ):
            raise ValueError(
                "A teacher must know the tasks and their classes, in the order "
                f"of the student's. Received: {name} with {data.labels}, and "
                f"{teacher} with {saved.tasks}."
            )
