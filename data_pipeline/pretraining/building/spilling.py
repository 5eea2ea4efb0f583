"""The first step of a build: text to spills, merged as they come.

A worker writes a small spill for each block, and merges spills of 128 MB in all
while they are still in the system's cache. So the second step, which reads each
shard from all spills, finds few of them: one per 256 MB of text rather than
one per block, and reads each in long stretches.
"""

import dataclasses
import functools
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from data_pipeline.corpora import blocks
from data_pipeline.corpora import text_faults
from data_pipeline.corpora import text_sources
from data_pipeline.io import files
from data_pipeline.io import progress
from data_pipeline.pretraining.building import block_records
from data_pipeline.pretraining.building import forecast
from data_pipeline.pretraining.building import spills

# Spills in a merger, at most, whatever their size.
_MERGED_AT_ONCE = 1024


@dataclasses.dataclass(frozen=True)
class Done:
    """What a task did.

    Attributes:
        made: the spills that it wrote.
        replaced: names of the files that these replace.
        places: places of faults in its text.
    """

    made: list[spills.Spill]
    replaced: Sequence[str] = ()
    places: Sequence[str] = ()


def spill(
    job: block_records.BuildJob, folder: str, run: Callable[..., Iterable[Any]]
) -> dict[str, spills.Spill]:
    """Makes the spills that are missing.

    Returns:
        All spills of the text by the names of their files: each pass through
        each block is in one of them.
    """
    made = _made_before(folder, job.config.num_shards)
    while True:
        wanted = _read_text(job, folder, made, run)
        # Files from other text, and passes that were merged with such.
        for name in [
            name
            for name, spill in made.items()
            if not wanted.issuperset(spill.passes)
        ]:
            files.remove(os.path.join(folder, name))
            del made[name]
        if sum(len(s.passes) for s in made.values()) == len(wanted):
            return made


def _made_before(folder: str, shards: int) -> dict[str, spills.Spill]:
    """Complete files of an earlier process; others are removed."""
    found = [
        (name, spills.read_summary(folder, name, shards))
        for name in files.names(folder)
    ]
    # A killed process may have left files beside the merger of them.
    found.sort(key=lambda pair: -len(pair[1].passes) if pair[1] else 0)
    made: dict[str, spills.Spill] = {}
    held: set[str] = set()
    for name, spill in found:
        if spill is None or not held.isdisjoint(spill.passes):
            files.remove(os.path.join(folder, name))
        else:
            made[name] = spill
            held.update(spill.passes)
    return made


def _read_text(
    job: block_records.BuildJob,
    folder: str,
    made: dict[str, spills.Spill],
    run: Callable[..., Iterable[Any]],
) -> set[str]:
    """Reads all text, and adds what is missing to `made`; returns the names of
    all passes.
    """
    wanted: set[str] = set()
    held = {name for spill in made.values() for name in spill.passes}
    small = [spill for spill in made.values() if _is_small(spill)]
    total = sum(source.size for source in job.sources)
    expected = forecast.Forecast(total, folder)

    def tasks(read: progress.Progress) -> Iterator[Callable[[], Done]]:
        for number, group in enumerate(text_sources.groups(job.sources)):
            for block, taken in blocks.cut(number, group, job.config):
                names = spills.names(block, job.config, job.repeats)
                wanted.update(names)
                missing = [name for name in names if name not in held]
                if missing:
                    expected.reading(missing, taken)
                    yield functools.partial(
                        _spill_block, job, folder, block, missing
                    )
                read.update(taken)
                while several := enough(small):
                    yield functools.partial(
                        merge, folder, several, job.config.num_shards
                    )

    places = 0
    with progress.Progress("bytes of text", total) as read:
        for done in run(_call, tasks(read)):
            text_faults.report(list(done.places), places)
            places += len(done.places)
            for name in done.replaced:
                del made[name]
            for spill in done.made:
                made[spill.file] = spill
                if not done.replaced and _is_small(spill):
                    small.append(spill)
            if not done.replaced:
                expected.made(done.made)
    return wanted


def _is_small(spill: spills.Spill) -> bool:
    return spill.data_bytes < spills.HELD_BYTES // 2


def enough(small: list[spills.Spill]) -> list[str]:
    """Takes files to merge from a list, once there are enough."""
    size = 0
    for number, spill in enumerate(small, start=1):
        size += spill.data_bytes
        if size >= spills.HELD_BYTES or number == _MERGED_AT_ONCE:
            several = [spill.file for spill in small[:number]]
            del small[:number]
            return several
    return []


def _call(task: Callable[[], Done]) -> Done:
    return task()


def _spill_block(
    job: block_records.BuildJob,
    folder: str,
    block: blocks.Block,
    missing: Sequence[str],
) -> Done:
    """Writes the passes through a block that are missing."""
    made, places = [], []
    names = spills.names(block, job.config, job.repeats)
    for name, part in zip(names, block_records.make(block, job), strict=True):
        if name in missing:
            made.append(spills.write(folder, name, part, job.config.num_shards))
            places += part.places
    return Done(made, places=places)


def merge(folder: str, several: Sequence[str], shards: int) -> Done:
    """Merges files to one, and removes them."""
    merged = spills.merge(folder, several, shards)
    for name in several:
        files.remove(os.path.join(folder, name))
    return Done([merged], replaced=several)
