"""A scope in which XLA compiles parts of a step on CPUs to fewer passes."""

import contextlib
import contextvars
from collections.abc import Callable
from collections.abc import Iterator

import tensorflow as tf

_fused = contextvars.ContextVar("fused", default=False)


@contextlib.contextmanager
def fused() -> Iterator[None]:
    """A scope in which XLA compiles GELU and its gradient to one pass each, and
    in which attention over long rows goes block by block.

    TensorFlow's own GELU reads and writes the widest tensor of a block about 8
    times, and its gradient 15 times. On 2 cores with AMX, that is a quarter of
    a bfloat16 step of the base model, and a tenth of a float32 step
    (benchmarks.run --cases='step_base_*_128'). Norms, dropout and the softmax
    of whole rows did not become faster this way.

    Meant for steps that XLA does not compile as a whole, on devices that it
    supports. Not for exports, since other runtimes may lack it.
    """
    before = _fused.set(True)
    try:
        yield
    finally:
        _fused.reset(before)


def is_fused() -> bool:
    """Whether the caller is in the scope `fused`."""
    return _fused.get()


def compiled(function: Callable) -> Callable:
    """The function, compiled by XLA for each shape that it is called with."""
    # Traced for the first shape, then for any shape.
    return tf.function(
        function, autograph=False, jit_compile=True, reduce_retracing=True
    )
