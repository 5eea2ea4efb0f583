"""Labels that a model does not know: the file and line, stop or skip."""

import pytest

from data_pipeline.tasks import file_columns
from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import split_files


def read(path, kind, labels, on_bad_row="stop"):
    task = (
        table.named("tagging") if kind == "conll" else kinds.custom_task(kind)
    )
    source = splits.DataSource(
        files={"dev": str(path)},
        on_bad_row=on_bad_row,
        columns=None if kind == "conll" else file_columns.Columns(kind),
    )
    return split_files.read(task, "dev", source, labelled=True, labels=labels)


@pytest.mark.parametrize(
    "kind, name, rows, labels, finding",
    [
        (
            "classification",
            "dev.tsv",
            ["text\tlabel", "a\tx", "b\tno", "c\ty"],
            ["x", "y"],
            "dev.tsv, line 3: A label must be one of 'x', 'y'. Received: 'no'",
        ),
        (
            "multilabel",
            "dev.tsv",
            ["text\tlabel", "a\tx", "b\tx|no", "c\t"],
            ["x", "y"],
            "dev.tsv, line 3: .* Received: 'no'",
        ),
        (
            "tagging",
            "dev.tsv",
            ["words\ttags", "a b\tO B-X", "a b\tB-X B-NO", "a b\tB-X I-X"],
            ["O", "B-X", "I-X"],
            "dev.tsv, line 3, word 2: .* Received: 'B-NO'",
        ),
        (
            "tagging",  # in another scheme than the model's
            "dev.tsv",
            ["words\ttags", "a b\tB-X E-X", "a b\tO S-NO", "a b\tO S-X"],
            ["O", "B-X", "I-X"],
            "dev.tsv, line 3, word 2: .* Received: 'B-NO'",
        ),
        (
            "conll",
            "dev.txt",
            ["-DOCSTART- O", "", "a O", "", "a O", "b B-NO", "", "a B-X"],
            ["O", "B-X", "I-X"],
            "dev.txt, line 6: .* Received: 'B-NO'",
        ),
        (
            "conll",  # no label, but a tag that its scheme has no place for
            "dev.txt",
            ["a S-X", "", "a O", "b M-X", "", "a S-X"],
            [],
            "dev.txt, line 4: Tags must be BMES.*M-X follows O",
        ),
    ],
)
def test_the_line_is_named_or_left_out(
    tmp_path, kind, name, rows, labels, finding
):
    path = tmp_path / name
    path.write_text("\n".join(rows) + "\n")
    with pytest.raises(ValueError, match=finding):
        read(path, kind, labels)
    first, bad, last = read(path, kind, labels, "skip").examples
    assert bad is None
    assert first is not None and last is not None
