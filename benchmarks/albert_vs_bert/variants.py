"""The models that are compared: each a change of one ALBERT."""

import dataclasses

from albert_tf import config as config_lib

# The records that all variants but those of "sentence task" are trained on.
SENTENCE_TASK = "sop"


@dataclasses.dataclass(frozen=True)
class Variant:
    """One model of the table.

    group: what it differs from ALBERT in.
    name: in the table.
    config: of the model.
    sentence_task: of its records: sop, nsp or none.
    """

    group: str
    name: str
    config: config_lib.AlbertConfig
    sentence_task: str = SENTENCE_TASK

    @property
    def key(self) -> str:
        """For the names of folders."""
        return f"{self.group}_{self.name}".replace(" ", "_")


def albert(config: config_lib.AlbertConfig) -> config_lib.AlbertConfig:
    """One block for all layers, no dropout."""
    return dataclasses.replace(
        config,
        share_parameters="all",
        num_hidden_groups=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def bert(config: config_lib.AlbertConfig) -> config_lib.AlbertConfig:
    """The same width and depth, nothing shared, E == H.

    Data, masks, heads and optimizer stay ALBERT's: only what the paper's
    section 3.1 changes first is undone.
    """
    return dataclasses.replace(
        albert(config),
        share_parameters="none",
        embedding_size=config.hidden_size,
    )


def table(
    config: config_lib.AlbertConfig, embedding_sizes: list[int]
) -> list[Variant]:
    """ALBERT, BERT, and the ablations, each of one thing of ALBERT.

    Source: paper, 4.4 to 4.6 and 4.8, at any scale.
    """
    base = albert(config)

    def changed(group, name, **changes):
        return Variant(group, name, dataclasses.replace(base, **changes))

    found = [
        Variant("model", "ALBERT", base),
        Variant("model", "BERT", bert(config)),
        *(
            changed("sharing", share, share_parameters=share)
            for share in config_lib.SHARE_PARAMETERS
        ),
        *(
            changed("embedding size", str(size), embedding_size=size)
            for size in embedding_sizes
        ),
        *(
            Variant("sentence task", task, base, task)
            for task in ("nsp", "none")
        ),
        changed(
            "dropout",
            "0.1",
            hidden_dropout_prob=0.1,
            attention_probs_dropout_prob=0.1,
        ),
    ]
    # What is ALBERT itself need not be trained again.
    first, *others = found
    return [
        first,
        *(
            variant
            for variant in others
            if (variant.config, variant.sentence_task)
            != (first.config, first.sentence_task)
        ),
    ]
