"""Checks that the installed packages fit the accelerators of the machine.

This module must not import TensorFlow: with some versions of libtpu, the import
ends the process.
"""

import glob
import importlib.metadata
import os
import re
from collections.abc import Mapping

from albert_tf.doctor import findings

_FLAG = "installation"
_TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-tpu")
_PACKAGES = (*_TENSORFLOWS, "tensorflow-text", "libtpu")
# The newest tensorflow-tpu, and the newest libtpu that it can load.
_TPU_INSTALL = "pip install 'tensorflow-tpu==2.20.0' 'libtpu<0.0.28'"
_NEWEST_LIBTPU = (0, 0, 27)
# This version of tensorflow-text does not import with TensorFlow 2.21.
_BROKEN_TEXT = "2.21.0"
_NVIDIA, _GOOGLE = "0x10de", "0x1ae0"
# Base classes of PCI devices.
_NETWORK, _DISPLAY = "0x02", "0x03"
# Environment variables that are set on the hosts of Cloud TPUs.
_TPU_VARIABLES = ("TPU_ACCELERATOR_TYPE", "TPU_WORKER_ID", "TPU_NAME")


def packages() -> dict[str, str]:
    """The versions of the installed TensorFlow packages and of libtpu, by
    name."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def has_nvidia(root: str = "/") -> bool:
    """Whether the machine has an NVIDIA GPU, with or without a driver.

    Args:
        root: folder that contains dev, proc and sys.
    """
    devices = glob.glob(os.path.join(root, "dev/nvidia[0-9]*"))
    drivers = glob.glob(os.path.join(root, "proc/driver/nvidia/gpus/*"))
    return bool(devices or drivers) or any(
        vendor == _NVIDIA and kind.startswith(_DISPLAY)
        for vendor, kind in _pci_devices(root)
    )


def has_tpu(root: str = "/", environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the machine hosts a TPU.

    Args:
        root: folder that contains dev and sys.
        environ: the environment variables.
    """
    if any(environ.get(name) for name in _TPU_VARIABLES):
        return True
    if glob.glob(os.path.join(root, "dev/accel[0-9]*")):
        return True
    # Newer TPUs are VFIO devices, as other devices may be too.
    return bool(glob.glob(os.path.join(root, "dev/vfio/[0-9]*"))) and any(
        vendor == _GOOGLE and not kind.startswith(_NETWORK)
        for vendor, kind in _pci_devices(root)
    )


def processor_flags(root: str = "/") -> set[str]:
    """The instruction sets of the processor; empty outside Linux."""
    try:
        with open(os.path.join(root, "proc/cpuinfo")) as file:
            text = file.read()
    except OSError:
        return set()
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return set(found[1].split()) if found else set()


def check_loading(
    found: findings.Findings, installed: Mapping[str, str]
) -> None:
    """Checks that TensorFlow can be imported."""
    names = [name for name in _TENSORFLOWS if name in installed]
    if not names:
        found.error(
            _FLAG,
            "TensorFlow must be installed. Received: none of the packages "
            f"{', '.join(_TENSORFLOWS)}. Run: pip install tensorflow",
        )
    libtpu = installed.get("libtpu")
    if "tensorflow-tpu" in names and libtpu is not None:
        if _numbers(libtpu) > _NEWEST_LIBTPU:
            found.error(
                _FLAG,
                "libtpu must be 0.0.27 or older: with newer ones, importing "
                "TensorFlow ends the process. Received: libtpu "
                f"{libtpu} with tensorflow-tpu {installed['tensorflow-tpu']}. "
                f"Run: {_TPU_INSTALL}",
            )
    if "tensorflow-tpu" in names and len(names) > 1:
        found.error(
            _FLAG,
            "Only one TensorFlow package must be installed, since they "
            "overwrite each other's files. Received: "
            f"{', '.join(names)}. Run: pip uninstall "
            f"{' '.join(names)}; {_TPU_INSTALL}",
        )


