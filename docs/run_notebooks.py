"""Runs the notebooks of docs/notebooks/ and saves them with their outputs.

    make notebooks
    PYTHONPATH=tests/helpers python -m docs.run_notebooks [NAME ...]

They run in build/notebooks/. The model that pretrain_on_your_text makes there
is the one that all others use: by an hf:// name, from a server on this machine
that answers as the Hugging Face Hub does.
"""

import contextlib
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator

import fake_hub
import nbclient
import nbformat

import albert_tf

ROOT = pathlib.Path(__file__).parent.parent
NOTEBOOKS = ROOT / "docs/notebooks"
PRETRAINING = "pretrain_on_your_text"
MODEL = "albert-tf-docs/docstrings-small"
# Metadata by which a notebook is the same wherever it ran.
METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


def main(names: list[str]) -> None:
    work = ROOT / "build/notebooks"
    paths = sorted(NOTEBOOKS.glob("*.ipynb"), key=lambda p: p.stem)
    known = [path.stem for path in paths]
    if set(names) - set(known):
        sys.exit(f"Names must be of {', '.join(known)}. Received: {names}.")
    names = names or known
    if PRETRAINING in names or not (work / PRETRAINING / "pretrained").exists():
        save(PRETRAINING, run(PRETRAINING, work))
    others = [name for name in names if name != PRETRAINING]
    if others:
        with small_model(work) as environment:
            for name in others:
                save(name, run(name, work, environment))


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def save(name: str, notebook: nbformat.NotebookNode) -> None:
    nbformat.write(notebook, NOTEBOOKS / f"{name}.ipynb")


def run(
    name: str, work: pathlib.Path, environment: dict[str, str] | None = None
) -> nbformat.NotebookNode:
    """Runs a notebook from top to bottom in a new kernel.

    Args:
        name: of the notebook.
        work: it runs in the folder of its name there, which is emptied.
        environment: variables for the kernel, beside those of this process.
    Returns:
        the notebook with its outputs.
    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    print(f"{name} ...", flush=True)
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    notebook = read(name)
    nbclient.NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        skip_cells_with_tag="install",
        coalesce_streams=True,
    ).execute(
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            **(environment or {}),
        }
    )
    return cleaned(notebook)


@contextlib.contextmanager
def small_model(work: pathlib.Path) -> Iterator[dict[str, str]]:
    """Serves the pretrained model; gives the variables that name it."""
    exported = work / "exported"
    shutil.rmtree(exported, ignore_errors=True)
    albert_tf.export(
        albert_tf.ExportConfig(
            checkpoint=str(work / PRETRAINING / "pretrained"),
            output=str(exported),
            formats=("huggingface",),
        )
    )
    shutil.rmtree(work / "hub", ignore_errors=True)  # another model's
    with fake_hub.serve() as (hub, address):
        hub.files[MODEL] = {
            path.name: path.read_bytes()
            for path in (exported / "huggingface").iterdir()
        }
        yield {
            "ALBERT_TF_NOTEBOOK_MODEL": f"hf://{MODEL}",
            "HF_ENDPOINT": address,
            "HF_HOME": str(work / "hub"),
        }


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without what is of this run and this machine only.

    Standard error has the lines with which TensorFlow starts and bars of
    downloads; it is printed here instead.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in [*cell.get("outputs", ())]:
            if output.get("name") == "stderr":
                print(f"[{cell.id}] {output.text}", file=sys.stderr)
                cell.outputs.remove(output)
    return notebook


if __name__ == "__main__":
    main(sys.argv[1:])
