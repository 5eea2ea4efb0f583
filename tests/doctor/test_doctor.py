"""The doctor: broken runs of each kind, and all that is wrong at once."""

import json
import shutil
import types

import commands
import pytest
from one_finding import only

import albert_tf
from albert_tf import config as config_lib
from albert_tf.doctor import output_folder
from albert_tf.doctor import recipe
from albert_tf.doctor import records
from albert_tf.doctor import weights
from albert_tf.runs import checkpoints
from albert_tf.runs import run_folder
from data_pipeline.pretraining import record_sample
from data_pipeline.pretraining.records import record_sets


@pytest.fixture
def doctor(capsys):
    """Runs it in this process; what it ended with, and what it printed."""

    def run(*words, **flags):
        code = commands.run("albert_tf.doctor", words=words, **flags)
        return code, capsys.readouterr().out

    return run


def group(text, title):
    """The findings of a group, {flag: [texts]}."""
    found, texts = {}, []
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if lines[0] != title:
            continue
        for line in lines[1:]:
            if line.startswith("    "):
                texts[-1] += line.strip() + " "
                continue
            flag, _, text = line.strip().partition(": ")
            texts = found.setdefault(flag, [])
            texts.append(text and f"{text} ")
    return found


def test_a_run_that_may_start(doctor, record_folder, tmp_path, sizes):
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    code, text = doctor(
        albert_config_file=tmp_path / "config.json",
        input_file=f"{record_folder}/part-0000[12]*.tfrecord",
        eval_input_file=f"{record_folder}/part-00000*.tfrecord",
        output_dir=tmp_path / "run",
        max_seq_length=64,
        max_predictions_per_seq=10,
        train_batch_size=8,
        eval_batch_size=8,
        num_train_steps=120,
    )
    assert code == 0 and "errors: 0, warnings: 0" in text, text
    fine = group(text, "Fine")
    assert {
        "installation",
        "--albert_config_file",
        "--eval_input_file",
        "--input_file",
        "--learning_rate",
        "--max_predictions_per_seq",
        "--max_seq_length",
        "--num_train_steps",
        "--num_warmup_steps",
        "--output_dir",
        "--train_batch_size",
    } == set(fine)
    assert "No file is used for training" in fine["--eval_input_file"][-1]
    assert not (tmp_path / "run").exists()


def test_all_that_is_wrong_at_once(doctor, record_folder, tmp_path, sizes):
    config = {**sizes, "vocab_size": 80, "max_position_embeddings": 32}
    (tmp_path / "config.json").write_text(json.dumps(config))
    shutil.copytree(record_folder, tmp_path / "records")
    shard = tmp_path / "records/part-00001-of-00003.tfrecord"
    damaged = bytearray(shard.read_bytes())
    damaged[20] ^= 1
    shard.write_bytes(damaged)
    (tmp_path / "run").mkdir()
    (tmp_path / "run/thesis.txt").write_text("")
    code, text = doctor(
        albert_config_file=tmp_path / "config.json",
        input_file=f"{tmp_path}/records/*.tfrecord",
        eval_input_file=f"{tmp_path}/records/part-00000*.tfrecord",
        output_dir=tmp_path / "run",
        max_seq_length=128,
        depth_schedule="1:0.5,3:0.5",
        max_predictions_per_seq=6,
        train_batch_size=4097,
        eval_batch_size=8,
        accumulate_steps=2,
        strategy="mirrored",
        jit_compile=True,
        num_train_steps=5000,
        num_warmup_steps=5000,
        learning_rate=0.1,
        init_checkpoint=tmp_path / "nothing",
        grow_from=tmp_path / "nothing",
    )
    assert code == 1
    errors = group(text, "Errors")
    for flag, rule in (
        ("flags", "only one of"),
        ("--albert_config_file", "80, and 70 in"),
        ("--max_seq_length", "128 tokens"),
        ("--max_seq_length", "Pass --max_seq_length=64"),
        ("--depth_schedule", "rise to the model's num_hidden_layers"),
        ("--input_file", f"record 0 of {shard}"),
        ("--train_batch_size", "4097 over 2 x 2"),
        ("--jit_compile", "2 replicas"),
        ("--num_warmup_steps", "5000"),
        ("--init_checkpoint", "The path of a checkpoint must be"),
        ("--grow_from", "The path of a checkpoint must be"),
        ("--output_dir", "thesis.txt"),
    ):
        assert rule in "".join(errors[flag]), (flag, errors)
    warnings = group(text, "Warnings")
    assert "1 of 1 held-out files" in "".join(warnings["--eval_input_file"])
    assert "19 masks" in "".join(warnings["--max_predictions_per_seq"])
    # Records of another length than the flags say are looked at all the same.
    assert "has 146 rows" in "".join(warnings["--train_batch_size"])


