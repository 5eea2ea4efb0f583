"""The estimate of a run as text, with changes that would save memory."""

import dataclasses

from albert_tf.planning import estimate


def report(shape: estimate.Shape) -> str:
    """The whole estimate as text, at most 80 columns wide."""
    parts = [_model(shape), _work(shape), _memory(shape), _changes(shape)]
    return "\n\n".join("\n".join(part) for part in parts)


def _model(shape: estimate.Shape) -> list[str]:
    config = shape.config
    replicas = f"{shape.replicas:,} replica{'s' * (shape.replicas > 1)}"
    parts = ""
    if shape.accumulate_steps > 1:
        parts = f", in {shape.accumulate_steps} consecutive parts"
    most = "at most " * (len(shape.phases) > 1)
    depths = ", then ".join(str(part.num_layers) for part in shape.parts)
    depths = depths or str(config.num_hidden_layers)
    return [
        f"{shape.parameters:,} parameters, "
        f"{depths} layers of {config.hidden_size}",
        f"{shape.train_batch_size:,} rows of {most}{shape.max_seq_length} "
        f"tokens per step on {replicas}{parts}: {shape.rows:,} at once",
    ]


def _work(shape: estimate.Shape) -> list[str]:
    rows = [
        (
            "step",
            f"{estimate.flops_per_step(shape):.3g}",
            "model FLOPs" + ", with all layers" * (len(shape.parts) > 1),
        ),
    ]
    if shape.recompute:
        whole = estimate.flops_per_step(shape, recomputation=True)
        rows.append(
            (
                "",
                f"{whole:.3g}",
                "including recomputation",
            )
        )
    rows.append(
        (
            "run",
            f"{estimate.flops_of_run(shape):.3g}",
            f"{shape.num_train_steps:,} steps",
        )
    )
    if shape.flops_per_second:
        rows.append(
            (
                "time",
                _duration(estimate.seconds_of_run(shape)),
                f"at {shape.flops_per_second:.3g} FLOP/s per replica",
            )
        )
    else:
        rows.append(("time", "?", "give --flops_per_second of a replica"))
    return [
        "Work, in floating-point operations of matrix products",
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
        ("moments", needs.slots, "kept by the optimizer"),
        ("gradients", needs.gradients, ""),
        ("activations", needs.activations, "kept for the backward pass"),
        ("working", needs.working, working),
        ("total", needs.total, _verdict(shape, needs.total)),
    ]
    return [
        f"Memory per replica, in GB ({', '.join(how)})",
        *(
            f"  {name:<24}{_gb(size):>12}  {note}".rstrip()
            for name, size, note in rows
        ),
    ]


def _verdict(shape: estimate.Shape, total: float) -> str:
    if shape.device_memory_gb is None:
        return "give --device_memory_gb to see whether it fits"
    share = total / (shape.device_memory_gb * estimate.GB)
    if share > 1:
        return f"does not fit into {shape.device_memory_gb:g}"
    if share > estimate.USABLE:
        return f"of {shape.device_memory_gb:g}: may not fit, see below"
    return f"of {shape.device_memory_gb:g}: fits"


def _changes(shape: estimate.Shape) -> list[str]:
    """Settings that save memory, each with its memory and largest batch."""
    replace = dataclasses.replace
    changes = [("as configured", shape, "")]
    if shape.precision == "float32":
        changes.append(
            ("--precision=bfloat16", replace(shape, precision="bfloat16"), "")
        )
    if not shape.recompute:
        other = replace(shape, recompute=True)
        more = estimate.flops_of_run(other) / estimate.flops_of_run(shape) - 1
        changes.append(("--recompute", other, f"{more:.0%} more work"))
    parts = estimate.fitting_parts(shape)
    if parts is not None and parts > shape.accumulate_steps:
        other = replace(shape, accumulate_steps=parts)
        changes.append((f"--accumulate_steps={parts}", other, "same update"))
    title = f"{'To save memory':<26}{'GB':>12}"
    if shape.device_memory_gb is not None:
        title += "  largest --train_batch_size"
    return [title, *(_change(*change) for change in changes)]


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
