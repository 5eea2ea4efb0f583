"""The estimate of a run as text, with what would make it fit."""

import dataclasses

from albert_tf.planning import estimate


def report(shape: estimate.Shape) -> str:
    """The whole estimate as text of 80 columns."""
    parts = [_model(shape), _work(shape), _memory(shape), _changes(shape)]
    return "\n\n".join("\n".join(part) for part in parts)


def _model(shape: estimate.Shape) -> list[str]:
    config = shape.config
    replicas = f"{shape.replicas:,} replica{'s' * (shape.replicas > 1)}"
    parts = ""
    if shape.accumulate_steps > 1:
        parts = f", in {shape.accumulate_steps} parts, one after another"
    most = "at most " * (len(shape.phases) > 1)
    return [
        f"{shape.parameters:,} parameters, "
        f"{config.num_hidden_layers} layers of {config.hidden_size}",
        f"{shape.train_batch_size:,} rows of {most}{shape.max_seq_length} "
        f"tokens a step on {replicas}{parts}: {shape.rows:,} at once",
    ]


def _work(shape: estimate.Shape) -> list[str]:
    rows = [
        ("a step", f"{estimate.flops_per_step(shape):.3g}", "of the model"),
    ]
    if shape.recompute:
        whole = estimate.flops_per_step(shape, recomputation=True)
        rows.append(
            (
                "",
                f"{whole:.3g}",
                "including what --recompute computes again",
            )
        )
    rows.append(
        (
            "the run",
            f"{estimate.flops_of_run(shape):.3g}",
            f"{shape.num_train_steps:,} steps",
        )
    )
    if shape.flops_per_second:
        rows.append(
            (
                "time",
                _duration(estimate.seconds_of_run(shape)),
                f"if every replica does {shape.flops_per_second:.3g} a second",
            )
        )
    else:
        rows.append(("time", "?", "--flops_per_second of a replica gives it"))
    return [
        "Work, in floating-point operations (products, forward and backward)",
        *(f"  {name:<24}{value:>12}  {note}" for name, value, note in rows),
    ]


def _memory(shape: estimate.Shape) -> list[str]:
    needs = estimate.memory_of_step(shape)
    how = [shape.precision, shape.depth]
    how += ["recomputed"] * shape.recompute
    working = "one block, or the masked-LM scores"
    if shape.task is not None:
        working = "one block"
    how.append("compiled by XLA" if shape.compiled else "not compiled")
    rows = [
        ("weights", needs.weights, "float32"),
        ("moments", needs.slots, "of the optimizer"),
        ("gradients", needs.gradients, ""),
        ("activations", needs.activations, "kept for the backward pass"),
        ("working", needs.working, working),
        ("in all", needs.total, _verdict(shape, needs.total)),
    ]
    return [
        f"Memory of a replica, in GB ({', '.join(how)})",
        *(
            f"  {name:<24}{_gb(size):>12}  {note}".rstrip()
            for name, size, note in rows
        ),
    ]


def _verdict(shape: estimate.Shape, total: float) -> str:
    if shape.device_memory_gb is None:
        return "--device_memory_gb says whether it fits"
    share = total / (shape.device_memory_gb * estimate.GB)
    if share > 1:
        return f"does not fit into {shape.device_memory_gb:g}"
    if share > estimate.USABLE:
        return f"of {shape.device_memory_gb:g}: may not fit, see below"
    return f"of {shape.device_memory_gb:g}: fits"


def _changes(shape: estimate.Shape) -> list[str]:
    """The ways to need less, each with its memory and its largest batch."""
    replace = dataclasses.replace
    ways = [("as asked for", shape, "")]
    if shape.precision == "float32":
        ways.append(
            ("--precision=bfloat16", replace(shape, precision="bfloat16"), "")
        )
    if not shape.recompute:
        other = replace(shape, recompute=True)
        more = estimate.flops_of_run(other) / estimate.flops_of_run(shape) - 1
        ways.append(("--recompute", other, f"{more:.0%} more work"))
    parts = estimate.fitting_parts(shape)
    if parts is not None and parts > shape.accumulate_steps:
        other = replace(shape, accumulate_steps=parts)
        ways.append((f"--accumulate_steps={parts}", other, "as good a step"))
    title = f"{'What would change it':<26}{'GB':>12}"
    if shape.device_memory_gb is not None:
        title += "  --train_batch_size at most"
    return [title, *(_change(*way) for way in ways)]


def _change(name: str, shape: estimate.Shape, note: str) -> str:
    line = f"  {name:<24}{_gb(estimate.memory_of_step(shape).total):>12}"
    if shape.device_memory_gb is not None:
        largest = estimate.largest_batch(shape)
        line += f"{largest:>14,}"
    return f"{line}  {note}".rstrip()


def _gb(size: float) -> str:
    return f"{size / estimate.GB:,.2f}"


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:.0f} seconds"
