r"""Measures training on records in an S3 store that is slow and fails.

    pip install 'albert_tf[cloud]' 'moto[server]'
    python -m benchmarks.storage --spm_model_file=30k-clean.model

Makes records of 512 random tokens, puts them into moto's S3 server on this
machine, and reads batches through `benchmarks.faulty_proxy`, in a process of
its own each time. Prints a Markdown table. The batches must equal those of the
local files, or the benchmark fails.
"""

import argparse
import contextlib
import hashlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator

import numpy as np

from benchmarks import faulty_proxy
from benchmarks import record_manifest
from data_pipeline.pretraining.records import examples
from data_pipeline.pretraining.records import features
from data_pipeline.pretraining.records import manifests
from data_pipeline.pretraining.records import shard_files
from data_pipeline.pretraining.records import tfrecords
from data_pipeline.text import tokenizers
from tools import options

S = 512
_SHARDS = 64
_BUCKET = "records"
_DIFFERENT = 10_007  # records, which repeat
_COMPARED = 4  # batches


def make_records(folder: str, vocabulary: str, count: int) -> None:
    """Writes records that fill rows of S."""
    tokenizer = tokenizers.load(vocabulary)
    tokenizer.save(folder)
    rng = np.random.default_rng(0)
    different = []
    for first in rng.integers(100, 400, _DIFFERENT).tolist():
        ids = rng.integers(1000, tokenizer.vocab_size, S - 3).tolist()
        example = examples.Example(ids, first)
        different.append(
            (features.serialize(example), features.row_tokens(example))
        )
    shards = [
        tfrecords.write_shard(
            shard_files.path(folder, shard, _SHARDS),
            (different[n % _DIFFERENT] for n in range(shard, count, _SHARDS)),
        )
        for shard in range(_SHARDS)
    ]
    record_manifest.write(folder, tokenizer, shards, S)


@contextlib.contextmanager
def process(*command: str) -> Iterator[str]:
    """Runs a module; gives the first line that it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline().strip()
        finally:
            running.terminate()


def upload(folder: str, endpoint: str) -> None:
    import s3fs

    store = s3fs.S3FileSystem(endpoint_url=endpoint)
    store.mkdir(_BUCKET)
    store.put(f"{folder}/", f"{_BUCKET}/", recursive=True)


def measure(arguments: argparse.Namespace, pattern: str, **env: str) -> dict:
    """Reads batches in a process of its own; returns what it measured."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.storage",
            f"--spm_model_file={arguments.spm_model_file}",
            f"--first_step={arguments.first_step}",
            f"--seconds={arguments.seconds}",
            f"--measured={pattern}",
        ],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **env},
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def read_batches(arguments: argparse.Namespace) -> None:
    """Prints the figures of one process as JSON."""
    from data_pipeline.pretraining import batching
    from data_pipeline.pretraining import mask_config
    from data_pipeline.pretraining import mask_spec
    from data_pipeline.pretraining.records import record_sets

    begin = time.perf_counter()
    record_set = record_sets.open_records(arguments.measured, S)
    needed, reads, starts = 0, 0, {}
    lock = threading.Lock()
    read = record_set.files.read

    def counted(numbers: np.ndarray, hurry: bool) -> np.ndarray:
        nonlocal needed, reads
        with lock:
            reads += 1
        found = read(numbers, hurry)
        with lock:
            reads -= 1
        needed += sum(map(len, found)) + tfrecords.FRAME_BYTES * len(found)
        if not starts:
            starts.update(needed=needed, served=_served())
        return found

    record_set.files.read = counted  # type: ignore[method-assign]
    config = mask_config.MaskConfig(max_predictions_per_seq=20)
    batches = batching.training_batches(
        record_set,
        mask_spec.from_config(config, record_set.tokenizer),
        batch_size=arguments.batch_size,
        seed=12345,
        first_step=arguments.first_step,
    ).as_numpy_iterator()
    first = next(batches)
    to_first = time.perf_counter() - begin
    digest = hashlib.sha256()
    for batch in [first, *(next(batches) for _ in range(_COMPARED - 1))]:
        for name in sorted(batch):
            digest.update(batch[name].tobytes())
    begin, rows = time.perf_counter(), 0
    while time.perf_counter() - begin < arguments.seconds:
        rows += len(next(batches)["token_ids"])
    speed = rows / (time.perf_counter() - begin)
    time.sleep(1)
    while reads:  # of rows ahead
        time.sleep(0.1)
    first_needed, first_served = starts["needed"], starts["served"]
    later = (_served() - first_served) / (needed - first_needed)
    print(
        json.dumps(
            {
                "seconds_to_first_batch": to_first,
                "rows_per_second": speed,
                "first_bytes": first_served / first_needed,
                "later_bytes": later,
                "digest": digest.hexdigest(),
                "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                / 1e6,
            }
        )
    )


