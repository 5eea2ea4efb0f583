"""The flag that says which checkpoint of a run to take."""

from absl import flags


def define(names: str) -> None:
    """Defines --which, for the run that `names` name."""
    flags.DEFINE_enum(
        "which",
        None,
        ["best", "last"],
        f"Which checkpoint to take if {names} is the folder of a run. If left "
        "out, the best, or the last if nothing was evaluated.",
    )
