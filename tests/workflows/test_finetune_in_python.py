"""Fine-tuning, evaluation and prediction as functions, in one process."""

import dataclasses
import json

import commands
import keras
import pytest

import albert_tf


@pytest.fixture(scope="module")
def config(tmp_path_factory, sizes, vocabulary):
    folder = tmp_path_factory.mktemp("python")
    rows = [
        f"the {word} {n},{'ab'[n % 2]}\n"
        for n, word in enumerate(["cat", "king"] * 20)
    ]
    (folder / "train.csv").write_text("text,label\n" + "".join(rows))
    (folder / "dev.csv").write_text("text,label\n" + "".join(rows[:7]))
    (folder / "config.json").write_text(
        json.dumps({**sizes, "initializer_range": 0.1})
    )
    return albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="classification",
        train_file=folder / "train.csv",
        eval_file=folder / "dev.csv",
        albert_config_file=folder / "config.json",
        spm_model_file=vocabulary,
        max_seq_length=16,
        train_batch_size=8,
        learning_rate=0.001,
        train_step=2,
        strategy="one_device",
        output_dir=folder / "run",
        do_train=True,
        do_eval=True,
    )


@pytest.fixture(scope="module")
def result(config):
    return albert_tf.finetune(config)


def test_a_second_run_has_the_numbers_of_the_first(config, result, tmp_path):
    policy = keras.mixed_precision.dtype_policy()
    again = dataclasses.replace(config, output_dir=tmp_path / "second")
    assert albert_tf.finetune(again).metrics == result.metrics
    half = dataclasses.replace(config, precision="bfloat16", do_train=False)
    assert albert_tf.finetune(half).metrics != result.metrics
    assert keras.mixed_precision.dtype_policy() == policy


def test_results_are_those_of_the_files(config, result):
    path = f"{config.output_dir}/eval_results.json"
    with open(path) as file:
        assert json.load(file) == result.metrics
    assert result.output_dir == result.evaluation.folder == config.output_dir
    assert result.checkpoint.startswith(f"{config.output_dir}/best/ckpt-")
    assert result.predictions == ()


def test_evaluation_is_that_of_the_command(config, result, tmp_path, capsys):
    found = albert_tf.evaluate(
        albert_tf.EvaluateConfig(
            checkpoint=config.output_dir,
            file=config.eval_file,
            output_dir=tmp_path,
            strategy="one_device",
        )
    )
    for name in ("score", "accuracy"):
        assert found.metrics[name] == result.metrics[name]
    assert capsys.readouterr().out == ""
    commands.run(
        "albert-tf evaluate",
        words=[config.output_dir, config.eval_file],
        output_dir=tmp_path,
        strategy="one_device",
    )
    shown = f"{found.tables}\nResults: {found.folder}/eval_results.json\n"
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize(
    "text",
    [["the cat", "the king"], ("the king", "a cat, a dog"), "a cat, a dog"],
)
def test_predictions_of_texts_are_returned(config, result, text):
    given = albert_tf.PredictConfig(
        checkpoint=config.output_dir, text=text, strategy="one_device"
    )
    found = albert_tf.predict(given)
    texts = [text] if isinstance(text, str) else [*text]
    assert [row["text"] for row in found.predictions] == texts
    assert {row["prediction"] for row in found.predictions} <= {"a", "b"}
    assert found.path is None
    assert albert_tf.predict(given) == found


def test_a_file_is_predicted_as_its_command_does(config, result, tmp_path):
    output = tmp_path / "command.jsonl"
    words = [config.output_dir, config.eval_file]
    message = commands.run("albert-tf predict", words=words, output=output)
    assert message is None
    found = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=config.output_dir,
            file=config.eval_file,
            output=tmp_path / "function.jsonl",
        )
    )
    assert found.path == str(tmp_path / "function.jsonl")
    assert (tmp_path / "function.jsonl").read_text() == output.read_text()
    written = [json.loads(line) for line in output.read_text().splitlines()]
    assert found.predictions == written


def test_predictions_of_a_file_are_written_too(config, result):
    found = albert_tf.predict(
        albert_tf.PredictConfig(
            checkpoint=config.output_dir,
            file=config.eval_file,
            strategy="one_device",
        )
    )
    with open(found.path) as file:
        assert [json.loads(line) for line in file] == found.predictions
    assert len(found.predictions) == 7


@pytest.mark.parametrize(
    "changes, rule",
    [
        ({"do_train": False, "do_eval": False}, "At least one of --do_train"),
        ({"task_name": None}, "--task_name must be given"),
        ({"recipe": "sst"}, "--recipe must be auto or one of"),
        ({"lora_rank": 2, "layer_decay": 0.9}, "must not be combined"),
        ({"exit_threshold": 0.3}, "--exit_patience"),
        ({"distill_weight": 0.1}, "--teacher"),
    ],
)
def test_faults_are_exceptions(config, changes, rule):
    with pytest.raises(ValueError, match=rule):
        albert_tf.finetune(dataclasses.replace(config, **changes))


def test_the_doctor_returns_what_it_finds(config, result):
    changed = dataclasses.replace(config, doc_stride=7)
    found = albert_tf.check_finetuning(changed)
    errors = [finding.text for finding in found.of("error")]
    assert any("doc_stride" in text for text in errors), errors
    assert not albert_tf.check_finetuning(config).of("error")
