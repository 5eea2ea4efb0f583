"""--search: settings and the values to try."""

import pytest

import albert_tf
from albert_tf.workflows.tuning import best_settings
from albert_tf.workflows.tuning import search_space


def parse(*searched, **settings):
    return search_space.parse(searched, albert_tf.TuneConfig(**settings))


def test_ranges_and_choices():
    space = parse(
        "learning_rate=1e-5:1e-3:log",
        "dropout_prob=0:0.3:0.1",
        "warmup_step=0:100",
        "train_batch_size=8,16,32",
        "bias_correction=true,false",
        "freeze=none|embeddings|embeddings,block",
    )
    assert space["learning_rate"] == search_space.Range(1e-5, 1e-3, True)
    assert space["dropout_prob"].values == [0.0, 0.1, 0.2, 0.3]
    assert space["warmup_step"] == search_space.Range(0, 100)
    assert isinstance(space["warmup_step"].low, int)
    taken = {
        "learning_rate": 2e-4,
        "dropout_prob": 0.1,
        "warmup_step": 7,
        "train_batch_size": "16",
        "bias_correction": "false",
        "freeze": "embeddings,block",
    }
    assert search_space.settings(space, taken) == {
        **taken,
        "train_batch_size": 16,
        "bias_correction": False,
        "freeze": ("embeddings", "block"),
    }
    none = search_space.settings(space, {**taken, "freeze": "none"})
    assert none["freeze"] is None


def test_a_setting_may_have_another_name_and_models_can_be_compared():
    assert [*parse("num_warmup_steps=0,5")] == ["warmup_step"]
    assert [*parse("--init_checkpoint=a,b")] == ["init_checkpoint"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("learning_rate", "must be a setting and its values"),
        ("learning_rate=", "must be a setting and its values"),
        ("learning_rat=1,2", "no setting .* Did you mean learning_rate"),
        ("train_file=a,b", "train_file, which is a setting that says what is"),
        ("random_seed=1,2", "which is a setting that says what is measured"),
        ("folds=2,3", "which is a setting that says what is measured"),
        ("learning_rate=1e-3:1e-5", "bounds of --search must increase"),
        ("learning_rate=0:1:log", "must be above 0 and increase"),
        ("learning_rate=1e-5:low", "must be a number. Received: 'low'"),
        ("warmup_step=0:1.5", "must be a whole number. Received: '1.5'"),
        ("warmup_step=0:10:20", "step of --search must be above 0"),
        ("warmup_step=0:10:0", "step of --search must be above 0"),
        ("warmup_step=0:10:2:3", "must be a setting and its values"),
        ("warmup_step=5", "at least two different values"),
        ("warmup_step=5,5", "at least two different values"),
        ("warmup_step=5,,6", "at least two different values"),
        ("warmup_step=-5:5", "--warmup_step must be at least 0.*'warmup_step"),
        ("optimizer=adamw,sgd", "--optimizer must be one of adamw, lamb"),
        ("pack=yes,no", "must be true and false"),
        ("dropout_prob=0.1,2", "--dropout_prob must be at most 0.999"),
    ],
)
def test_wrong_values_teach(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_a_setting_is_searched_once_and_has_no_value_of_its_own():
    with pytest.raises(ValueError, match="must be searched once"):
        parse("warmup_step=0,1", "num_warmup_steps=2,3")
    with pytest.raises(ValueError, match="must have one value or be searched"):
        parse("warmup_step=0,1", warmup_step=3)
    with pytest.raises(ValueError, match="Received: none. Give at least one"):
        parse()


def test_a_grid_has_all_combinations_or_asks_for_steps():
    space = parse("warmup_step=0:10:5", "optimizer=adamw,lamb")
    found = [*search_space.combinations(space)]
    assert len(found) == 6
    assert {"warmup_step": 5, "optimizer": "lamb"} in found
    with pytest.raises(ValueError, match="must have values or a step.*LOW:HI"):
        next(search_space.combinations(parse("warmup_step=0:10")))


def test_the_best_settings_are_flags_that_describe_the_run():
    config = albert_tf.FinetuneConfig(
        task_name="custom",
        task_type="classification",
        train_file="my data.csv",
        output_dir="tuned/trial_3",
        do_train=True,
        pack=True,
    )
    best = {"learning_rate": 0.0003, "freeze": ("embeddings", "block")}
    best |= {"bias_correction": False, "warmup_step": None}
    flags = best_settings.flags(config, best)
    assert flags[:2] == ["--do_train", "--do_eval"]
    assert {
        "--train_file=my data.csv",
        "--pack",
        "--learning_rate=0.0003",
        "--freeze=embeddings,block",
        "--nobias_correction",
    } <= set(flags)
    assert not any("output_dir" in f or "warmup" in f for f in flags)
    command = best_settings.command(flags)
    assert "'--train_file=my data.csv'" in command
    assert command.endswith("--output_dir=NEW_FOLDER")
