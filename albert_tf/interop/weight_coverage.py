"""Compares the weights that a model needs with those that a source has."""

import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from absl import logging

from albert_tf.hub import names
from albert_tf.interop import name_table
from albert_tf.interop import weight_source

_POOLER = "encoder/pooler/"
# Heads that read the pooled vector; the first part of their weights' names.
_READ_POOLED = ("sentence_order", "classifier", "multiple_choice")
# Names of layer norms that were created outside the variable scope of a shared
# block, one for each layer, such as
# group_0_7/layer_7/inner_group_0/layer_normalization_15/gamma.
_UNSHARED_NORMS = re.compile(
    r"group_\d+_\d+/|layer_normalization\w*/(gamma|beta)"
)
_SET = re.compile(r"encoder/transformer/group_(\d+)_inner_\d+_(attention|ffn)/")
_LISTED = 5


@dataclasses.dataclass(frozen=True)
class Coverage:
    """How the weights of a model and of a source match.

    Each entry holds our name of a weight and the source's name.

    Attributes:
        kind: the format of the source, for messages.
        where: the path of the source, for messages.
        matched: weights with the same shape in both.
        missing: weights that the source lacks. Its name is None if its format
            has no such weight.
        unexpected: weights that the model lacks. Our name is None if we have no
            such weight.
        mismatched: weights with different shapes, followed by the model's shape
            and the source's shape, both in our layout.
        unused: those of `unexpected` that belong to groups no layer uses.
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
            f"{len(self.mismatched)} with a different shape."
        ]
        lines += [f"  missing: {_both(*pair)}" for pair in self.missing]
        lines += [f"  unexpected: {_both(*pair)}" for pair in self.unexpected]
        lines += [
            f"  shape: {_both(ours, theirs)} is {has}, not {wanted}"
            for ours, theirs, wanted, has in self.mismatched
        ]
        return "\n".join(lines)

    def missing_heads(self) -> list[str]:
        """Names of heads without a single weight in the source.

        "pooler" is among them, unless a head in the source reads the pooled
        vector: Hugging Face's taggers and span models have no pooler.
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

    def without_other_heads(self) -> "Coverage":
        """The same, but heads of other sizes count as missing.

        A head that was trained for other classes has nothing to give to one
        that will be trained for these.
        """
        heads = {_head(ours) for ours, *_ in self.mismatched}
        heads -= {None, "pooler"}
        found = [*self.matched, *((row[0], row[1]) for row in self.mismatched)]
        return dataclasses.replace(
            self,
            matched=[p for p in self.matched if _head(p[0]) not in heads],
            missing=self.missing + [p for p in found if _head(p[0]) in heads],
            mismatched=[
                row for row in self.mismatched if _head(row[0]) not in heads
            ],
        )

    def check(self) -> None:
        """Checks that only whole heads are missing.

        Raises:
            ValueError: part of the backbone or of a head is missing or has a
                different shape, or the source has backbone weights that the
                model lacks.
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
                "A model must use every backbone weight of its checkpoint. "
                f"Received: {self.where} with {len(lost)} weights that the "
                "config does not describe: "
                f"{_list(_both(*pair) for pair in lost)}. "
                "allow_partial_init ignores them."
            )

    def check_sizes(self) -> None:
        """Checks that the weights of the model exist and have its shapes.

        Raises:
            ValueError: a weight is missing, other than those of whole heads, or
                has a different shape.
        """
        self._check_norms()
        absent = self.missing_heads()
        missing = [p for p in self.missing if _head(p[0]) not in absent]
        if missing:
            raise ValueError(
                "A checkpoint must hold every weight of the model. Received: "
                f"{self.where} without {_list(_both(*p) for p in missing)}. "
                "Check that the config belongs to it; allow_partial_init "
                "initializes missing weights."
            )
        if self.mismatched:
            shown = (
                f"{_both(ours, theirs)} {has}, not {wanted}"
                for ours, theirs, wanted, has in self.mismatched
            )
            raise ValueError(
                "The weights must have the shapes of the config. Received: "
                f"{self.where} with {_list(shown)}. Check that the config "
                "belongs to it; allow_partial_init ignores these weights."
            )

    def check_heads(self, found: str | None) -> None:
        """Checks for all heads but the pooler, which some heads do not use.

        Args:
            found: the head that the source has; None if it has none.
        Raises:
            ValueError: a head is missing.
        """
        missing = [head for head in self.missing_heads() if head != "pooler"]
        if missing:
            raise ValueError(
                "A model must have been trained for the task. Received: "
                f"{self.where}, which has "
                f"{f'the head {found}' if found else 'no task head'} and no "
                f"{', '.join(missing)}. Train it for this task first; "
                "--allow_partial_init uses random weights for the missing head."
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
                f"such as {unshared[0]}. The program that wrote it created new "
                "norms for each layer outside the shared block (a known bug of "
                "some ports to TensorFlow 2), so no ALBERT can hold these "
                "weights. Train again with a program that shares the norms."
            )


def compare(
    shapes: Mapping[str, tuple[int, ...]], source: weight_source.WeightSource
) -> Coverage:
    """Compares names and shapes; reads no values.

    Args:
        shapes: our names of the model's weights -> shapes.
        source: the source to compare with.
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


def say(coverage: Coverage, begun: Sequence[str] = ()) -> None:
    """Writes to the log what matched, and which heads have no weights.

    Args:
        coverage: what matched.
        begun: heads that start from other weights.
    """
    where = names.name_of(coverage.where)
    logging.info("%s", dataclasses.replace(coverage, where=where))
    for head in sorted({*coverage.missing_heads()} - {*begun}):
        # Published taggers and span models have no pooler.
        write = logging.info if head == "pooler" else logging.warning
        write(
            "%s has no %s that fits; it keeps its initial, untrained values.",
            where,
            head,
        )


def _is_unused(ours: str | None, source: weight_source.WeightSource) -> bool:
    """Whether a weight belongs to a group that no layer uses.

    Hugging Face's models have weights for such groups; ours do not.
    """
    found = _SET.match(ours or "")
    if found is None or source.names is name_table.SAME:
        return False
    group, config = int(found[1]), source.config
    return group < config.num_hidden_groups and group not in config.sets(
        found[2]
    )


def _head(ours: str) -> str | None:
    """The head that a weight belongs to; None for the backbone."""
    if ours.startswith(_POOLER):
        return "pooler"
    first = ours.split("/")[0]
    return None if first == "encoder" else first


def _both(ours: str | None, theirs: str | None) -> str:
    if ours == theirs:
        return str(ours)
    return f"{ours or 'not in the model'} ({theirs or 'not in this format'})"


def _list(texts: Iterable[str]) -> str:
    items = list(texts)
    more = f" and {len(items) - _LISTED} more" if len(items) > _LISTED else ""
    return ", ".join(items[:_LISTED]) + more
