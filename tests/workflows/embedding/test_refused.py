"""Settings and data that no embedding model can be trained with."""

import dataclasses

import embedding_runs
import pytest

import albert_tf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"embedding_loss": "cosent"}, "pairs that have scores"),
        (
            {
                "negative_columns": None,
                "score_column": "score",
                "embedding_loss": "contrastive",
                "train_file": "scored.csv",
                "eval_fraction": None,
                "do_eval": False,
            },
            "pairs that all belong together",
        ),
        ({"matryoshka_dims": ("64",)}, "from 1 to the size"),
        ({"matryoshka_dims": ("x",)}, "from 1 to the size"),
        (
            {
                "train_file": "texts.csv",
                "text_pair_column": None,
                "negative_columns": None,
                "dropout_prob": 0.1,
            },
            "evaluated on pairs",
        ),
        (
            {
                "train_file": "texts.csv",
                "text_pair_column": None,
                "negative_columns": None,
                "dropout_prob": 0.0,
                "eval_fraction": None,
                "do_eval": False,
            },
            "must be trained with dropout",
        ),
        (
            {"negative_columns": None, "train_batch_size": 1},
            "at least two examples",
        ),
        ({"pack": True, "max_seq_length": 8}, "must fit in one row"),
    ],
)
def test_what_does_not_fit_is_refused(
    config, folder, changes, message, tmp_path
):
    changes = embedding_runs.placed(changes, folder)
    run = dataclasses.replace(config, output_dir=tmp_path / "run", **changes)
    with pytest.raises(ValueError, match=message):
        albert_tf.finetune(run)


def test_equal_scores_are_refused(config, tmp_path):
    (tmp_path / "same.csv").write_text("text,positive,score\na,b,3\nc,d,3\n")
    run = dataclasses.replace(
        config,
        train_file=tmp_path / "same.csv",
        negative_columns=None,
        score_column="score",
        eval_fraction=None,
        do_eval=False,
        output_dir=tmp_path / "run",
    )
    with pytest.raises(ValueError, match="scores of pairs must differ"):
        albert_tf.finetune(run)
