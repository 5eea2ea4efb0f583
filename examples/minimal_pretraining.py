"""ALBERT's pretraining on one page: from text to two losses that fall.

    python examples/minimal_pretraining.py

takes a minute on two CPU cores. `albert-tf records` and `albert-tf pretrain`
add what a real run needs: records, checkpoints, devices, held-out text.

Source: Lan et al. 2019, "ALBERT: A Lite BERT for Self-supervised Learning".
"""

import random
import sys
import tempfile

import numpy as np

import albert_tf  # sets an option of TensorFlow, so it comes first

# isort: split
import tensorflow as tf

from data_pipeline.text import tokenizers

B, S, M = 32, 80, 12  # rows of a batch, tokens of a row, masked slots of a row


# 1. TEXT. A corpus is a list of documents, and a document a list of sentences.
# These are small stories. The things in a story belong to one place, and they
# are told in order: there is something to learn for both losses.
def make_corpus(count: int, rng) -> list[list[str]]:
    names = "anna ben clara david emma felix grace henry irene jacob".split()
    places = [
        "bread soup plate spoon kettle onion".split(),
        "rose tree spade hedge tulip fountain".split(),
        "letter desk pencil stamp folder printer".split(),
        "boat rope anchor sail lantern fish".split(),
    ]
    acts = ("first {} saw", "then {} took", "later {} lost", "last {} found")
    corpus = []
    for _ in range(count):
        name, things = rng.choice(names), rng.sample(rng.choice(places), 4)
        story = zip(acts, things, strict=True)
        corpus.append([f"{a.format(name)} the {thing}." for a, thing in story])
    return corpus


# 2. VOCABULARY. SentencePiece learns pieces of words from the text. <pad>,
# <unk>, [CLS], [SEP] and [MASK] come first, as in the released models.
def make_tokenizer(corpus: list[list[str]]) -> tokenizers.Tokenizer:
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/text.txt", "w") as file:
            file.writelines("\n".join(document) + "\n\n" for document in corpus)
        config = albert_tf.VocabularyConfig(
            input_file=file.name, output_dir=f"{folder}/vocab", vocab_size=72
        )
        return tokenizers.load(albert_tf.train_vocabulary(config).output_dir)


# 3. SENTENCE ORDER. Consecutive sentences fill a row and are cut into two
# segments at a random boundary. Half of the pairs are swapped, and the model is
# asked which ones. BERT asks for the next sentence instead, and its negative
# examples come from other documents: their topic gives them away.
def make_pair(sentences: list[list[int]], rng) -> tuple[list, list, int]:
    cut = rng.randrange(1, len(sentences))
    first, second = sum(sentences[:cut], []), sum(sentences[cut:], [])
    return (second, first, 1) if rng.random() < 0.5 else (first, second, 0)


# 4. MASKS. 15% of the tokens are to be predicted, as runs of one, two or three
# whole words; a run of n words is drawn with a probability proportional to 1/n.
def choose_masks(row: list[int], tokenizer, rng) -> list[int]:
    words = []  # the positions of each word's tokens
    for position, token in enumerate(row):
        if tokenizer.starts_word[token]:
            words.append([position])
        elif token not in (tokenizer.cls_id, tokenizer.sep_id):
            words[-1].append(position)
    chosen, budget = set(), min(M, max(1, round(0.15 * len(row))))
    for start in rng.sample(range(len(words)), len(words)):
        (n,) = rng.choices([1, 2, 3], weights=[1, 1 / 2, 1 / 3])
        run = set(sum(words[start : start + n], []))
        if not run & chosen and len(run | chosen) <= budget:
            chosen |= run
    return sorted(chosen)


# Of these tokens, 80% become [MASK], 10% a random token, and 10% stay as they
# are, so that the model has to know every token from the words around it.
def replace(token: int, tokenizer, rng) -> int:
    other = rng.randrange(5, tokenizer.vocab_size)  # after the special pieces
    choices = [tokenizer.mask_id, other, token]
    return rng.choices(choices, weights=[0.8, 0.1, 0.1])[0]


