"""Checks that a pretraining's model, records and devices fit together."""

from albert_tf import config as config_lib
from albert_tf.planning import length_schedule


def check_positions(
    config: config_lib.AlbertConfig,
    phases: tuple[length_schedule.Phase, ...],
) -> None:
    """Raises ValueError unless the model has a position for each token."""
    longest = max(phase.max_seq_length for phase in phases)
    if longest > config.max_position_embeddings:
        raise ValueError(
            "Rows must not be longer than the config's "
            f"max_position_embeddings. Received: {longest} tokens "
            "(--max_seq_length or --sequence_schedule) and "
            f"{config.max_position_embeddings} positions. Use shorter rows, or "
            "a config with more positions."
        )


def check_vocabulary(
    config: config_lib.AlbertConfig, pieces: int, known: bool, where: str
) -> None:
    """Raises ValueError unless the model has an embedding for each piece.

    Args:
        config: the model's sizes.
        pieces: number of pieces in the records' vocabulary.
        known: whether `pieces` is exact. For Google's records it is only a
            lower bound, since their tokenizer is unknown.
        where: path of the records.
    """
    if pieces > config.vocab_size or (known and pieces < config.vocab_size):
        raise ValueError(
            "The config's vocab_size must be the number of pieces in the "
            f"records' vocabulary. Received: {config.vocab_size}, and {pieces} "
            f"in {where}. Change the config, or build the records with its "
            "vocabulary."
        )


def check_one_tokenizer(
    where: str, tokenizer: str, eval_where: str, eval_tokenizer: str
) -> None:
    """Raises ValueError if training and evaluation records have different
    tokenizers.

    Args:
        where, eval_where: paths of the records.
        tokenizer, eval_tokenizer: fingerprints of their tokenizers.
    """
    if tokenizer != eval_tokenizer:
        raise ValueError(
            "Training and evaluation records must have the same tokenizer. "
            f"Received: {where} with {tokenizer} and {eval_where} with "
            f"{eval_tokenizer}. Build both with the same vocabulary and "
            "settings."
        )


def check_compiled(jit_compile: bool, replicas: int) -> None:
    """Raises ValueError if --jit_compile cannot be used."""
    if jit_compile and replicas > 1:
        raise ValueError(
            "--jit_compile must be used with a single replica. Received: "
            f"{replicas} replicas. Leave it out (on a TPU, steps are always "
            "compiled), or use --strategy=one_device."
        )
