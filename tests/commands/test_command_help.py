"""--help: every command, at once, in sections, without an error's code."""

import importlib
import re
import sys

import commands as run_commands
import pytest
from absl import flags

from albert_tf import commands
from data_pipeline.commands import command_help


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help_of_each_command(name, capsys):
    code = run_commands.run(f"albert-tf {name}", "help")
    out = capsys.readouterr().out
    assert not code
    assert out[0].isupper() and "\n\n    " in out  # a sentence, an example
    flag_lines = re.findall(r"^  --.*$", out, re.M)
    assert flag_lines
    heads = [line.split(" (default")[0] for line in flag_lines]
    assert len(set(heads)) == len(heads)  # each flag in one section
    titles = re.findall(r"^([A-Z][^.\n]*):$", out, re.M)
    assert len(titles) == len(set(titles))
    if len(flag_lines) > 15:
        assert titles[0] == command_help.FIRST
        assert len(titles) > 2 and "Flags" not in titles
    # No text leans on the one above it, or speaks to who writes the code.
    assert not re.search(
        r"\b[Tt]he same for\b|A script, like|joins albert_tf", out
    )


def test_imports_define_no_flags():
    before = set(flags.FLAGS)
    for command in commands.COMMANDS.values():
        importlib.import_module(command.module)
    assert set(flags.FLAGS) == before


def test_the_overview_lists_all_commands(monkeypatch, capsys):
    for arguments in (["--help"], ["-h"], ["help"], []):
        monkeypatch.setattr(sys, "argv", ["albert-tf", *arguments])
        commands.main()
        out = capsys.readouterr().out
        for name in commands.COMMANDS:
            assert re.search(rf"^  {name} +[A-Z]", out, re.M)


def test_an_unknown_subcommand_names_the_nearest(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["albert-tf", "fine-tune"])
    with pytest.raises(SystemExit, match="Did you mean finetune") as end:
        commands.main()
    assert end.value.code.startswith("Error: The first argument must be")


def test_another_data_pipeline_is_one_message(tmp_path, monkeypatch):
    (tmp_path / "data_pipeline").mkdir()
    (tmp_path / "data_pipeline/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in [n for n in sys.modules if n.split(".")[0] == "data_pipeline"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit, match="data_pipeline must be the one"):
        commands.run("finetune")