def test_a_message_is_about_the_flag_that_it_begins_with(found):
    def refuse(text):
        raise ValueError(text)

    assert found.attempt("--a", refuse, "--b must be. Received: c.") is None
    found.attempt("--a", refuse, "It must be. Received: c.")
    assert [finding.flag for finding in found.all] == ["--b", "--a"]
    found.warning("--d", "word " * 40)
    assert max(map(len, str(found).splitlines())) <= 80
    assert str(found).endswith("errors: 2, warnings: 1, fine: 0")


@pytest.mark.parametrize(
    "batch, rate, warmup, levels",
    [
        (4096, 0.00176, 3125, ["fine", "fine"]),
        (1024, 0.00176, 1000, ["fine", "fine"]),  # twice the recipe
        (512, 0.00176, 1000, ["fine", "fine"]),
        (256, 0.00176, 1000, ["fine", "fine"]),  # by the steps
        (256, 0.0001, 1000, ["fine", "warning"]),
        (4096, 0.0001, 3125, ["fine", "warning"]),
        (4096, 0.00176, 0, ["warning", "fine"]),
        (4096, 0.00176, 60_000, ["warning", "fine"]),
    ],
)
def test_learning_rate_and_warmup(found, batch, rate, warmup, levels):
    recipe.check_rate(
        found,
        optimizer="lamb",
        learning_rate=rate,
        num_warmup_steps=warmup,
        num_train_steps=125_000,
        train_batch_size=batch,
    )
    assert [finding.level for finding in found.all] == levels


@pytest.mark.parametrize(
    "rows, batch, steps, level, flag",
    [
        (1000, 10, 1000, "fine", "--num_train_steps"),  # 10 epochs
        (1000, 10, 4001, "warning", "--num_train_steps"),
        (1000, 1001, 1, "warning", "--train_batch_size"),
    ],
)
def test_epochs(found, rows, batch, steps, level, flag):
    recipe.check_amount(
        found, rows=rows, train_batch_size=batch, num_train_steps=steps
    )
    assert only(found)[:2] == (level, flag)


def test_padding_and_unknown_tokens(found, record_folder):
    record_set = record_sets.open_records(f"{record_folder}/*.tfrecord", 64)
    sample = record_sample.Sample(100, 20.0, 0.05, [])
    records.check_set(found, "--input_file", record_set, sample, pack=False)
    (padding, unknown) = found.of("warning")
    assert padding.flag == "--pack" and "20 of the 64" in padding.text
    assert unknown.flag == "--input_file" and "5.0%" in unknown.text
    records.check_set(found, "--input_file", record_set, sample, pack=True)
    assert len(found.of("warning")) == 3  # <unk> again


def test_a_sample_reads_both_ends_of_each_file(record_folder, tmp_path):
    shutil.copytree(record_folder, tmp_path / "records")
    patterns = f"{tmp_path}/records/*.tfrecord"
    whole = record_sample.read(record_sets.open_records(patterns, 64), 3)
    assert whole.damaged == [] and 6 <= whole.records <= 9
    assert 3 < whole.tokens <= 64 and whole.unknown < 0.01
    shard = tmp_path / "records/part-00002-of-00003.tfrecord"
    content = bytearray(shard.read_bytes())
    content[-6] ^= 1
    shard.write_bytes(content)
    sample = record_sample.read(record_sets.open_records(patterns, 64), 3)
    assert len(sample.damaged) == 1 and str(shard) in sample.damaged[0]
    assert sample.records == whole.records - 1


