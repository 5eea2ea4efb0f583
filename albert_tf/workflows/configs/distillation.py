"""Training with a teacher."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting


@dataclasses.dataclass(frozen=True, kw_only=True)
class DistillationConfig(config.Config):
    """A teacher, and how much each of its outputs counts."""

    teacher: str | None = setting(
        None,
        "Model to distill from, of any size, with the same head, classes and "
        "vocabulary: anything that albert_tf.load reads. It runs frozen in "
        "the same training step.",
        section="Teacher",
        decides="teacher",
        is_local=True,
    )
    distill_temperature: float = setting(
        2.0,
        "Temperature of the student's and the teacher's distributions in the "
        "distillation loss.",
        section="Teacher",
        minimum=0.001,
    )
    distill_weight: float = setting(
        0.5,
        "Share of the loss that comes from the teacher's logits; the rest "
        "comes from the labels.",
        section="Teacher",
        minimum=0.0,
        maximum=1.0,
    )
    distill_hidden_weight: float = setting(
        0.0,
        "Weight of the distillation loss on hidden states: the squared "
        "difference of normalized layer outputs.",
        section="Teacher",
        minimum=0.0,
    )
    distill_attention_weight: float = setting(
        0.0,
        "Weight of the distillation loss on attention: the divergence of the "
        "last layer's query, key and value relations.",
        section="Teacher",
        minimum=0.0,
    )
