"""Opens the records of a pretraining run, and distributes their batches."""

import dataclasses
import itertools

import tensorflow as tf

from albert_tf import config as config_lib
from albert_tf.planning import length_schedule
from albert_tf.runs import compatibility
from albert_tf.workflows.common import teacher
from albert_tf.workflows.configs import pretrain as pretrain_config
from albert_tf.workflows.pretraining import settings
from data_pipeline.batches import host_share
from data_pipeline.pretraining import baselines
from data_pipeline.pretraining import batching
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining.records import record_sets
from data_pipeline.tasks.saved import saved_tasks

# Number of batches that the unigram loss is estimated from.
_SOME = 20


@dataclasses.dataclass(frozen=True)
class Records:
    """The records of a run, which fit the model and each other.

    Attributes:
        config: the run's settings.
        phases: the phases of training.
        train_sets: records to train on, by row length.
        eval_set: records to evaluate on; as in the original, those of training
            if no others are given.
    """

    config: pretrain_config.PretrainConfig
    phases: tuple[length_schedule.Phase, ...]
    train_sets: dict[int, record_sets.RecordSet]
    eval_set: record_sets.RecordSet

    def train_batches(
        self, strategy: tf.distribute.Strategy, step: int
    ) -> tf.distribute.DistributedDataset:
        """The batches from `step` to the end of its phase."""
        phase = length_schedule.phase_of(self.phases, step)
        record_set = self.train_sets[phase.max_seq_length]

        def batches(context: tf.distribute.InputContext) -> tf.data.Dataset:
            return batching.training_batches(
                record_set,
                self._mask_spec(record_set),
                batch_size=self.config.train_batch_size,
                seed=self.config.random_seed,
                # A phase begins with its records' first epoch.
                first_step=step - phase.first_step,
                share=host_share.of_context(context),
                pack=self.config.pack,
            )

        return strategy.distribute_datasets_from_function(batches)

    def eval_batches(
        self, strategy: tf.distribute.Strategy
    ) -> tuple[tf.distribute.DistributedDataset, int]:
        """The evaluation batches, and their number."""
        count = 0

        def batches(context: tf.distribute.InputContext) -> tf.data.Dataset:
            nonlocal count
            share = host_share.of_context(context)
            dataset, count = self._eval_batches_of(share)
            return dataset

        return strategy.distribute_datasets_from_function(batches), count

    def baselines(
        self, vocab_size: int, max_batches: int | None = None
    ) -> dict[str, float]:
        """The scores of baselines that ignore the text, on evaluation batches.

        Args:
            vocab_size: the model's number of pieces.
            max_batches: maximum number of batches; None: all of them.
        """
        batches, _ = self._eval_batches_of(host_share.WHOLE)
        some = itertools.islice(batches.as_numpy_iterator(), max_batches)
        return baselines.score(some, vocab_size)

    def unigram_loss(self, vocab_size: int) -> float:
        """An estimate of the loss of a unigram model, in nats."""
        return self.baselines(vocab_size, _SOME)["unigram_loss"]

    def _eval_batches_of(
        self, share: host_share.HostShare
    ) -> tuple[tf.data.Dataset, int]:
        return batching.evaluation_batches(
            self.eval_set,
            self._mask_spec(self.eval_set),
            batch_size=self.config.eval_batch_size,
            seed=self.config.eval_seed,
            max_batches=self.config.max_eval_steps,
            share=share,
        )

    def _mask_spec(
        self, record_set: record_sets.RecordSet
    ) -> mask_spec.MaskSpec | None:
        if record_set.mask_slots is not None:
            return None
        assert record_set.tokenizer is not None
        return mask_spec.from_config(self.config, record_set.tokenizer)


def open_records(
    config: pretrain_config.PretrainConfig, albert: config_lib.AlbertConfig
) -> Records:
    """Opens the records of a run, and checks that they fit.

    Args:
        config: the run's settings.
        albert: the model's sizes.
    Raises:
        ValueError: they do not fit the model or each other.
        OSError: they cannot be read.
    """
    assert config.input_file is not None
    phases = settings.phases(config)
    compatibility.check_positions(albert, phases)
    train_sets = _open(config, config.input_file, albert, phases)
    eval_set = train_sets[phases[-1].max_seq_length]
    if config.eval_input_file:
        (eval_set,) = _open(
            config, config.eval_input_file, albert, phases[-1:]
        ).values()
        compatibility.check_one_tokenizer(
            config.input_file,
            next(iter(train_sets.values())).manifest.tokenizer,
            config.eval_input_file,
            eval_set.manifest.tokenizer,
        )
    return Records(config, phases, train_sets, eval_set)


def check_teacher(
    config: pretrain_config.PretrainConfig, records: Records
) -> None:
    """Raises ValueError unless the teacher can read the records."""
    tokenizer = records.eval_set.manifest.tokenizer
    theirs = tokenizer
    # Of the tokenizer of Google's records, only the vocabulary size is known.
    if records.eval_set.tokenizer is not None:
        folder = teacher.folder(config)
        theirs = saved_tasks.tokenizer(None, folder).fingerprint
    longest = max(phase.max_seq_length for phase in records.phases)
    teacher.check_fits(config, longest, tokenizer, theirs)


def _open(
    config: pretrain_config.PretrainConfig,
    patterns: str,
    albert: config_lib.AlbertConfig,
    phases: tuple[length_schedule.Phase, ...],
) -> dict[int, record_sets.RecordSet]:
    """The record set of each phase, by row length."""
    lengths = [phase.max_seq_length for phase in phases]
    if len(lengths) > 1:
        sets = record_sets.open_by_length(patterns, lengths)
    else:
        record_set = record_sets.open_records(
            patterns,
            lengths[0],
            pack=config.pack,
            max_predictions=config.max_predictions_per_seq,
            vocabulary=config.spm_model_file,
        )
        sets = {lengths[0]: record_set}
    first = sets[lengths[0]]
    compatibility.check_vocabulary(
        albert,
        first.manifest.vocab_size,
        first.tokenizer is not None,
        patterns,
    )
    return sets
