"""GLUE and RACE in their official layouts, and texts to rows."""

import numpy as np
import pytest

from data_pipeline.tasks import kinds
from data_pipeline.tasks import splits
from data_pipeline.tasks import table
from data_pipeline.tasks.data import encode
from data_pipeline.tasks.data import split_files
from data_pipeline.tasks.kinds import max_lengths
from data_pipeline.text import tokenizers

# A header and two rows of each file, as the download has them.
FILES = {
    "CoLA/train.tsv": "gj04\t1\t\tThe cat sees it.\ngj04\t0\t*\tSees cat the.",
    "CoLA/test.tsv": "index\tsentence\n0\tThe dog.\n1\tIt sees.",
    "SST-2/dev.tsv": "sentence\tlabel\na fine road \t1\na bad road \t0",
    "MRPC/train.tsv": "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
    '1\t7\t8\tA "king.\tThe king.\n0\t7\t9\tA dog.\tThe cat.',
    "STS-B/dev.tsv": "index\tgenre\tsentence1\tsentence2\tscore\n"
    "0\tx\tA cat.\tThe cat.\t5.000\n1\tx\tA cat.\tA road.\t0.25",
    "QQP/dev.tsv": "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
    "133\t1\t2\tWho?\tWho is it?\t1\n9\t3\t4\tWhy?\tWhere?\t0",
    "MNLI/dev_matched.tsv": "index\tpromptID\tsentence1\tsentence2\tlabel1\t"
    "gold_label\n0\t5\tA cat.\tAn animal.\tneutral\tentailment\n"
    "1\t6\tA cat.\tA dog.\tneutral\tcontradiction",
    "QNLI/dev.tsv": "index\tquestion\tsentence\tlabel\n"
    "0\tWho?\tThe king.\tentailment\n1\tWhy?\tIt is.\tnot_entailment",
    "RTE/dev.tsv": "index\tsentence1\tsentence2\tlabel\n"
    "0\tA.\tB.\tnot_entailment\n1\tA.\tC.\tentailment",
    "WNLI/test.tsv": "index\tsentence1\tsentence2\n0\tA.\tB.\n1\tA.\tC.",
    "AX/AX.tsv": "index\tsentence1\tsentence2\n0\tA.\tB.\n1\tA.\tC.",
}


EXPECTED = {
    ("cola", "train"): [
        (("The cat sees it.",), "1"),
        (("Sees cat the.",), "0"),
    ],
    ("cola", "test"): [(("The dog.",), None), (("It sees.",), None)],
    ("sst-2", "dev"): [(("a fine road ",), "1"), (("a bad road ",), "0")],
    ("mrpc", "train"): [
        (('A "king.', "The king."), "1"),
        (("A dog.", "The cat."), "0"),
    ],
    ("sts-b", "dev"): [
        (("A cat.", "The cat."), 5.0),
        (("A cat.", "A road."), 0.25),
    ],
    ("qqp", "dev"): [(("Who?", "Who is it?"), "1"), (("Why?", "Where?"), "0")],
    ("mnli", "dev_matched"): [
        (("A cat.", "An animal."), "entailment"),
        (("A cat.", "A dog."), "contradiction"),
    ],
    ("qnli", "dev"): [
        (("Who?", "The king."), "entailment"),
        (("Why?", "It is."), "not_entailment"),
    ],
    ("rte", "dev"): [
        (("A.", "B."), "not_entailment"),
        (("A.", "C."), "entailment"),
    ],
    ("wnli", "test"): [(("A.", "B."), None), (("A.", "C."), None)],
    ("ax", "test"): [(("A.", "B."), None), (("A.", "C."), None)],
}


def test_the_diagnosis_is_found_where_the_download_script_puts_it(tmp_path):
    path = tmp_path / "diagnostic" / "diagnostic.tsv"
    path.parent.mkdir()
    path.write_text(FILES["AX/AX.tsv"] + "\n")
    for folder in (tmp_path, path.parent):
        assert split_files.path_of(
            table.named("ax"), "test", str(folder)
        ) == str(path)


