"""From a fine-tuned model to smaller ones, and on from there."""

import json

import pytest

import albert_tf
from albert_tf import models
from albert_tf.interop import tensorflow_checkpoint
from data_pipeline.tasks import kinds
from data_pipeline.tasks.saved import saved_tasks
from data_pipeline.text import tokenizers


@pytest.mark.slow
def test_pruned_to_two_sizes_and_fine_tuned(
    sizes, vocabulary, corpus, tmp_path
):
    model = albert_tf.AlbertClassifier(
        albert_tf.AlbertConfig(**sizes), num_classes=2
    )
    run, output = tmp_path / "run", tmp_path / "sizes"
    run.mkdir()
    tensorflow_checkpoint.write(
        model.config,
        {k: v.numpy() for k, v in models.named_weights(model).items()},
        str(run),
    )
    saved_tasks.write(
        str(run),
        {"custom": saved_tasks.row(kinds.custom_task("classification"), "ab")},
        32,
        tokenizers.load(vocabulary),
    )
    lines = [line for line in corpus.read_text().splitlines() if line]
    rows = [f"{line}\t{'ab'[n % 2]}" for n, line in enumerate(lines)]
    (tmp_path / "data.tsv").write_text("\n".join(["text\tlabel", *rows[:60]]))
    data = {
        "task_name": "custom",
        "task_type": "classification",
        "train_file": tmp_path / "data.tsv",
        "eval_file": tmp_path / "data.tsv",
        "length_buckets": "32",
        "max_seq_length": 32,
    }
    albert_tf.prune(
        albert_tf.PruneConfig(
            checkpoint=run,
            output=output,
            keep_heads="2,1",
            keep_width="0.5",
            num_batches=2,
            **data,
        )
    )
    curve = json.loads((output / "curve.json").read_text())
    assert (output / "curve.png").stat().st_size > 1000
    assert [(p["heads"], p["width"]) for p in curve["sizes"]] == [
        (2, 12),
        (1, 12),
    ]
    assert all(0 <= p["score"] <= 1 for p in curve["sizes"])
    pruned = output / "heads_1_width_12"
    smaller = albert_tf.load(pruned)
    assert smaller.config.attention_head_size == 8
    assert smaller.count_params() == curve["sizes"][1]["parameters"]
    assert json.loads((pruned / "task.json").read_text()) == json.loads(
        (run / "task.json").read_text()
    )

    albert_tf.finetune(
        albert_tf.FinetuneConfig(
            init_checkpoint=pruned,
            output_dir=f"{pruned}_tuned",
            quantization_aware=True,
            train_step=4,
            train_batch_size=8,
            do_train=True,
            do_eval=True,
            **data,
        )
    )
    tuned = albert_tf.load(f"{pruned}_tuned/best")
    assert tuned.config.attention_head_size == 8
    settings = json.loads((tmp_path / f"{pruned}_tuned/run.json").read_text())
    assert '"quantization_aware": true' in json.dumps(settings)
