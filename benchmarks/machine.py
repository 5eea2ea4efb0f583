"""What a measurement was made on."""

import os
import platform

# Of an idle machine the load average falls below this within a minute or two.
BUSY = 0.5


def describe(threads: int) -> dict:
    """The processor, its extensions for products, memory and present load."""
    processor, extensions = platform.machine(), []
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == "model name":
                    processor = value.strip()
                if name.strip() == "flags":
                    known = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
                    extensions = [x for x in known if x in value.split()]
                    break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor,
        "extensions": extensions,
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_gb": round(memory / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def warning(described: dict) -> str:
    """Of a load above BUSY."""
    return (
        f"The machine was busy (load {described['load_before']}): these "
        "figures are not reliable. Load does not slow down all contestants "
        "equally."
    )