# 5. BATCHES. Pairs and masks are drawn anew each time a document is used. A row
# is [CLS] first [SEP] second [SEP]; padding and unused slots are 0.
def make_row(document, tokenizer, rng) -> dict[str, np.ndarray]:
    first, second, is_swapped = make_pair(document, rng)
    head = [tokenizer.cls_id, *first, tokenizer.sep_id]
    row = np.array([*head, *second, tokenizer.sep_id])
    masks = choose_masks(row, tokenizer, rng)
    masked = row.copy()
    masked[masks] = [replace(token, tokenizer, rng) for token in row[masks]]
    return {
        "token_ids": padded(masked, S),
        "segment_ids": padded(np.arange(len(row)) >= len(head), S),
        "padding_mask": padded(np.ones(len(row)), S),
        "mask_positions": padded(masks, M),
        "mask_ids": padded(row[masks], M),
        "mask_weights": padded(np.ones(len(masks)), M),
        "sentence_order": np.int32(is_swapped),
    }


def padded(values, length: int) -> np.ndarray:
    return np.pad(values, (0, length - len(values))).astype(np.int32)


def make_batch(documents, tokenizer, rng) -> dict[str, np.ndarray]:
    rows = [make_row(rng.choice(documents), tokenizer, rng) for _ in range(B)]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


# 6. MODEL. Word embeddings of a small size are projected to the hidden size,
# and all layers share the weights of one block of attention and feed-forward
# network. With sentence order, these are the three ideas of ALBERT.
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
    return albert_tf.AlbertPretrainer(config, seed=1)


# 7. STEP. The loss is the mean over masked tokens plus the mean over pairs.
# Gradients are clipped to a global norm of 1, and LAMB moves each weight by a
# share of its own norm, which is what makes batches of thousands of rows work.
@tf.function
def train_step(model, optimizer, batch):
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
    weights = tf.cast(batch["mask_weights"], tf.float32)
    with tf.GradientTape() as tape:
        logits = model(batch, training=True)
        mlm = cross_entropy(batch["mask_ids"], logits["mlm_logits"])  # [B, M]
        mlm = tf.reduce_sum(mlm * weights) / tf.reduce_sum(weights)
        order = batch["sentence_order"], logits["sentence_order_logits"]
        order = tf.reduce_mean(cross_entropy(*order))
        loss = mlm + order
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
    optimizer.apply(gradients, model.trainable_variables)
    return mlm, order


def main(num_steps: int = 600) -> np.ndarray:
    """Trains; returns both losses, means of each twelfth, float [12, 2]."""
    rng = random.Random(1)
    corpus = make_corpus(4000, rng)
    tokenizer = make_tokenizer(corpus)
    documents = [tokenizer.encode_batch(document) for document in corpus]
    model = make_model(tokenizer.vocab_size)
    optimizer = albert_tf.create_optimizer(
        "lamb",
        learning_rate=0.01,
        num_train_steps=num_steps,
        num_warmup_steps=num_steps // 6,
        bias_correction=True,
    )
    # The masked-LM loss of a model that knows only how frequent each piece is.
    # One that is below it has learned to use the words around a mask.
    pieces = np.concatenate(sum(documents, []))
    shares = np.unique(pieces, return_counts=True)[1] / len(pieces)
    entropy = -np.sum(shares * np.log(shares))
    print(f"Entropy of the {len(pieces):,} pieces: {entropy:.2f} nats")
    losses, every = np.zeros([num_steps, 2]), num_steps // 12
    for step in range(num_steps):
        batch = make_batch(documents, tokenizer, rng)
        losses[step] = train_step(model, optimizer, batch)
        if (step + 1) % every == 0:
            mlm, order = losses[step + 1 - every : step + 1].mean(axis=0)
            print(f"step {step + 1:4d}: masked LM {mlm:.3f}, order {order:.3f}")
    return losses.reshape(12, every, 2).mean(axis=1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
