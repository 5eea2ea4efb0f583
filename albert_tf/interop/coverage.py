"""What of a model its weights cover, by both names, and when that is enough."""

import dataclasses
import re
from collections.abc import Mapping

from albert_tf.interop import names as names_lib
from albert_tf.interop import source as source_lib

_POOLER = "encoder/pooler/"
# Heads that read the pooled vector, by the first part of their names.
_READ_POOLED = ("sentence_order", "classifier", "multiple_choice")
# What a model gets for each layer when the layer norms of a shared block are
# made outside of its variable scope, such as
# group_0_7/layer_7/inner_group_0/layer_normalization_15/gamma.
_UNSHARED_NORMS = re.compile(
    r"group_\d+_\d+/|layer_normalization\w*/(gamma|beta)"
)
_SET = re.compile(r"encoder/transformer/group_(\d+)_inner_\d+_(attention|ffn)/")
_LISTED = 5


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Which weights meet; each entry has our name and theirs.

    missing: the model's, not in the file; theirs is None where their format
        has no such weight.
    unexpected: the file's, not in the model; ours is None likewise.
    unused: of them those of groups that no layer uses.
    mismatched: with the shapes as well, both in our layout.
    """

    kind: str
    where: str
    matched: list[tuple[str, str]]
    missing: list[tuple[str, str | None]]
    unexpected: list[tuple[str | None, str]]
    mismatched: list[tuple[str, str, tuple[int, ...], tuple[int, ...]]]
    unused: list[tuple[str | None, str]]

    def __str__(self) -> str:
        lines = [
            f"{self.kind} {self.where}: {len(self.matched)} weights matched, "
            f"{len(self.missing)} missing, {len(self.unexpected)} unexpected, "
            f"{len(self.mismatched)} of another shape."
        ]
        lines += [f"  missing: {_both(*pair)}" for pair in self.missing]
        lines += [f"  unexpected: {_both(*pair)}" for pair in self.unexpected]
        lines += [
            f"  shape: {_both(ours, theirs)} is {has}, not {wanted}"
            for ours, theirs, wanted, has in self.mismatched
        ]
        return "\n".join(lines)

    def missing_heads(self) -> list[str]:
        """Heads of which the file has nothing at all.

        The pooler is one of them, unless a head of the file reads it: taggers
        and span models of Hugging Face come without.
        """
        there = {_head(ours) for ours, _ in self.matched}
        there |= {_head(ours) for ours, *_ in self.mismatched}
        absent = {
            head
            for head in (_head(ours) for ours, _ in self.missing)
            if head is not None and head not in there
        }
        if "pooler" in absent and any(
            head is not None and head.startswith(_READ_POOLED) for head in there
        ):
            absent.remove("pooler")
        return sorted(absent)

    def check(self) -> None:
        """Whether nothing is lost but whole heads.

        Raises:
            ValueError: part of the backbone or of a head is not covered, or
                the file has backbone weights that the model does not take.
        """
        self.check_sizes()
        lost = [
            pair
            for pair in self.unexpected
            if pair[0] is not None
            and pair[0].startswith("encoder/")
            and pair not in self.unused
        ]
        if lost:
            raise ValueError(
                "A model must take every backbone weight of its checkpoint. "
                f"Received: {self.where} with {len(lost)} more than the config "
                f"describes: {_list(_both(*pair) for pair in lost)}. "
                "allow_partial_init leaves them out."
            )

    def check_sizes(self) -> None:
        """Whether what the model needs is there, in its shapes.

        Raises:
            ValueError: it is not.
        """
        self._check_norms()
        absent = self.missing_heads()
        missing = [p for p in self.missing if _head(p[0]) not in absent]
        if missing:
            raise ValueError(
                "A checkpoint must hold every weight of the model. Received: "
                f"{self.where} without {_list(_both(*p) for p in missing)}. "
                "Does its config describe it? allow_partial_init starts from "
                "what is there."
            )
        if self.mismatched:
            shown = (
                f"{_both(ours, theirs)} {has}, not {wanted}"
                for ours, theirs, wanted, has in self.mismatched
            )
            raise ValueError(
                "The weights must have the shapes of the config. Received: "
                f"{self.where} with {_list(shown)}. Does its config describe "
                "it? allow_partial_init leaves these out."
            )

    def _check_norms(self) -> None:
        unshared = [
            theirs
            for _, theirs in self.unexpected
            if _UNSHARED_NORMS.search(theirs)
        ]
        if unshared:
            raise ValueError(
                "ALBERT's layers must share their layer norms. Received: "
                f"{self.where} with {len(unshared)} weights of separate ones, "
                f"such as {unshared[0]}. The program that wrote it made new "
                "norms for every layer, outside of the shared block (a known "
                "slip of ports to TensorFlow 2), so no ALBERT can hold its "
                "weights. Train again with a program that shares them."
            )


def compare(
    shapes: Mapping[str, tuple[int, ...]], source: source_lib.Source
) -> Coverage:
    """Compares the weights that a model needs with what a source has.

    Args:
        shapes: our names -> shapes.
        source: not read.
    """
    matched, missing, mismatched = [], [], []
    for ours, wanted in shapes.items():
        theirs, has = source.names.theirs(ours), source.shape(ours)
        if theirs is None or has is None:
            missing.append((ours, theirs))
        elif has != wanted:
            mismatched.append((ours, theirs, wanted, has))
        else:
            matched.append((ours, theirs))
    unexpected = [
        (ours, theirs)
        for theirs, ours in source.names_of_ours().items()
        if ours not in shapes
    ]
    return Coverage(
        source.kind,
        source.where,
        matched,
        missing,
        unexpected,
        mismatched,
        [pair for pair in unexpected if _is_unused(pair[0], source)],
    )


def _is_unused(ours: str | None, source: source_lib.Source) -> bool:
    """Whether it is of a group that no layer uses. Hugging Face's models have
    weights of those; ours never have."""
    found = _SET.match(ours or "")
    if found is None or source.names is names_lib.SAME:
        return False
    group, config = int(found[1]), source.config
    return group < config.num_hidden_groups and group not in config.sets(
        found[2]
    )


def _head(ours: str) -> str | None:
    """The head that a weight belongs to; None: the backbone."""
    if ours.startswith(_POOLER):
        return "pooler"
    first = ours.split("/")[0]
    return None if first == "encoder" else first


def _both(ours: str | None, theirs: str | None) -> str:
    if ours == theirs:
        return str(ours)
    return f"{ours or 'no weight of ours'} ({theirs or 'no weight of theirs'})"


def _list(items) -> str:
    items = list(items)
    more = f" and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
    return ", ".join(items[:_LISTED]) + more