def check_text(found: findings.Findings, installed: Mapping[str, str]) -> None:
    """Checks that the operations of exports and serving can be loaded."""
    text = installed.get("tensorflow-text")
    name, version = _tensorflow(installed)
    ours = _numbers(version)[:2]
    if text is None or (_numbers(text)[:2] == ours and text != _BROKEN_TEXT):
        return
    alone = "--no-deps " * (name == "tensorflow-tpu")
    wanted = ".".join(map(str, ours))
    found.error(
        _FLAG,
        "tensorflow-text must have the same version as TensorFlow. Otherwise "
        "it does not load, and exports and the server need it. Received: "
        f"tensorflow-text {text} with {name} {version}. Run: pip install "
        f"{alone}'tensorflow-text=={wanted}.*,!={_BROKEN_TEXT}'",
    )


def check_accelerators(
    found: findings.Findings,
    installed: Mapping[str, str],
    *,
    nvidia: bool,
    tpu: bool,
    gpus: int,
) -> None:
    """Checks that TensorFlow can use the accelerators of the machine.

    Args:
        found: collects the findings.
        installed: the result of `packages`.
        nvidia, tpu: whether the machine has an NVIDIA GPU, or a TPU.
        gpus: number of GPUs that TensorFlow sees.
    """
    name, version = _tensorflow(installed)
    if tpu and name != "tensorflow-tpu":
        found.warning(
            _FLAG,
            f"This machine hosts a TPU, which {name} {version} cannot use. "
            f"Run: pip uninstall {name} tensorflow-text; {_TPU_INSTALL}; pip "
            "install --no-deps 'tensorflow-text==2.20.1'",
        )
    elif tpu:
        found.fine(_FLAG, f"{name} {version} for the TPU of this host.")
    if gpus:
        found.fine(
            _FLAG,
            f"{name} {version} sees {gpus} GPU{'s' * (gpus > 1)}.",
        )
    elif nvidia:
        remove = f"pip uninstall {name}; " * (name == "tensorflow-cpu")
        found.warning(
            _FLAG,
            f"This machine has an NVIDIA GPU that {name} {version} does not "
            "see, so a run would use the CPU. The CUDA libraries or the driver "
            f"are missing. Run: {remove}pip install "
            f"'tensorflow[and-cuda]=={version}', and check that nvidia-smi "
            "lists the GPU.",
        )


def check_processor(
    found: findings.Findings, flags: set[str], onednn: str | None
) -> None:
    """Checks that steps on this CPU use oneDNN's matrix products.

    Args:
        found: collects the findings.
        flags: the result of `processor_flags`.
        onednn: the environment variable TF_ENABLE_ONEDNN_OPTS; None if it is
            not set.
    """
    sets = [name for name in ("avx512f", "avx2", "avx") if name in flags]
    if not sets:
        return
    if onednn is not None and onednn.lower() in ("0", "false"):
        found.warning(
            _FLAG,
            f"This CPU has {sets[0]}, but TF_ENABLE_ONEDNN_OPTS={onednn} "
            "disables oneDNN's matrix products, with which a float32 step "
            "takes 0.8 of the time. Unset the variable.",
        )
    else:
        found.fine(_FLAG, f"CPU with {sets[0]}; oneDNN is on.")


def _tensorflow(installed: Mapping[str, str]) -> tuple[str, str]:
    """The name and version of the installed TensorFlow package."""
    return next(
        (name, installed[name]) for name in _TENSORFLOWS if name in installed
    )


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version: (2, 21, 0) for 2.21.0rc1."""
    return tuple(
        int(re.sub(r"\D.*", "", part) or 0) for part in version.split(".")
    )


def _pci_devices(root: str) -> list[tuple[str, str]]:
    """The vendor and class of each PCI device, such as 0x10de and 0x030200."""
    found = []
    for folder in glob.glob(os.path.join(root, "sys/bus/pci/devices/*")):
        try:
            with open(os.path.join(folder, "vendor")) as vendor:
                with open(os.path.join(folder, "class")) as kind:
                    found.append((vendor.read().strip(), kind.read().strip()))
        except OSError:
            continue
    return found
