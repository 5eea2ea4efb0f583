"""Published models, evaluated by a command."""

import json

import commands
import published
import safetensors.numpy


def evaluate(checkpoint, tmp_path, *switches, **flags):
    """What run_classifier.py ended with, and the scores that it wrote."""
    folder = tmp_path / "run"
    message = commands.run(
        "run_classifier.py",
        "do_eval",
        *switches,
        init_checkpoint=checkpoint,
        output_dir=folder,
        max_seq_length=32,
        strategy="one_device",
        **flags,
    )
    assert not (folder / "eval_results.json").exists()  # that is training's
    found = newest(folder)
    if found is None or message is not None:
        return message, None
    return message, json.loads((found / "eval_results.json").read_text())


def newest(folder):
    """Where the last evaluation lies, of those of a run; None without one."""
    found = folder.glob("evaluations/*/eval_results.json")
    paths = sorted(found, key=lambda path: path.stat().st_mtime_ns)
    return paths[-1].parent if paths else None


def without_head(folder):
    """The encoder of a published classifier alone, as AlbertModel."""
    path = folder / "model.safetensors"
    weights = {
        name.removeprefix("albert."): value
        for name, value in safetensors.numpy.load_file(path).items()
        if name.startswith("albert.")
    }
    safetensors.numpy.save_file(weights, path, {"format": "pt"})
    published.edit(folder, architectures=["AlbertModel"])
    return folder
