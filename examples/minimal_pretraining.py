"""ALBERT's pretraining on one page: from text to a loss that falls.

    python examples/minimal_pretraining.py

shows the method from top to bottom, without what a real run needs around it:
files, checkpoints, several devices, held-out text. It takes less than a minute
on two CPU cores. `albert-tf pretrain` is made of the same functions.

Source: Lan et al. 2019, "ALBERT: A Lite BERT for Self-supervised Learning of
Language Representations".
"""

import collections
import math
import random
import sys
import tempfile

import numpy as np
import tensorflow as tf

import albert_tf
from albert_tf import losses
from data_pipeline.pretraining import mask_config
from data_pipeline.pretraining import mask_spec
from data_pipeline.pretraining import masking
from data_pipeline.pretraining.building import segments
from data_pipeline.pretraining.building import segments_config
from data_pipeline.pretraining.records import examples as example_lib
from data_pipeline.pretraining.records import layout
from data_pipeline.pretraining.records import randomness
from data_pipeline.text import tokenizers
from data_pipeline.vocabulary import training

B, S, M = 32, 64, 10  # batch, sequence length, masked slots per row
SEED = 1


# 1. TEXT. A corpus is a list of documents, and a document a list of sentences.
# These are small stories. The things in a story belong to one place, and they
# are told in order: there is something to learn for both losses.
def make_corpus(count: int) -> list[list[str]]:
    rng = random.Random(SEED)
    names = "anna ben clara david emma felix grace henry irene jacob".split()
    places = [
        "bread soup plate spoon kettle onion".split(),
        "rose tree spade hedge tulip fountain".split(),
        "letter desk pencil stamp folder printer".split(),
        "boat rope anchor sail lantern fish".split(),
    ]
    corpus = []
    for _ in range(count):
        name, things = rng.choice(names), rng.sample(rng.choice(places), 4)
        corpus.append(
            [
                f"first {name} saw the {things[0]}.",
                f"then {name} took the {things[1]}.",
                f"later {name} lost the {things[2]}.",
                f"at last {name} found the {things[3]}.",
            ]
        )
    return corpus


# 2. VOCABULARY. SentencePiece learns pieces of words from the text. <pad>,
# <unk>, [CLS], [SEP] and [MASK] come first, as in the released models.
def make_tokenizer(corpus: list[list[str]]) -> tokenizers.Tokenizer:
    sentences = [sentence for document in corpus for sentence in document]
    with tempfile.NamedTemporaryFile(suffix=".model") as file:
        file.write(training.train(sentences, vocab_size=80))
        file.flush()
        return tokenizers.load(file.name)


# 3. SEGMENTS. Consecutive sentences fill a row and are split into two segments
# at a random sentence boundary. These examples hold plain ids, neither masked
# nor swapped: what follows is drawn anew each time an example is used.
def make_examples(corpus, tokenizer) -> list[example_lib.Example]:
    rng = np.random.default_rng(SEED)
    config = segments_config.SegmentsConfig(max_seq_length=S)
    documents = [tokenizer.encode_batch(document) for document in corpus]
    return [
        example
        for number in range(len(documents))
        for example in segments.split_document(documents, number, rng, config)
    ]


