"""Facts for a model card."""

import albert_tf
from albert_tf.exporting import gate
from albert_tf.exporting.card import card as model_card
from albert_tf.exporting.card import facts as facts_lib
from albert_tf.exporting.card import run as card_run

WEIGHTS, OTHERS = "ab" * 32, "cd" * 32


DATA = {"file": "dev.csv", "part": "dev", "sha256": "1a2b" * 4, "rows": 1500}


def evaluation(**changes):
    return {
        "checkpoint": "best/ckpt-600",
        "step": 600,
        "weights": WEIGHTS[:16],
        "data": {"sst-2": [DATA]},
        "settings": {"max_seq_length": 64},
        "results": {"score": 0.8, "accuracy": 0.8125, "f1/PER": 0.5},
        **changes,
    }


def result(original=0.8125, metric="accuracy"):
    return gate.Result(
        format="int8",
        metric=metric,
        original=original,
        exported=original - 0.0045,
        largest_difference=0.25,
    )


def facts(sizes, **changes):
    return facts_lib.Facts(
        **{
            "name": "mine",
            "kind": "classification",
            "task": "sst-2",
            "labels": ["bad", "good"],
            "num_texts": 1,
            "max_seq_length": 64,
            "config": albert_tf.AlbertConfig(**sizes),
            "parameters": 12345,
            "input_names": ("token_ids", "segment_ids", "padding_mask"),
            "files": {
                "savedmodel": ["saved_model.pb"],
                "litert": ["model_int8.tflite"],
                "onnx": ["float32.onnx"],
                "huggingface": ["model.safetensors"],
            },
            "sizes": {"onnx/float32.onnx": 54321},
            "checkpoint": "best/ckpt-600",
            "weights": WEIGHTS,
            **changes,
        }
    )


def card(sizes, *evaluations, **changes):
    return model_card.card(
        facts(sizes, **changes), card_run.Run({}, evaluations)
    )
