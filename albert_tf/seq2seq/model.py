"""AlbertSeq2Seq: reads a text and writes another one."""

import keras
import tensorflow as tf

from albert_tf import batches
from albert_tf import task_models
from albert_tf.seq2seq import biases
from albert_tf.seq2seq import decoder as decoder_lib
from albert_tf.seq2seq import decoding

HEAD = "decoder"
# The decoder's dropouts draw from a seed of their own.
_DECODER = 2**29


@keras.saving.register_keras_serializable(package="albert_tf")
class AlbertSeq2Seq(task_models.TaskModel):
    """ALBERT's encoder, and a decoder of the same blocks that writes a text.

    The decoder reads tokens by the encoder's embeddings and writes them by the
    same table, as a masked-LM head does. Nothing of a target's later tokens is
    seen by the ones before.

    Args:
        config, seed: as for AlbertEncoder.
        decoder_sharing: what the decoder's layers are made of: "all", the
            encoder's own blocks, to which one attention to the source is new;
            "block", new blocks that all layers share; "none", new blocks for
            each layer.
        num_decoder_layers: number of the decoder's layers; default: L.
        max_target_length: the most tokens of a target, with its start and end;
            default: max_position_embeddings.
        target_vocab_size: size of the target's vocabulary, if it has one of
            its own; default: both use the encoder's.
        start_id, end_id: ids of the tokens that begin and end each target;
            padding is 0.
    Inputs: those of AlbertEncoder, and
        target_ids: int32 [B, T], a start token, the text, an end token;
        target_mask: int32 [B, T], 1 at tokens, 0 at padding; default: all 1.
        For packed rows, also target_pack_ids and target_position_ids, int32
        [B, T], like pack_ids and position_ids. A target reads only the source
        of the same number.
    Outputs: a dict with logits, float32 [B, T - 1, V], for the tokens
        target_ids[:, 1:].
    Raises:
        ValueError: an unknown way to share, layers that the encoder lacks, ids
            that the vocabulary lacks, or more target tokens than positions.
    Source: Rothe et al. 2020, "Leveraging Pre-trained Checkpoints for Sequence
        Generation Tasks", for BERT; Lan et al. 2019 for the blocks.

    >>> import albert_tf, tensorflow as tf
    >>> config = albert_tf.AlbertConfig.named("tiny", vocab_size=100)
    >>> model = albert_tf.AlbertSeq2Seq(config, max_target_length=8)
    >>> rows = {"token_ids": [[2, 17, 3]], "target_ids": [[2, 5, 7, 3]]}
    >>> rows = {name: tf.constant(ids) for name, ids in rows.items()}
    >>> tuple(model(rows)["logits"].shape)
    (1, 3, 100)
    >>> tuple(model.generate(rows)["sequences"].shape)
    (1, 1, 8)
    """

    def __init__(
        self,
        config,
        decoder_sharing: str = "all",
        num_decoder_layers: int | None = None,
        max_target_length: int | None = None,
        target_vocab_size: int | None = None,
        start_id: int = 2,
        end_id: int = 3,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(config, seed, **kwargs)
        config = self.config
        self.max_target_length = (
            max_target_length or config.max_position_embeddings
        )
        self.start_id, self.end_id = start_id, end_id
        self.vocab_size = target_vocab_size or config.vocab_size
        self._check()
        self.head = decoder_lib.Decoder(
            config,
            decoder_sharing,
            num_decoder_layers or config.num_hidden_layers,
            target_vocab_size,
            name=HEAD,
        )
        self.build()

    def _check(self) -> None:
        most = self.config.max_position_embeddings
        if not 2 <= self.max_target_length <= most:
            raise ValueError(
                "max_target_length must be from 2, a start and an end token, "
                f"to max_position_embeddings. Received: "
                f"{self.max_target_length} and {most} positions."
            )
        for name in ("start_id", "end_id"):
            if not 1 <= getattr(self, name) < self.vocab_size:
                raise ValueError(
                    f"{name} must be the id of a token other than padding, 0. "
                    f"Received: {getattr(self, name)} and a vocabulary of "
                    f"{self.vocab_size} tokens."
                )

    def call(self, inputs, training=False, dropout_seed=None):
        encoded, seed = self.encode(inputs, training, dropout_seed)
        if seed is not None:
            seed = tf.random.experimental.stateless_fold_in(seed, _DECODER)
        x = self.head(
            **self._decoder_inputs(inputs, seed),
            memory=encoded["sequence_output"],
            dropout_seed=seed,
        )
        return {"logits": self.head.writer(x, self.target_table)}

    @property
    def target_table(self):
        """The embeddings of the target's tokens, float32 [V, E]."""
        if self.head.word_embeddings is not None:
            return self.head.word_embeddings
        return self.encoder.embeddings.word_embeddings

    def embed_targets(self, ids, position_ids=None, dropout_seed=None):
        """The decoder's input for target tokens, float [B, T, H].

        Args:
            ids: int32 [B, T].
            position_ids: int32 [B, T]; None for 0 to T - 1.
            dropout_seed: int32 [2], or None for no dropout.
        """
        x = self.encoder.embeddings(
            ids,
            tf.zeros_like(ids),
            position_ids,
            dropout_seed=dropout_seed,
            table=self.head.word_embeddings,
        )
        if self.encoder.projection is not None:
            x = self.encoder.projection(x)
        return x

    def generate(
        self,
        inputs: batches.Rows,
        options: decoding.DecodingOptions | None = None,
    ) -> dict[str, tf.Tensor]:
        """Writes a target for each source.

        Args:
            inputs: those of AlbertEncoder, one source a row. If `item`, int32
                [B], is among them, it stands for a row's number in sampling.
            options: how to write; default: `DecodingOptions()`.
        Returns:
            a dict
            sequences: int32 [B, n_best, T], the best first: a start token, the
                text, an end token, and 0 to max_length T;
            scores: float32 [B, n_best], the log-probability divided by the
                length penalty; minus infinity where there are fewer texts;
            lengths: int32 [B, n_best], tokens with start and end.
        Raises:
            ValueError: rows are packed, or the options do not fit the model.
        """
        return decoding.generate(
            self, inputs, options or decoding.DecodingOptions()
        )

    def cross_attention(self, inputs) -> tf.Tensor:
        """How much each target token attends to each source token.

        Args:
            inputs: as in a call; for a text that was written, target_ids is
                its sequence.
        Returns:
            float32 [B, layers, N, T - 1, S]; the weights of row t belong to the
            prediction of target_ids[:, t + 1], and sum to 1.
        """
        encoded, _ = self.encode(inputs, False, None)
        return self.head.cross_attention(
            **self._decoder_inputs(inputs),
            memory=encoded["sequence_output"],
        )

    def _decoder_inputs(self, inputs, seed=None):
        """The decoder's inputs besides the encoder's output, by name."""
        position_ids = inputs.get("target_position_ids")
        if position_ids is not None:
            position_ids = position_ids[:, :-1]
        masked = self.encoder.masked_bias
        return {
            "x": self.embed_targets(
                inputs["target_ids"][:, :-1], position_ids, seed
            ),
            "stack": self.encoder.transformer,
            "bias": biases.causal(inputs, masked),
            "memory_bias": biases.of_source(inputs, masked),
        }

    def get_config(self):
        return {
            "name": self.name,
            "config": self.config.to_dict(),
            "decoder_sharing": self.head.sharing,
            "num_decoder_layers": self.head.layout.num_hidden_layers,
            "max_target_length": self.max_target_length,
            "target_vocab_size": self.head.own_vocab_size,
            "start_id": self.start_id,
            "end_id": self.end_id,
            "seed": self.seed,
        }
