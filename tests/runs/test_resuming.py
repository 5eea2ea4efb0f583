"""Which settings may change when a run resumes, each of them tried."""

import dataclasses
import functools
import json

import pytest

from albert_tf.runs import resuming
from albert_tf.runs import run_folder
from albert_tf.workflows.common import past_command
from albert_tf.workflows.configs import finetune as finetune_config
from albert_tf.workflows.configs import pretrain as pretrain_config
from data_pipeline import config as config_lib

CONFIGS = {
    "pretrain": pretrain_config.PretrainConfig,
    "finetune": finetune_config.FinetuneConfig,
}


@pytest.fixture(params=CONFIGS)
def config_class(request):
    return CONFIGS[request.param]


def differences(config_class, earlier, now):
    read = functools.partial(past_command.values, config_class)
    return resuming.differences(earlier, now, read)


def other(config_class, name):
    """Another value than a setting's default."""
    field = config_class.__dataclass_fields__[name]
    known = config_lib.known_of(config_class, name)
    kind = config_lib.type_of(config_class, field)
    if known.choices:
        return next(v for v in known.choices if v != field.default)
    if kind is bool:
        return not field.default
    if kind in (int, float):
        more = max((field.default or 0) + 1, known.minimum or 0)
        is_too_much = known.maximum is not None and more > known.maximum
        return known.maximum / 4 if is_too_much else more
    return ("other",) if kind is tuple else "other"


def test_settings_that_decide_are_compared(config_class):
    config = config_class()
    earlier = config_lib.deciding(config)
    assert len(earlier) > 15
    for name in earlier:
        changed = dataclasses.replace(
            config, **{name: other(config_class, name)}
        )
        (differ,) = differences(
            config_class, earlier, config_lib.deciding(changed)
        )
        assert differ.startswith(f"{name}: ")


def test_others_are_marked(config_class):
    compared = config_lib.deciding(config_class())
    for field, known in config_lib.fields_of(config_class):
        is_exempt = known.is_execution or known.decides is not True
        assert is_exempt == (field.name not in compared)


def test_so_is_a_setting_that_did_not_exist_before(config_class):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Newer(config_class):
        new: int = config_lib.setting(3, "New.")

    earlier = config_lib.deciding(Newer())
    assert earlier.pop("new") == 3
    environment = {"command": ["run.py", "--new=4", "--unknown=1"]}
    earlier = {**earlier, "environment": environment}
    now = config_lib.deciding(Newer())
    assert differences(Newer, earlier, now) == ["new: 4 there, 3 now"]
    assert not differences(Newer, earlier, {**now, "new": 4})


@pytest.mark.parametrize(
    "command", [None, 5, [], [3], ["run.py", "--flagfile=/gone"], {"a": 1}]
)
def test_without_a_command_line_defaults_are_meant(config_class, command):
    earlier = {"environment": {"command": command}}
    now = config_lib.deciding(config_class())
    assert not differences(config_class, earlier, now)
    now["random_seed" if "random_seed" in now else "doc_stride"] = 1
    assert len(differences(config_class, earlier, now)) == 1


def test_what_auto_was_is_unknown():
    for precision in ("float32", "bfloat16"):
        now = {"precision": precision}
        assert not resuming.differences({"precision": "auto"}, now)
    assert resuming.differences({"precision": "bfloat16"}, {"precision": "x"})


def test_other_versions_are_said_and_accepted(tmp_path, caplog):
    folder = str(tmp_path / "run")
    then = {"versions": {"albert_tf": "0.1", "keras": "3"}}
    run_folder.claim(folder, {"a": 1, "albert_tf": "0.1"}, then)
    (tmp_path / "run/checkpoint").write_text(
        'model_checkpoint_path: "ckpt-5"\n'
        'all_model_checkpoint_paths: "ckpt-5"\n'
    )
    now = {
        "versions": {"albert_tf": "0.2", "keras": "3"},
        "execution": {"replicas": 2},
    }
    run_folder.claim(folder, {"a": 1}, now)
    assert "albert_tf 0.1 there, 0.2 now" in caplog.text
    assert "keras" not in caplog.text and "replicas" not in caplog.text
    for damage in (5, {"versions": 3}, {"versions": {"albert_tf": []}}):
        content = {"a": 1, "environment": damage}
        (tmp_path / "run/run.json").write_text(json.dumps(content))
        run_folder.claim(folder, {"a": 1}, now)


def test_what_an_old_run_does_not_say_is_said_once(
    config_class, tmp_path, caplog
):
    folder = str(tmp_path / "run")
    run_folder.claim(folder, {"a": 1}, {"command": ["x"]})
    (tmp_path / "run/checkpoint").write_text(
        'model_checkpoint_path: "ckpt-5"\n'
        'all_model_checkpoint_paths: "ckpt-5"\n'
    )
    now = {"a": 1, **config_lib.deciding(config_class()), "held_out": True}
    read = functools.partial(past_command.values, config_class)
    run_folder.claim(folder, now, {}, read)
    assert (
        "without these settings" in caplog.text
        and "held_out=True" in caplog.text
    )
    assert "pack=False" in caplog.text
    caplog.clear()
    run_folder.claim(folder, now, {})
    assert not caplog.text
    with pytest.raises(FileExistsError, match="pack: False there, True now"):
        run_folder.claim(folder, {**now, "pack": True}, {})
