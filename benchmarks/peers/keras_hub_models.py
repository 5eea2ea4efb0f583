"""keras-hub's ALBERT of given sizes, with random weights."""

import keras
import keras_hub


def backbone(config: dict, precision: str):
    """AlbertBackbone; `config` has Google's names.

    Sets Keras' precision, which layers take when they are made.
    """
    if precision == "bfloat16":
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    return keras_hub.models.AlbertBackbone(
        vocabulary_size=config["vocab_size"],
        num_layers=config["num_hidden_layers"],
        num_heads=config["num_attention_heads"],
        embedding_dim=config["embedding_size"],
        hidden_dim=config["hidden_size"],
        intermediate_dim=config["intermediate_size"],
        dropout=0.0,
        max_sequence_length=config["max_position_embeddings"],
    )


def classifier(config: dict, precision: str, vocabulary: str, length: int):
    """AlbertTextClassifier of two classes, text in, rows of `length`."""
    preprocessor = keras_hub.models.AlbertTextClassifierPreprocessor(
        tokenizer=tokenizer(vocabulary), sequence_length=length
    )
    return keras_hub.models.AlbertTextClassifier(
        backbone(config, precision),
        num_classes=2,
        preprocessor=preprocessor,
        dropout=0.0,
    )


def tokenizer(vocabulary: str):
    return keras_hub.models.AlbertTokenizer(proto=vocabulary)


def optimizer():
    return keras.optimizers.AdamW(1e-4, global_clipnorm=1.0)


def versions() -> dict[str, str]:
    return {"keras": keras.__version__, "keras_hub": keras_hub.__version__}
