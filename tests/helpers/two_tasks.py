"""The data of two tasks, with a vocabulary."""

from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import task_data
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.text import tokenizers


def datas(folder, vocabulary, cola_rows):
    """CoLA with these rows, and STS-B with two."""
    tokenizer = tokenizers.load(vocabulary)
    (folder / "cola.tsv").write_text(cola_rows)
    (folder / "sts.tsv").write_text(
        "sentence1\tsentence2\tscore\nThe cat.\tA dog.\t1.0\nIt.\tIt.\t5.0\n"
    )
    return [
        task_data.TaskData(
            table.named(name),
            splits.DataSource(files={"dev": str(folder / file)}),
            labels,
            tokenizer,
            max_lengths.RowLengths(max_seq_length=16),
            (16,),
        )
        for name, file, labels in (
            ("cola", "cola.tsv", ["0", "1"]),
            ("sts-b", "sts.tsv", []),
        )
    ]