@pytest.fixture
def glue(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    return tmp_path


def test_columns_of_ones_own_task_must_be_known(tmp_path):
    task = kinds.custom_task("classification")
    source = splits.DataSource(files={"dev": str(tmp_path / "dev.csv")})
    with pytest.raises(ValueError, match="columns of .*dev.csv must be known"):
        split_files.read(task, "dev", source, labelled=True)


@pytest.mark.parametrize("task, part", EXPECTED)
def test_official_files(glue, task, part):
    found = split_files.read(
        table.named(task),
        part,
        splits.DataSource(data_dir=str(glue)),
        labelled=not part.startswith("test"),
    )
    seen = [(example.texts, example.label) for example in found.examples]
    assert seen == EXPECTED[task, part]
    if task == "qqp":
        assert found.ids == ["133", "9"]


def test_a_name_in_many_spellings():
    assert table.named("SST2") is table.TASKS["sst-2"]
    assert table.named("STS-B").kind == "regression"
    with pytest.raises(ValueError, match="custom"):
        table.named("imdb")


@pytest.mark.parametrize(
    "row, finding",
    [
        ("gj04\t2\t\tThe dog.", "0, 1"),
        ("gj04\t1\t\t ", "be a non-empty string"),
        ("gj04\t1\tThe dog.", "4 columns"),
    ],
)
def test_bad_rows_stop_or_are_skipped(glue, row, finding):
    path = glue / "CoLA/train.tsv"
    path.write_text(f"gj04\t1\t\tThe cat.\n{row}\ngj04\t0\t\tThe dog.\n")

    def read(**how):
        source = splits.DataSource(data_dir=str(glue), **how)
        return split_files.read(
            table.named("cola"), "train", source, labelled=True
        ).examples

    with pytest.raises(ValueError, match=f"train.tsv, line 2: .*{finding}"):
        read()
    first, bad, last = read(on_bad_row="skip")
    assert bad is None and last.texts == ("The dog.",)


def test_missing_files_name_the_flag(glue):
    with pytest.raises(FileNotFoundError, match="--eval_file"):
        split_files.read(
            table.named("cola"),
            "dev",
            splits.DataSource(data_dir=str(glue)),
            labelled=True,
        )
    (glue / "CoLA/test.tsv").write_text("index\ttext\n0\tThe dog.\n")
    with pytest.raises(ValueError, match="line 1.*without sentence"):
        split_files.read(
            table.named("sst-2"),
            "dev",
            splits.DataSource(files={"dev": str(glue / "CoLA/test.tsv")}),
            labelled=True,
        )
    # Also where the first row is skipped.
    (glue / "CoLA/test.tsv").write_text("index\ttext\n0\n0\tThe dog.\n")
    with pytest.raises(ValueError, match="line 1.*without sentence"):
        split_files.read(
            table.named("sst-2"),
            "dev",
            splits.DataSource(
                files={"dev": str(glue / "CoLA/test.tsv")}, on_bad_row="skip"
            ),
            labelled=True,
        )


def test_what_is_kept_is_of_the_same_data_tokenizer_and_flags(
    glue, vocabulary, tmp_path
):
    tokenizer = tokenizers.load(vocabulary)
    task = table.named("cola")
    cache = tmp_path / "cache"

    def features(length=16, labels=("0", "1")):
        part = split_files.read(
            task, "train", splits.DataSource(data_dir=str(glue)), labelled=True
        )
        return encode.features(
            task,
            part,
            labels,
            tokenizer,
            max_lengths.RowLengths(max_seq_length=length),
            cache_dir=str(cache),
        )

    first = features()
    assert len(list(cache.iterdir())) == 1
    features()
    assert len(list(cache.iterdir())) == 1
    features(length=8)
    features(labels=("1", "0"))
    assert len(list(cache.iterdir())) == 3
    path = glue / "CoLA/train.tsv"
    path.write_text(path.read_text().replace("sees", "meets"))
    changed = features()
    assert len(list(cache.iterdir())) == 4
    assert len(changed.sequences["token_ids"]) != len(
        first.sequences["token_ids"]
    ) or not np.array_equal(
        changed.sequences["token_ids"], first.sequences["token_ids"]
    )
    # A damaged file is made again.
    for file in cache.iterdir():
        file.write_bytes(file.read_bytes()[:50])
    np.testing.assert_array_equal(
        features().sequences["token_ids"], changed.sequences["token_ids"]
    )