def test_records_of_two_tokenizers(found):
    def record_set(tokenizer, digest):
        shards = [{"name": "a", "sha256": digest}]
        return types.SimpleNamespace(
            manifest=types.SimpleNamespace(tokenizer=tokenizer, shards=shards),
            files=types.SimpleNamespace(paths=["x/a"]),
        )

    records.check_held_out(
        found, [record_set("t1", "1")], record_set("t2", "2"), "x", "y"
    )
    assert [finding.level for finding in found.all] == ["error", "fine"]
    assert "x with t1 and y with t2" in found.all[0].text


def test_weights_of_another_shape_or_tokenizer(found, tmp_path, sizes):
    config = config_lib.AlbertConfig(**sizes)
    path = str(tmp_path / "model.keras")
    albert_tf.AlbertPretrainer(config).save(path)
    weights.check(found, path, config, False)
    assert found.all.pop().level == "fine"
    other = config_lib.AlbertConfig(**{**sizes, "intermediate_size": 20})
    weights.check(found, path, other, False)
    assert "inner_kernel (16, 24), not (16, 20)" in found.all.pop().text
    weights.check(found, path, other, True)
    assert found.all[-1].level == "warning"
    assert "3 with a different shape" in found.all.pop().text
    weights.check_tokenizer(found, path, "a", "b")
    assert (
        only(found)[0] == "error"
        and "with a, and records with b" in only(found)[2]
    )
    weights.check_tokenizer(found, path, None, "b")
    weights.check_tokenizer(found, path, "b", "b")
    assert [f.level for f in found.all] == ["error", "warning", "fine"]


def test_weights_that_grow(found, tmp_path, sizes):
    config = config_lib.AlbertConfig(**sizes)
    path = str(tmp_path / "model.keras")
    albert_tf.AlbertPretrainer(config).save(path)
    larger = config_lib.AlbertConfig(**sizes, num_hidden_groups=2)
    weights.check_growth(found, path, larger)
    assert found.all.pop().level == "fine"
    wider = config_lib.AlbertConfig(**{**sizes, "hidden_size": 32})
    weights.check_growth(found, path, wider)
    assert only(found)[:2] == ("error", "--grow_from")


def test_a_folder_of_the_same_run_or_of_another(found, tmp_path):
    run = str(tmp_path / "run")
    output_folder.check_run(found, run, {"batch": 8})
    assert (
        "new run starts" in found.all.pop().text
        and not (tmp_path / "run").exists()
    )
    run_folder.claim(run, {"batch": 8}, {})
    names = '"ckpt-300"'
    (tmp_path / "run/checkpoint").write_text(
        f"model_checkpoint_path: {names}\nall_model_checkpoint_paths: {names}\n"
    )
    assert len(checkpoints.saved_in(run)) == 1
    output_folder.check_run(found, run, {"batch": 8})
    assert "resumes after step 300" in found.all.pop().text
    output_folder.check_run(found, run, {"batch": 16})
    assert only(found)[0] == "error"
    assert "batch: 8 there, 16 now" in only(found)[2]


def test_space_for_checkpoints(found, tmp_path, monkeypatch):
    usage = types.SimpleNamespace(free=int(1.6e9))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    for keep, level in ((2, "fine"), (5, "error")):
        output_folder.check_space(
            found,
            str(tmp_path / "a/run"),
            parameters=20_000_000,
            keep_checkpoint_max=keep,
        )
        assert found.all.pop().level == level
    (tmp_path / "file").write_text("")
    output_folder.check_space(
        found, str(tmp_path / "file/run"), parameters=1, keep_checkpoint_max=1
    )
    assert only(found)[:2] == ("error", "--output_dir")
