r"""Trains a tagger of aspect terms and a classifier of their polarity.

    python examples/opinions/train.py --train_file=mams_atsa/train.xml \
        --eval_file=mams_atsa/val.xml --init_checkpoint=albert-base-v2 \
        --output_dir=runs/opinions

The table at the end compares both with baselines that are made from the same
training file: the terms that are mostly aspects where they occur, and the most
frequent polarity.
"""

import argparse
import os
import sys
from typing import Any

import opinion_data
import opinion_measures
import opinions

import albert_tf


def main() -> None:
    args = arguments()
    reviews = {
        name: opinion_data.read(path)
        for name, path in (("train", args.train_file), ("dev", args.eval_file))
    }
    data = os.path.join(args.output_dir, "data")
    for name, own in reviews.items():
        opinion_data.write_tagging(
            os.path.join(data, f"tags.{name}.jsonl"), own
        )
        opinion_data.write_pairs(os.path.join(data, f"pairs.{name}.jsonl"), own)
    train(args, opinions.TERMS, "tags", {"task_type": "tagging",
          "tag_head": args.tag_head, "label_column": "label",
          # Terms that are parts of words.
          "on_bad_row": "skip"})  # fmt: skip
    train(args, opinions.POLARITIES, "pairs", {"task_type": "classification",
          "text_pair_column": "term", "label_column": "polarity"})  # fmt: skip
    print(compared(args.output_dir, reviews["train"], reviews["dev"]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--train_file", required=True, help="Opinions, .xml or .txt.")
    add("--eval_file", required=True, help="Opinions to measure on.")
    add("--output_dir", required=True, help="Folder of data and both models.")
    add("--init_checkpoint", required=True, help="Pretrained weights.")
    add("--spm_model_file", help="Their vocabulary, if not beside them.")
    add("--tag_head", choices=("softmax", "crf"), default="crf")
    add("--max_seq_length", type=int, default=128)
    add("--num_train_epochs", type=float, default=3.0)
    add("--train_batch_size", type=int, default=32)
    add("--learning_rate", type=float, help="If not the recipe's.")
    add("--random_seed", type=int, default=12345)
    return parser.parse_args()


def train(
    args: argparse.Namespace, name: str, data: str, settings: dict[str, Any]
) -> None:
    """Trains one of the two models."""
    folder = os.path.join(args.output_dir, "data")
    albert_tf.finetune(
        albert_tf.FinetuneConfig(
            task_name="custom",
            train_file=os.path.join(folder, f"{data}.train.jsonl"),
            eval_file=os.path.join(folder, f"{data}.dev.jsonl"),
            text_column="text",
            output_dir=os.path.join(args.output_dir, name),
            do_train=True,
            do_eval=True,
            **{
                key: getattr(args, key)
                for key in (
                    "init_checkpoint",
                    "spm_model_file",
                    "max_seq_length",
                    "num_train_epochs",
                    "train_batch_size",
                    "learning_rate",
                    "random_seed",
                )
            },
            **settings,
        )
    )


def compared(
    folder: str,
    train: list[opinion_data.Review],
    dev: list[opinion_data.Review],
) -> str:
    """The table of the models and the baselines."""
    texts = [review.text for review in dev]
    pairs = [(r.text, r.term(aspect)) for r in dev for aspect in r.aspects]
    usual = opinion_measures.majority(train)
    terms = opinion_measures.frequent_terms(train)
    found = [
        [opinion.aspect for opinion in own]
        for own in opinions.find(folder, texts)
    ]
    rows = {
        f"frequent terms, all {usual}": (
            opinion_measures.by_frequency(texts, terms, usual),
            [usual] * len(pairs),
        ),
        "both models": (
            found,
            [polarity for polarity, _ in opinions.polarities(folder, pairs)],
        ),
    }
    lines = [
        f"{len(dev)} texts, {len(pairs)} terms. Polarities are those of the "
        "terms of the data.",
        f"{'':30}terms F1  polarity  macro F1  both F1",
    ]
    for name, (aspects, polarities) in rows.items():
        scores = opinion_measures.scores(dev, aspects, polarities)
        lines.append(
            f"{name:30}{scores.terms:8.3f}{scores.accuracy:10.3f}"
            f"{scores.macro_f1:10.3f}{scores.both:9.3f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit(f"Error: {error}")
