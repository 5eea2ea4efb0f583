"""The folder of a customer service: three models, an index, and numbers."""

import json
import os
from typing import Any

import customer_service

import albert_tf

# Folders of the models and of the index, and the file that train.py writes at
# its end.
INTENTS, EMBEDDER, READER, FAQ = "intents", "embedder", "reader", "faq"
FILE = "service.json"
# What is measured of the service as a whole, and shown on the page.
NUMBERS = (
    "intent_accuracy",
    "faq_accuracy",
    "out_of_scope_recall",
    "out_of_scope_precision",
)


def load(folder: str) -> customer_service.Service:
    """The service in a folder that train.py filled.

    Raises:
        FileNotFoundError: the folder is missing, or its training has not
            ended.
        ValueError: its settings are damaged.
    """
    thresholds = customer_service.Thresholds(**about(folder)["thresholds"])
    return of_models(folder, thresholds)


def of_models(
    folder: str, thresholds: customer_service.Thresholds
) -> customer_service.Service:
    """The service of the models in a folder, with other thresholds."""
    return customer_service.Service(
        albert_tf.predictor(os.path.join(folder, INTENTS)),
        albert_tf.searcher(
            os.path.join(folder, FAQ),
            embedder=albert_tf.embedder(os.path.join(folder, EMBEDDER)),
        ),
        albert_tf.predictor(os.path.join(folder, READER)),
        thresholds,
    )


def about(folder: str) -> dict[str, Any]:
    """What train.py wrote at its end: thresholds, numbers and examples.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged.
    """
    path = os.path.join(folder, FILE)
    if not os.path.isfile(path):
        is_begun = os.path.isdir(os.path.join(folder, INTENTS))
        state = "has a training that has not ended" if is_begun else "has none"
        raise FileNotFoundError(
            "The folder must have a service that train.py has finished. "
            f"Received: {folder}, which {state}. Run train.py with "
            f"--output_dir={folder}; it resumes where it stopped."
        )
    try:
        with open(path, encoding="utf-8") as file:
            values = json.load(file)
        customer_service.Thresholds(
            **{k: float(x) for k, x in values["thresholds"].items()}
        )
        [float(values["service"][name]) for name in NUMBERS]
        [str(each) for each in values["examples"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(
            f"{path} must be the file that train.py wrote. Received: a damaged "
            "one. Remove it and run train.py again."
        ) from None
    return values
