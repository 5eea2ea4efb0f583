"""Checkpoints of a run: weights and optimizer under names that stay."""

import keras
import tensorflow as tf

from albert_tf import models

CHECKPOINT_NAME = "ckpt"


class Checkpoints:
    """Saves and restores a run's model and optimizer in its folder.

    Weights are kept as model/<name>, moments as optimizer/m/<name> and
    optimizer/v/<name>, with `models.named_weights` names, so a file can be read
    without building the objects that wrote it.

    Args:
        folder: of the run.
        model: whose weights are saved.
        optimizer: one of ours, built for the model's weights.
        keep: how many checkpoints stay; older ones are removed.
    """

    def __init__(
        self,
        folder: str,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        keep: int,
    ):
        named = models.named_weights(model)
        self._checkpoint = tf.train.Checkpoint(
            model={name: weight.value for name, weight in named.items()},
            optimizer={
                slot: {
                    name: moment.value
                    for name, moment in zip(named, moments, strict=True)
                }
                for slot, moments in optimizer.slots.items()
            },
            step=optimizer.iterations.value,
        )
        self._manager = tf.train.CheckpointManager(
            self._checkpoint,
            folder,
            max_to_keep=keep,
            checkpoint_name=CHECKPOINT_NAME,
        )

    @property
    def latest(self) -> str | None:
        return self._manager.latest_checkpoint

    def restore_latest(self) -> bool:
        """Goes on from the newest checkpoint; False where there is none.

        Raises:
            ValueError: it cannot be read or is of another model.
        """
        if self.latest is None:
            return False
        try:
            status = self._checkpoint.restore(self.latest)
            status.assert_consumed()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            raise ValueError(
                "The newest checkpoint of --output_dir must be whole and of "
                f"this model. Received: {self.latest}: {error}"
            ) from None
        return True

    def save(self, step: int) -> str:
        return self._manager.save(checkpoint_number=step)
