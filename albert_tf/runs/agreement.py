"""Whether config, records and flags of a pretraining fit together."""

from typing import Any

from albert_tf import config as config_lib
from albert_tf.planning import length_schedule


def phases(
    schedule: str | None,
    num_train_steps: int,
    max_seq_length: int,
    is_given: bool,
) -> tuple[length_schedule.Phase, ...]:
    """The phases of --sequence_schedule, or the one of --max_seq_length.

    Args:
        schedule: --sequence_schedule.
        num_train_steps, max_seq_length: of the same names.
        is_given: whether --max_seq_length was, and is no default.
    Raises:
        ValueError: as `length_schedule.parse`, or the two contradict.
    """
    if schedule is None:
        return (length_schedule.Phase(max_seq_length, 0, num_train_steps),)
    parsed = length_schedule.parse(schedule, num_train_steps)
    if is_given and parsed[-1].max_seq_length != max_seq_length:
        raise ValueError(
            "--max_seq_length must be the length of the last phase of "
            f"--sequence_schedule, or be left out. Received: {max_seq_length} "
            f"and {schedule!r}."
        )
    return parsed


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


def settings(
    decisive: dict[str, Any],
    config: config_lib.AlbertConfig,
    tokenizer: str,
    shards: list[dict[str, Any]],
    eval_shards: list[dict[str, Any]],
) -> dict[str, Any]:
    """All that decides the numbers of a run; resuming compares it.

    Args:
        decisive: as of `pretraining_settings.decisive`.
        config: of the model.
        tokenizer: fingerprint of the records' one.
        shards, eval_shards: rows of their manifests.
    """
    return {
        **decisive,
        "config": config.to_dict(),
        "tokenizer": tokenizer,
        "records": [shard["sha256"] for shard in shards],
        "eval_records": [shard["sha256"] for shard in eval_shards],
    }
