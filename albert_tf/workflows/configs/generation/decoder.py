"""The settings of the decoder that a generation task trains."""

import dataclasses

from data_pipeline import config
from data_pipeline.config import setting

_SECTION = "Written texts"


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecoderConfig(config.Config):
    """What the decoder of a new model is made of."""

    decoder_sharing: str | None = setting(
        None,
        "What the layers of a new decoder are made of. all: the encoder's own "
        "blocks, with one attention to the text that is new, so that there "
        "are the fewest weights. block: new blocks that all layers share. "
        "none: new blocks for each layer. If left out: as in the model that "
        "training starts from, or all.",
        section=_SECTION,
        choices=("all", "block", "none"),
    )
    num_decoder_layers: int | None = setting(
        None,
        "Number of layers of a new decoder. If left out: as in the model that "
        "training starts from, or as many as the encoder has.",
        section=_SECTION,
        minimum=1,
    )
