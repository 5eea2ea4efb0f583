"""The functions of albert_tf, called as a notebook does: in one process."""

import dataclasses
import json

import commands
import keras
import pytest

import albert_tf


@pytest.fixture(scope="module")
def model_file(sizes, tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.json"
    path.write_text(json.dumps({**sizes, "initializer_range": 0.1}))
    return path


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    rows = [f"the {'cat king'.split()[n % 2]} {n},{n % 2}" for n in range(24)]
    path = tmp_path_factory.mktemp("reviews") / "reviews.csv"
    path.write_text("\n".join(["text,label", *rows, ""]))
    return path


@pytest.fixture(scope="module")
def finetune_config(model_file, reviews, vocabulary, tmp_path_factory):
    return albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="classification",
        train_file=reviews,
        eval_file=reviews,
        albert_config_file=model_file,
        spm_model_file=vocabulary,
        output_dir=tmp_path_factory.mktemp("finetuned") / "first",
        max_seq_length=16,
        train_batch_size=8,
        learning_rate=0.001,
        train_step=2,
        strategy="one_device",
        do_train=True,
        do_eval=True,
    )


@pytest.fixture(scope="module")
def finetuned(finetune_config):
    return albert_tf.finetune(finetune_config)


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


def test_finetuning_twice_gives_the_same(finetune_config, finetuned, tmp_path):
    policy = keras.mixed_precision.dtype_policy()
    again = dataclasses.replace(finetune_config, output_dir=tmp_path / "again")
    assert albert_tf.finetune(again).metrics == finetuned.metrics
    assert keras.mixed_precision.dtype_policy() == policy


def test_evaluate_returns_what_its_command_prints(finetuned, reviews, capsys):
    result = albert_tf.evaluate(
        albert_tf.EvaluateConfig(checkpoint=finetuned.output_dir, file=reviews)
    )
    assert result.metrics["accuracy"] == finetuned.metrics["accuracy"]
    assert not capsys.readouterr().out
    words = [finetuned.output_dir, reviews]
    assert commands.run("albert-tf evaluate", words=words) is None
    assert result.tables in capsys.readouterr().out


def test_predict_returns_what_its_command_writes(finetuned, reviews, tmp_path):
    output = tmp_path / "command.jsonl"
    words = [finetuned.output_dir, reviews]
    message = commands.run("albert-tf predict", words=words, output=output)
    assert message is None
    result = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=finetuned.output_dir,
            file=reviews,
            output=tmp_path / "function.jsonl",
        )
    )
    assert result.path == str(tmp_path / "function.jsonl")
    assert (tmp_path / "function.jsonl").read_text() == output.read_text()
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert result.predictions == written


@pytest.mark.parametrize("text", [("the king", "a cat, a dog"), "a cat, a dog"])
def test_texts_are_predicted(finetuned, text):
    result = albert_tf.predict(
        albert_tf.PredictConfig(checkpoint=finetuned.output_dir, text=text)
    )
    texts = [text] if isinstance(text, str) else [*text]
    assert [row["text"] for row in result.predictions] == texts
    assert {row["prediction"] for row in result.predictions} <= {"0", "1"}
    assert result.path is None


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
