"""Finds the pieces for padding, unknown, start, separator and mask.

Vocabularies name them in many ways: ALBERT's has <pad> and <unk>, BERT's [PAD]
and [UNK], KerasHub makes [CLS] and [SEP] SentencePiece's start and end of a
sentence, and many are trained with [CLS], [SEP] and [MASK] among the
user-defined symbols. The first of these that names a piece decides:

1. the settings (special_tokens_map.json in a Hugging Face folder);
2. the names below, and the padding and unknown ids of a SentencePiece model;
3. the start and end ids of a SentencePiece model, for start and separator.
"""

from collections.abc import Mapping
from collections.abc import Sequence

ROLES = ("pad", "unk", "cls", "sep", "mask")
_NAMES = {
    "pad": ("<pad>", "[PAD]"),
    "unk": ("<unk>", "[UNK]"),
    "cls": ("[CLS]", "<cls>"),
    "sep": ("[SEP]", "<sep>"),
    "mask": ("[MASK]", "<mask>"),
}


def find(
    pieces: Sequence[str],
    names: Sequence[str | None] | None,
    model_ids: Mapping[str, int] | None = None,
) -> list[int]:
    """Ids by role, in the order of ROLES.

    Args:
        pieces: the vocabulary.
        names: names from the settings, by role; each or all may be None.
        model_ids: ids from the model: unk and, for SentencePiece, pad, bos and
            eos; -1 if it has none.

    Raises:
        ValueError: no piece, or more than one, fits a role.
    """
    ids = {piece: i for i, piece in reversed([*enumerate(pieces)])}
    own = model_ids or {}
    found: dict[str, int | None] = {}
    for role, name in zip(ROLES, names or [None] * len(ROLES), strict=True):
        if name is None:
            found[role] = _found(ids, role, own)
        else:
            found[role] = _named(ids, role, name)
    for role, end in (("cls", "bos"), ("sep", "eos")):
        if found[role] is None and own.get(end, -1) >= 0:
            found[role] = own[end]
    complete = _complete(pieces, found)
    if own and complete["unk"] != own["unk"]:
        raise ValueError(
            "The unknown piece must be that of the SentencePiece model, "
            f"{pieces[own['unk']]}. Received: "
            f"{pieces[complete['unk']]}. Correct unk_token beside the "
            "vocabulary."
        )
    _check_different(pieces, complete)
    return [complete[role] for role in ROLES]


def _named(ids: Mapping[str, int], role: str, name: str) -> int:
    if name not in ids:
        raise ValueError(
            f"The {role} piece must be in the vocabulary. Received: {name!r}, "
            f"which is not among its {len(ids)} pieces. Correct {role}_token "
            "beside the vocabulary, or use the vocabulary that belongs to it."
        )
    return ids[name]


def _found(
    ids: Mapping[str, int], role: str, own: Mapping[str, int]
) -> int | None:
    fitting = {ids[name]: name for name in _NAMES[role] if name in ids}
    if role == "unk" and own:
        return own["unk"]  # exactly one piece is of this type
    if role == "pad" and own.get("pad", -1) >= 0:
        name = next(piece for piece, i in ids.items() if i == own["pad"])
        fitting[own["pad"]] = name
    if len(fitting) > 1:
        raise ValueError(
            f"One piece must be the {role} piece. Received: "
            f"{' and '.join(fitting.values())}, which both fit. Name one as "
            f"{role}_token in a special_tokens_map.json beside the vocabulary."
        )
    return next(iter(fitting), None)


def _complete(
    pieces: Sequence[str], found: Mapping[str, int | None]
) -> dict[str, int]:
    """Returns the ids by role; raises ValueError if a role has no piece."""
    complete = {role: i for role, i in found.items() if i is not None}
    missing = [_NAMES[role] for role in ROLES if role not in complete]
    if missing:
        raise ValueError(
            "The vocabulary of an ALBERT model must have pieces for padding, "
            "unknown, start, separator and mask. Received: "
            f"{len(pieces)} pieces without "
            f"{', '.join(' or '.join(names) for names in missing)}. If it has "
            "them under other names, give these in a special_tokens_map.json "
            "beside it; otherwise use the vocabulary that was published with "
            "the model, or train one with albert-tf vocab."
        )
    return complete


def _check_different(pieces: Sequence[str], found: Mapping[str, int]) -> None:
    roles: dict[int, str] = {}
    for role in ROLES:
        other = roles.setdefault(found[role], role)
        if other != role:
            raise ValueError(
                "Each special piece must have one role. Received: "
                f"{pieces[found[role]]} as the {other} and the {role} piece. "
                "Give the names of both in a special_tokens_map.json beside "
                "the vocabulary."
            )
