"""Answers to text as TensorFlow operations, for exported models.

There is one tf.Module for each kind of task, with these members:

    inputs: dict of tf.TensorSpec, the string tensors that it takes, by name;
    rows(**strings) -> (inputs of the model, context);
    answer(outputs of the model, context) -> dict of tensors, each [B, ...];
    target(outputs of the model, context) -> float [R], for each of the R rows
        that the model reads, the score of the answer;
    explained(values [R, S, ...], target [R], context) -> [B, ...], values of
        rows as values of texts;
    offsets(context, **strings) -> starts and ends, int32 [R, S], the
        characters of its text that each token covers (in tagging, those of its
        word); -1 at [CLS], [SEP] and padding;
    aligned(outputs of the model, attention [B, T, S], rows, context, **strings)
        -> dict of tensors, instead of target and explained, where texts are
        written;
    pack(rows) -> (fewer rows, each text's position), for classes and numbers.

The context is a dict of tensors that `answer` needs, among them

    truncated: bool [B], whether the model reads only part of a long text;
    explained_in_part: bool [B], whether `explained` omits rows of a text; only
        present if that can happen.

Answers equal the predictions of data_pipeline.tasks for the same texts, as
tests check.
"""