# 4. SENTENCE ORDER AND MASKS. Half of the pairs are swapped, and the model is
# asked which ones. Then 15% of the tokens are chosen, as runs of up to three
# whole words. Of these, 80% become [MASK], 10% a random token, and 10% stay as
# they are, so that the model cannot know which tokens it is asked about.
# All random numbers are hashes of (seed, step, row): any batch can be repeated.
def make_batches(examples, tokenizer, num_steps: int) -> tf.data.Dataset:
    token_ids = tf.ragged.constant([e.token_ids for e in examples], tf.int32)
    first_length = tf.constant([e.first_length for e in examples], tf.int32)
    config = mask_config.MaskConfig(max_predictions_per_seq=M, ngram=3)
    spec = mask_spec.from_config(config, tokenizer)

    def make_batch(step):
        keys = randomness.fold(SEED, step, tf.range(B))  # uint64 [B]
        draw = randomness.uniform(keys, 0, 2)  # float32 [B, 2]
        numbers = tf.cast(draw[:, 0] * len(examples), tf.int32)
        ids, first = (tf.gather(x, numbers) for x in (token_ids, first_length))
        has_second = first < tf.cast(ids.row_lengths(), tf.int32)
        swapped = (draw[:, 1] < 0.5) & has_second
        # [CLS] first [SEP] second [SEP], then padding: all int32 [B, S].
        tokens, segment_ids, padding_mask = layout.lay_out(
            ids,
            first,
            swapped,
            length=S,
            cls_id=tokenizer.cls_id,
            sep_id=tokenizer.sep_id,
        )
        tokens = tf.ensure_shape(tokens, [B, S])
        # 1 swapped, 0 in order, -1 no second segment: such rows do not count.
        order = tf.where(has_second, tf.cast(swapped, tf.int32), -1)
        return {
            "segment_ids": segment_ids,
            "padding_mask": padding_mask,
            "sentence_order": order,
            # token_ids [B, S]; mask_positions, mask_ids, mask_weights [B, M]
            **masking.mask_batch(spec, tokens, padding_mask, keys),
        }

    steps = tf.data.Dataset.range(num_steps)
    return steps.map(make_batch, num_parallel_calls=2).prefetch(2)


# 5. MODEL. The three ideas of ALBERT: word embeddings of a small size E are
# projected to the hidden size H; all layers share the weights of one block of
# attention and feed-forward; and sentence order replaces BERT's next-sentence
# prediction.
def make_model(vocab_size: int) -> albert_tf.AlbertPretrainer:
    config = albert_tf.AlbertConfig(
        vocab_size=vocab_size,
        embedding_size=32,
        hidden_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=S,
        initializer_range=0.1,
    )
    return albert_tf.AlbertPretrainer(config, seed=SEED)


# 6. STEP. The loss is the mean over masked tokens plus the mean over pairs.
# Gradients are clipped to a global norm of 1, and LAMB moves each weight by a
# share of its own norm, which is what makes batches of thousands of rows work.
def make_step(model, optimizer):
    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            logits = model(batch, training=True)
            masked = losses.masked_lm_sums(
                logits["mlm_logits"], batch["mask_ids"], batch["mask_weights"]
            )
            order = losses.label_sums(
                logits["sentence_order_logits"], batch["sentence_order"]
            )
            loss = masked["loss"] / masked["weight"]
            loss += order["loss"] / tf.maximum(order["weight"], 1.0)
        gradients = tape.gradient(loss, model.trainable_variables)
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )
        return tf.stack([*masked.values(), *order.values()])

    return step


# The masked-LM loss of a model that knows only how frequent each piece is. One
# that is below it has learned to use the words around a mask.
def unigram_entropy(examples) -> float:
    counts = collections.Counter(i for e in examples for i in e.token_ids)
    shares = [count / counts.total() for count in counts.values()]
    return -sum(share * math.log(share) for share in shares)


def main(num_steps: int = 600) -> list[dict[str, float]]:
    """Trains, and returns the means of each twelfth of the run."""
    corpus = make_corpus(4000)
    tokenizer = make_tokenizer(corpus)
    examples = make_examples(corpus, tokenizer)
    model = make_model(tokenizer.vocab_size)
    optimizer = albert_tf.create_optimizer(
        "lamb",
        learning_rate=0.01,
        num_train_steps=num_steps,
        num_warmup_steps=num_steps // 6,
        bias_correction=True,
    )
    step_function = make_step(model, optimizer)
    print(f"{len(examples):,} examples, {model.count_params():,} parameters")
    print(f"Entropy of the pieces: {unigram_entropy(examples):.2f} nats")

    history, sums, every = [], np.zeros(6), num_steps // 12
    batches = make_batches(examples, tokenizer, num_steps)
    for step, batch in enumerate(batches, start=1):
        sums += step_function(batch).numpy()
        if step % every == 0:
            mlm, order = sums[:3], sums[3:]
            history.append(
                {
                    "mlm_loss": mlm[0] / mlm[2],
                    "mlm_accuracy": mlm[1] / mlm[2],
                    "order_loss": order[0] / order[2],
                    "order_accuracy": order[1] / order[2],
                }
            )
            shown = (f"{name} {x:.3f}" for name, x in history[-1].items())
            print(f"step {step:4d}", *shown, sep="  ", flush=True)
            sums[:] = 0
    return history


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
