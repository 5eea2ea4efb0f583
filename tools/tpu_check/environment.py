"""What must be set before TensorFlow is imported, and what must be there."""

import importlib.metadata
import os
import sys

_REQUIREMENTS = "requirements-tpu-check.txt"
_PACKAGES = ("tensorflow-tpu", "jax", "libtpu")

_SETTINGS = {
    # Or TensorFlow looks for a TPU in libtpu as it is imported.
    "TPU_LOAD_LIBRARY": "0",
    # A host of a cloud TPU would answer; elsewhere the question costs minutes.
    "TPU_SKIP_MDS_QUERY": "1",
    # What that host would say; libtpu complains where nothing does.
    "TPU_ACCELERATOR_TYPE": "v5litepod-4",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "TPU_WORKER_ID": "0",
    # Its lock is for devices, which nothing here opens: without this, a check
    # beside another one would fail.
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "JAX_PLATFORMS": "cpu",
    "KERAS_BACKEND": "tensorflow",
    # Errors reach the user as exceptions, so logs are kept to fatal ones.
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TPU_MIN_LOG_LEVEL": "3",
}


def prepare() -> None:
    """Makes this process one that can trace for TPUs and compile for them.

    Raises:
        ImportError: a package is not there.
    """
    assert "tensorflow" not in sys.modules
    for package in _PACKAGES:
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            raise ImportError(
                f"The packages of {_REQUIREMENTS} must be installed, in a "
                "separate environment: tensorflow-tpu replaces tensorflow. "
                f"Received: {sys.executable}, which has no {package}."
            ) from None
    os.environ.update(_SETTINGS)
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    # The compiler, which comes later, would obey it too.
    del os.environ["TPU_LOAD_LIBRARY"]


def versions() -> dict[str, str]:
    names = (*_PACKAGES, "keras")
    return {name: importlib.metadata.version(name) for name in names}
