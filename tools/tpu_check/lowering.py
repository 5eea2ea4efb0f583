"""A traced step as one replica's program in the compiler's language."""

import dataclasses
import re

import tensorflow as tf

from tools.tpu_check import matrix_flops
from tools.tpu_check import replica_program
from tools.tpu_check import static_shapes


class UnsupportedOperationError(ValueError):
    """A program has operations that no TPU runs."""


@dataclasses.dataclass(frozen=True)
class Lowered:
    """A replica's program.

    hlo: serialized HloModuleProto.
    donated: results that take over the memory of arguments, by argument.
    matrix_flops: of its matrix products.
    """

    hlo: bytes
    donated: dict[int, int]
    matrix_flops: int


def lower(traced) -> Lowered:
    """Lowers what a concrete function runs on one replica, for TPUs.

    Raises:
        DynamicShapeError: a shape depends on what is computed.
        UnsupportedOperationError: an operation has no kernel for TPUs.
    """
    operations = replica_program.operations(traced.graph)
    static_shapes.check(operations)
    program = replica_program.cut_out(traced)
    compiler_ir = program.function.experimental_get_compiler_ir(*program.specs)
    try:
        hlo = compiler_ir(stage="hlo_serialized", platform_name="TPU")
    except (ValueError, tf.errors.OpError) as error:
        raise UnsupportedOperationError(_message(str(error))) from None
    return Lowered(hlo, program.donated, matrix_flops.count(operations))


def _message(error: str) -> str:
    # AsString (No registered 'AsString' OpKernel ... {{node text/AsString}})
    found = re.findall(r"(\w+) \(No registered .*?\{\{node (.*?)\}\}", error)
    received = ", ".join(f"{kind} at {name}" for kind, name in found)
    return (
        "Every operation of a step must be one that TPUs run. Received: "
        f"{received or error}. Move it to the input pipeline."
    )
