"""Checks that the model, the records and the devices of a pretraining fit."""

from albert_tf import config as config_lib
from albert_tf.planning import length_schedule


def check_positions(
    config: config_lib.AlbertConfig,
    phases: tuple[length_schedule.Phase, ...],
) -> None:
    """Raises ValueError where a row is longer than the model can be told."""
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
    """Raises ValueError unless the model has a row for each piece.

    Args:
        config: of the model.
        pieces: of the records' vocabulary.
        known: whether that is all of them; of masked records without a
            tokenizer all that is known is an id.
        where: the records.
    """
    if pieces > config.vocab_size or (known and pieces < config.vocab_size):
        raise ValueError(
            "The config's vocab_size must be the number of pieces that the "
            f"records were made with. Received: {config.vocab_size}, and "
            f"{pieces} in {where}. Change the config, or make the records "
            "with its vocabulary."
        )


def check_one_tokenizer(
    where: str, tokenizer: str, eval_where: str, eval_tokenizer: str
) -> None:
    """Raises ValueError for records of two tokenizers, by fingerprint."""
    if tokenizer != eval_tokenizer:
        raise ValueError(
            "Training and evaluation records must be made with the same "
            f"tokenizer. Received: {where} with {tokenizer} and {eval_where} "
            f"with {eval_tokenizer}. Make both with one vocabulary and the "
            "same settings."
        )


def check_compiled(jit_compile: bool, replicas: int) -> None:
    """Raises ValueError where --jit_compile is not possible."""
    if jit_compile and replicas > 1:
        raise ValueError(
            "--jit_compile must be used with a single replica; on a TPU every "
            f"step is compiled anyway. Received: {replicas} replicas. Leave it "
            "out, or pass --strategy=one_device."
        )
