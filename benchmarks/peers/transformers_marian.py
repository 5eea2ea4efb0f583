"""transformers' MarianMT of given sizes, from scratch, and its batches."""

from collections.abc import Sequence

import numpy as np
import torch
import transformers

from benchmarks.peers import id_rows

_IGNORED = -100


def model(sizes: dict, settings: dict) -> transformers.MarianMTModel:
    """One of random weights.

    Args:
        sizes: vocab_size; hidden_size, num_hidden_layers (of each side),
            num_attention_heads, intermediate_size; max_position_embeddings.
        settings: pad_id; end_id, of the token that ends a text; dropout.
    """
    dropout = settings.get("dropout", 0.0)
    both = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (
            ("layers", sizes["num_hidden_layers"]),
            ("attention_heads", sizes["num_attention_heads"]),
            ("ffn_dim", sizes["intermediate_size"]),
        )
    }
    config = transformers.MarianConfig(
        vocab_size=sizes["vocab_size"],
        d_model=sizes["hidden_size"],
        max_position_embeddings=sizes["max_position_embeddings"],
        # As in the models that opus-mt published.
        activation_function="swish",
        scale_embedding=True,
        dropout=dropout,
        attention_dropout=dropout,
        activation_dropout=0.0,
        pad_token_id=settings["pad_id"],
        eos_token_id=settings["end_id"],
        decoder_start_token_id=settings["pad_id"],
        forced_eos_token_id=None,
        **both,
    )
    return transformers.MarianMTModel(config)


def parameters(made: torch.nn.Module) -> int:
    """How many numbers are trained; tied ones count once."""
    return sum(each.numel() for each in made.parameters() if each.requires_grad)


def batch(
    sources: Sequence[Sequence[int]],
    targets: Sequence[Sequence[int]],
    settings: dict,
) -> dict[str, torch.Tensor]:
    """Padded ids; the end is added to each text."""
    pad, end = settings["pad_id"], settings["end_id"]
    inputs = source_batch(sources, settings)
    labels = id_rows.padded([[*row, end] for row in targets], _IGNORED)
    shifted = np.where(labels == _IGNORED, pad, labels)
    start = np.full((len(labels), 1), pad)
    decoder_ids = np.concatenate([start, shifted[:, :-1]], axis=1)
    return {
        **inputs,
        "decoder_input_ids": torch.from_numpy(decoder_ids),
        "labels": torch.from_numpy(labels),
    }


def source_batch(
    sources: Sequence[Sequence[int]], settings: dict
) -> dict[str, torch.Tensor]:
    ids = id_rows.padded(
        [[*row, settings["end_id"]] for row in sources], settings["pad_id"]
    )
    lengths = np.array([[len(row) + 1] for row in sources])
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(
            (np.arange(ids.shape[1]) < lengths).astype(np.int64)
        ),
    }


def loss(
    made: transformers.MarianMTModel,
    one: dict[str, torch.Tensor],
    smoothing: float = 0.0,
    reduction: str = "mean",
) -> torch.Tensor:
    """Cross entropy over the tokens of the targets, in nats."""
    inputs = {name: value for name, value in one.items() if name != "labels"}
    logits = made(**inputs, use_cache=False).logits
    return torch.nn.functional.cross_entropy(
        logits.float().flatten(0, 1),
        one["labels"].flatten(),
        ignore_index=_IGNORED,
        label_smoothing=smoothing,
        reduction=reduction,
    )


def generate(
    made: transformers.MarianMTModel,
    sources: Sequence[Sequence[int]],
    settings: dict,
    **others,
) -> list[list[int]]:
    """The best text of a beam search for each source, without its end.

    Args:
        made: the model.
        sources: ids of the texts of a batch.
        settings: pad_id, end_id, beam_size, length_penalty, max_length.
        others: for transformers' generate.
    """
    found = made.generate(
        **source_batch(sources, settings),
        num_beams=settings["beam_size"],
        length_penalty=settings["length_penalty"],
        max_new_tokens=settings["max_length"],
        do_sample=False,
        suppress_tokens=[settings["pad_id"]],
        **others,
    )
    rows = []
    for row in found[:, 1:].tolist():
        ends = [settings["end_id"], settings["pad_id"]]
        stop = next(
            (at for at, each in enumerate(row) if each in ends), len(row)
        )
        rows.append(row[:stop])
    return rows