def _served() -> int:
    """The bytes that the proxy has sent, if there is one."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return _counts(endpoint).bytes if endpoint else 0


def _counts(endpoint: str) -> faulty_proxy.Counts:
    with urllib.request.urlopen(f"{endpoint}/-/counts") as page:
        return faulty_proxy.Counts(**json.load(page))


def main(arguments: argparse.Namespace) -> None:
    if arguments.measured:
        read_batches(arguments)
        return
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        make_records(folder, arguments.spm_model_file, arguments.records)
        size = sum(shard["bytes"] for shard in manifests.read(folder).shards)
        stack.enter_context(process("benchmarks.quiet_moto", str(port)))
        upload(folder, f"http://127.0.0.1:{port}")
        print(
            f"{arguments.records:,} records of {S} tokens in {_SHARDS} shards, "
            f"{size / 1e6:,.0f} MB; starting at step {arguments.first_step} of "
            f"{arguments.batch_size} rows. Load: "
            f"{', '.join(f'{load:.1f}' for load in os.getloadavg())} on "
            f"{len(os.sched_getaffinity(0))} cores.\n"
        )
        print(
            "| storage | first batch, s | rows/s | requests | most at once | "
            "faults | bytes read / needed, first window | later | "
            "memory, GB |\n"
            "|---|---|---|---|---|---|---|---|---|"
        )
        local = measure(arguments, f"{folder}/*.tfrecord")
        _print_row("local files", local, None)
        for latency, faults in ((0, 0), (0.05, 0), (0.05, 0.05)):
            for _ in range(arguments.rounds):
                with process(
                    "benchmarks.faulty_proxy",
                    f"--upstream=127.0.0.1:{port}",
                    f"--latency={latency}",
                    f"--faults={faults}",
                ) as proxy:
                    endpoint = f"http://127.0.0.1:{proxy}"
                    found = measure(
                        arguments,
                        f"s3://{_BUCKET}/*.tfrecord",
                        AWS_ENDPOINT_URL=endpoint,
                    )
                    counts = _counts(endpoint)
                assert found["digest"] == local["digest"], "Batches differ."
                name = f"S3, {1000 * latency:.0f} ms, {faults:.0%} faults"
                _print_row(name, found, counts)


def _print_row(
    name: str, found: dict, counts: faulty_proxy.Counts | None
) -> None:
    cells = [
        name,
        f"{found['seconds_to_first_batch']:.1f}",
        f"{found['rows_per_second']:,.0f}",
        *["-"] * 5,
        f"{found['memory_gb']:.2f}",
    ]
    if counts is not None:
        cells[3:8] = (
            f"{counts.requests:,}",
            str(counts.most_under_way),
            str(counts.faults),
            f"{found['first_bytes']:.2f}",
            f"{found['later_bytes']:.2f}",
        )
    print(f"| {' | '.join(cells)} |", flush=True)


def _parser() -> options.Parser:
    parser = options.Parser(__doc__)
    add = parser.add_argument
    add("--spm_model_file", required=True, help="Vocabulary of the records.")
    add("--records", type=int, default=200_000, help="Number of records.")
    add("--batch_size", type=int, default=256, help="Rows per batch.")
    add("--first_step", type=int, default=100, help="Step of the first batch.")
    add("--seconds", type=int, default=30, help="Duration of each measurement.")
    add("--rounds", type=int, default=3, help="Measurements of each storage.")
    add("--measured", help="Records to measure in this process, if any.")
    return parser


if __name__ == "__main__":
    options.run(main, _parser())
