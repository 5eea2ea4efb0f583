"""Evaluates made-up outputs of a model, and reads the report."""

import json

import tensorflow as tf

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.tasks.results import evaluation
from data_pipeline.tasks.results import printed_results
from data_pipeline.text import tokenizers

KEYS = (
    "rows loss metric per_class confusion baselines calibration groups findings"
).split()


def function(vocabulary, folder):
    """A function from rows to a report, and the table on the screen."""
    tokenizer = tokenizers.load(vocabulary)

    def run(
        dev,
        outputs,
        *,
        kind="classification",
        train=None,
        labels=("a", "b", "c"),
        columns=("text", "label"),
        group_columns=(),
        scheme="none",
        **names,
    ):
        files = {"dev": str(folder / "dev.jsonl")}
        sides = {"dev": dev} | ({"train": train} if train else {})
        for name, rows in sides.items():
            lines = [
                json.dumps(dict(zip(columns, row, strict=False)))
                for row in rows
            ]
            path = folder / f"{name}.jsonl"
            path.write_text("\n".join(lines) + "\n")
            files[name] = str(path)
        data = task_data.TaskData(
            kinds.custom_task(kind, unanswerable=True),
            splits.DataSource(
                files=files, columns=file_columns.Columns(kind=kind, **names)
            ),
            list(labels),
            tokenizer,
            max_lengths.RowLengths(max_seq_length=32, doc_stride=8),
            (32,),
            group_columns=tuple(group_columns),
        )

        data.scheme = scheme

        def predict(task, batches):
            for _ in batches:
                pass
            return outputs

        out = folder / "out"
        evaluation.score(
            tf.distribute.get_strategy(),
            predict,
            [data],
            batch_size=64,
            threshold=None,
            output_dir=str(out),
        )
        text = printed_results.text(str(out), [data])
        return json.loads((out / "report.json").read_text()), text

    return run
