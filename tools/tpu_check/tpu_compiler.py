"""A program compiled by libtpu for a topology that need not be there.

JAX hands programs to libtpu's compiler; what it does so with is not public, so
requirements-tpu-check.txt fixes its version.
"""

import dataclasses
import re
import time

import jax
import numpy as np
from jax._src import compiler
from jax._src.interpreters import mlir
from jax._src.lib import _jax
from jax._src.lib.mlir import ir
from jax.experimental import topologies

_GIB = 2**30


LESS_MEMORY = (
    "Use a smaller --train_batch_size, --recompute, or a larger "
    "--accumulate_steps."
)


class CompilationError(ValueError):
    """The compiler refuses the program: for want of memory, say."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a program takes on one device, as its compiler counts it.

    flops: of a step; the body of a loop counts once.
    arguments_gib, temporary_gib, peak_gib: of the device's memory.
    all_reduces: instructions that add up over replicas.
    platform_version: the compiler's own.
    """

    flops: float
    arguments_gib: float
    temporary_gib: float
    peak_gib: float
    all_reduces: int
    compile_seconds: float
    platform_version: str


def compile_program(
    hlo: bytes, donated: dict[int, int], *, topology: str, replicas: int
) -> Cost:
    """Compiles a serialized HloModuleProto for one replica a device.

    Args:
        hlo: of one replica.
        donated: results that take over the memory of arguments, by argument.
        topology: such as "v5e:2x2".
        replicas: that many of its devices.
    Raises:
        CompilationError: the compiler refuses it.
        ValueError: no such topology, or too small a one.
    """
    devices = _devices(topology, replicas)
    client = devices[0].client
    options = compiler.get_compile_options(
        num_replicas=replicas,
        num_partitions=1,
        device_assignment=np.array([[device.id] for device in devices]),
        backend=client,
    )
    options.executable_build_options.use_spmd_partitioning = False
    with mlir.make_ir_context():
        module = ir.Module.parse(_jax.mlir.hlo_to_stablehlo(hlo))
        _drop_copies(module.operation)
        _donate(module, donated)
        start = time.perf_counter()
        try:
            executable = client.compile(
                module, _jax.DeviceList(tuple(devices)), options
            )
        except jax.errors.JaxRuntimeError as error:
            raise CompilationError(_message(str(error), topology)) from None
        seconds = time.perf_counter() - start
    memory = executable.get_compiled_memory_stats()
    text = executable.hlo_modules()[0].to_string()
    return Cost(
        flops=executable.cost_analysis()["flops"],
        arguments_gib=memory.argument_size_in_bytes / _GIB,
        temporary_gib=memory.temp_size_in_bytes / _GIB,
        peak_gib=memory.peak_memory_in_bytes / _GIB,
        all_reduces=len(re.findall(r" all-reduce(?:-start)?\(", text)),
        compile_seconds=seconds,
        platform_version=client.platform_version,
    )


def _message(error: str, topology: str) -> str:
    if "RESOURCE_EXHAUSTED" not in error:
        return f"libtpu must compile the step for {topology}. Received: {error}"
    return (
        f"A step must fit into the memory of a device of {topology}. Received: "
        f"{_memory(error)}. {LESS_MEMORY}"
    )


def _memory(error: str) -> str:
    """What is too large, in a few words."""
    # Allocation (size=75694080000) would exceed memory (size=17179869184)
    buffer = re.search(r"\(size=(\d+)\) would exceed .*?\(size=(\d+)\)", error)
    if buffer:
        wanted, given = (int(size) / _GIB for size in buffer.groups())
        return f"a buffer of {wanted:.2f}G, and a device of {given:.2f}G"
    # Ran out of memory in memory space hbm. Used 22.5G of 15.75G hbm. ...
    memory = re.search(r"Used (\S+) of (\S+) hbm", error)
    if not memory:
        return error
    text = f"a step of {memory[1]}, and a device of {memory[2]}"
    largest = re.search(
        r'1\. Size: (\S+)\s+Operator: op_name="(.*?)".*?Shape: (\w+\[.*?\])',
        error,
        re.DOTALL,
    )
    if largest:
        size, name, shape = largest.groups()
        text += f"; the largest of its buffers has {size} ({shape} of {name})"
    return text


def _devices(topology: str, count: int) -> list:
    try:
        devices = topologies.get_topology_desc(
            platform="tpu", topology_name=topology
        ).devices
    except jax.errors.JaxRuntimeError as error:
        raise ValueError(
            "The topology must be one that libtpu knows, such as v5e:2x2, "
            f"v5p:2x2x1, v6e:2x2 or tpu7x:2x2x1. Received: {topology!r}, and "
            f"{error}"
        ) from None
    if count > len(devices):
        raise ValueError(
            f"There must be at most one replica per device. Received: {count} "
            f"replicas, and {len(devices)} devices in {topology}."
        )
    return devices[:count]


def _drop_copies(operation) -> None:
    """Removes mhlo.copy, which TensorFlow makes and libtpu does not take."""
    for region in operation.regions:
        for block in region:
            for inner in list(block.operations):
                inner = inner.operation
                if inner.name == "mhlo.copy":
                    inner.results[0].replace_all_uses_with(inner.operands[0])
                    inner.erase()
                else:
                    _drop_copies(inner)


def _donate(module, donated: dict[int, int]) -> None:
    (main,) = (
        function
        for function in module.body.operations
        if function.operation.name == "func.func"
        and function.name.value == "main"
    )
    index = ir.IntegerType.get_signless(32)
    attributes = [
        {named.name: named.attr for named in argument}
        for argument in main.arg_attrs
    ]
    for argument, result in donated.items():
        attributes[argument]["tf.aliasing_output"] = ir.IntegerAttr.get(
            index, result
        )
    main.arg_attrs = ir.ArrayAttr.get(
        [ir.DictAttr.get(argument) for argument in attributes]
    )
