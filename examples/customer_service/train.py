"""Trains a small customer service, chooses its thresholds, and measures it.

    python examples/customer_service/train.py --clinc=clinc150 \
        --faq=covid_faq --squad=squad --init_checkpoint=pretrained \
        --output_dir=runs/service

The README beside this file says where the data is downloaded. The same command
resumes a training that was interrupted. The end is service.json in the folder,
with the thresholds and all that was measured.
"""

import argparse
import json
import os
import sys
import time

import albert_tf  # noqa: F401  before tensorflow, which it configures

# isort: split
import customer_service
import service_data
import service_folder
import service_measures
import service_passages
import service_training
from absl import logging

from data_pipeline.io import files

# Articles of SQuAD are taken until they have so many questions. The last one of
# the training part chooses the reader's threshold.
_MOST_READ, _MOST_TESTED = 6000, 1100
_ALL = customer_service.Thresholds(faq=0.0, intent=0.0, reader=0.0)


def main(given: list[str] | None = None) -> None:
    args = arguments(given)
    logging.set_verbosity(logging.INFO)
    try:
        results = train(args)
    except (ValueError, OSError, ImportError) as error:
        sys.exit(f"Error: {error}")
    print(json.dumps(results, indent=2))
    print(
        f"To try it: python {os.path.dirname(__file__)}/serve.py "
        f"{args.output_dir}"
    )


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--clinc", required=True, help="Folder with CLINC150's data_full.json.")
    add("--faq", required=True, help="Folder of an FAQ, in BEIR's layout.")
    add("--squad", required=True, help="Folder with SQuAD 2.0's two files.")
    add("--init_checkpoint", required=True, help="A pretrained model.")
    add("--output_dir", required=True, help="Folder of the service.")
    for name, epochs in (("intents", 6), ("embedder", 2), ("reader", 4)):
        add(
            f"--{name}_epochs",
            type=float,
            default=epochs,
            help=f"Epochs of the {name}; default: {epochs}.",
        )
    return parser.parse_args(given)


def train(args: argparse.Namespace) -> dict:
    """Trains and measures; returns the contents of service.json."""
    started = time.monotonic()
    clinc = service_data.read_clinc(args.clinc)
    faq = service_data.read_faq(args.faq)
    questions = service_data.read_questions(args.faq)
    *articles, last = service_passages.read(args.squad, "train", _MOST_READ)
    squad = sum(articles, [])
    tested = service_passages.read(args.squad, "dev", _MOST_TESTED)
    files.make_folder(args.output_dir)
    where = (args.output_dir, args.init_checkpoint)
    service_training.train_intents(clinc, *where, args.intents_epochs)
    pairs = service_data.meanings(
        clinc, faq, service_passages.with_answers(squad)
    )
    service_training.train_embedder(pairs, *where, args.embedder_epochs)
    service_training.build_index(faq, args.output_dir)
    rows = service_passages.rows(squad)
    service_training.train_reader(rows, *where, args.reader_epochs)
    trained = time.monotonic()
    service = service_folder.of_models(args.output_dir, _ALL)
    numbers = service_measures.of_service(service, clinc, questions)
    least, reader = service_measures.of_reader(service, last, sum(tested, []))
    numbers["thresholds"]["reader"] = least
    results = {
        **numbers,
        "faq": _rankings(args.faq, args.output_dir),
        "reader": reader,
        "seconds_training": round(trained - started),
        "seconds": round(time.monotonic() - started),
        "examples": _examples(clinc, questions),
    }
    path = os.path.join(args.output_dir, service_folder.FILE)
    files.write(path, json.dumps(results, indent=2).encode())
    return results


def _rankings(faq: str, folder: str) -> dict[str, float]:
    """MRR@10 of BM25, of embeddings, and of both fused."""
    config = albert_tf.SearchConfig(
        index=os.path.join(folder, service_folder.FAQ),
        model=os.path.join(folder, service_folder.EMBEDDER),
        queries=faq,
        lexical=True,
    )
    evaluation = albert_tf.search(config).evaluation
    assert evaluation is not None
    return {
        f"{name} MRR@10": scores["MRR@10"].mean
        for name, scores in evaluation.scores.items()
    }


def _examples(
    clinc: dict[str, service_data.Texts],
    questions: list[tuple[str, frozenset[str]]],
) -> list[str]:
    """Questions for the page, from the test data."""
    half = len(clinc["test"]) // 2
    return [
        questions[1][0],
        clinc["test"][0][0],
        questions[-1][0],
        clinc["test"][half][0],
        clinc["oos_test"][0][0],
    ]


if __name__ == "__main__":
    main()
