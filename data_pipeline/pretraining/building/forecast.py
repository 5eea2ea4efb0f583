"""Says at the start of a long build how much disk it will take."""

import os
import shutil
from collections.abc import Sequence

from absl import logging

from data_pipeline.io import files
from data_pipeline.pretraining.building import spills

# Bytes of text from which it is worth saying, and those to judge by.
_LARGE = 1 << 30
_SAMPLE = 32 << 20


class Forecast:
    """Compares the records of the first blocks with their text.

    Args:
        total: bytes of all files of text.
        folder: a folder on the disk in question.
    """

    def __init__(self, total: int, folder: str) -> None:
        self._total, self._folder = total, folder
        self._text_of: dict[str, int] = {}
        self._text = self._records = 0
        self._is_said = total < _LARGE

    def reading(self, passes: Sequence[str], size: int) -> None:
        """Notes the bytes of the files that were read for a block."""
        if not self._is_said:
            self._text_of[passes[0]] = size

    def made(self, made: Sequence[spills.Spill]) -> None:
        """Notes the records of a block; says what follows from enough."""
        if self._is_said:
            return
        self._text += self._text_of.pop(made[0].passes[0])
        self._records += sum(spill.data_bytes for spill in made)
        if self._text < _SAMPLE:
            return
        self._is_said = True
        records = self._records * self._total / self._text
        logging.info(
            "The records will take about %.1f GB, and as much again until the "
            "end of the build.",
            records / 1e9,
        )
        if not files.is_local(self._folder):
            return
        free = shutil.disk_usage(self._folder).free
        if free < 2 * records:
            logging.warning(
                "%s has %.1f GB free, less than the build will need. It can "
                "be stopped now, and resumed when there is more room.",
                os.path.dirname(os.path.dirname(self._folder)),
                free / 1e9,
            )
