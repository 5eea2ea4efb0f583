"""The functions of albert_tf, called as a notebook does: in one process."""

import dataclasses
import json

import keras
import pytest

import albert_tf


@pytest.fixture(scope="module")
def model_file(sizes, tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(json.dumps({**sizes, "initializer_range": 0.1}))
    return path


@pytest.mark.slow
def test_pretraining_leaves_nothing_behind(
    record_folder, model_file, sizes, tmp_path
):
    wide = albert_tf.AlbertConfig.from_dict({**sizes, "hidden_size": 32})
    wide.to_json(tmp_path / "wide.json")
    policy = keras.mixed_precision.dtype_policy()
    first = albert_tf.PretrainConfig(
        albert_config_file=model_file,
        input_file=f"{record_folder}/*.tfrecord",
        output_dir=tmp_path / "first",
        max_seq_length=64,
        max_predictions_per_seq=6,
        train_batch_size=8,
        eval_batch_size=8,
        max_eval_steps=2,
        learning_rate=0.005,
        num_train_steps=2,
        num_warmup_steps=1,
        strategy="one_device",
        precision="float32",
        do_eval=True,
    )
    other = dataclasses.replace(
        first,
        albert_config_file=tmp_path / "wide.json",
        output_dir=tmp_path / "other",
        precision="bfloat16",
        random_seed=1,
    )
    again = dataclasses.replace(first, output_dir=tmp_path / "again")
    results = []
    for config in (first, other, again):
        results.append(albert_tf.pretrain(config))
        assert keras.mixed_precision.dtype_policy() == policy
    assert results[0].metrics == results[2].metrics
    assert results[0].metrics != results[1].metrics
    assert [result.output_dir for result in results] == [
        str(tmp_path / name) for name in ("first", "other", "again")
    ]


def _pretrain(**changes):
    settings = {"output_dir": "new", "model": "tiny", **changes}
    albert_tf.pretrain(albert_tf.PretrainConfig(**settings))


def _finetune(**changes):
    albert_tf.finetune(
        albert_tf.FinetuneConfig(
            task_name="custom",
            task_type="classification",
            output_dir="new",
            do_train=True,
            **changes,
        )
    )


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: _pretrain(input_file="gone/*.tfrecord"), OSError),
        (lambda: _pretrain(), ValueError),
        (
            lambda: _finetune(train_file="gone.csv", init_checkpoint="gone"),
            OSError,
        ),
        (lambda: _finetune(), ValueError),
        (
            lambda: albert_tf.evaluate(
                albert_tf.EvaluateConfig(checkpoint="gone")
            ),
            (OSError, ValueError),
        ),
        (
            lambda: albert_tf.predict(
                albert_tf.PredictConfig(checkpoint="gone", text="a cat")
            ),
            (OSError, ValueError),
        ),
        (lambda: albert_tf.load("gone"), FileNotFoundError),
        (
            lambda: albert_tf.export(
                albert_tf.ExportConfig(checkpoint="gone", output="new")
            ),
            (OSError, ValueError),
        ),
        (
            lambda: albert_tf.train_vocabulary(
                albert_tf.VocabularyConfig(
                    input_file="gone.txt", output_dir="new"
                )
            ),
            FileNotFoundError,
        ),
        (
            lambda: albert_tf.report(albert_tf.ReportConfig(runs="gone")),
            (OSError, ValueError),
        ),
    ],
)
def test_mistakes_are_exceptions(call, error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        call()
