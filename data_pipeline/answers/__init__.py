"""From texts to answers, as the TensorFlow operations of exports.

One tf.Module a kind of task. Each has

    inputs: dict of tf.TensorSpec, strings, by name;
    rows(**strings) -> (inputs of the model, context);
    answer(outputs of the model, context) -> dict of tensors, each [B, ...];
    target(outputs of the model, context) -> float [R], the score of what was
        answered, for each of the R rows that the model read;
    explained(values [R, S, ...], target [R], context) -> [B, ...], rows back to
        texts;
    offsets(context, **strings) -> starts and ends, int32 [R, S], characters of
        its text that each token stands for, of tagging those of its word; -1
        at [CLS], [SEP] and padding;
    of classes and numbers also pack(rows) -> (fewer rows, each text's place).

The context is a dict of what `answer` needs to know of the texts, and

    truncated: bool [B], whether the model does not read all of a text, since
        it is too long;
    explained_in_part: bool [B], whether `explained` leaves out rows of a text;
        only there if it ever does.

Answers are those that data_pipeline.tasks gives for the same texts, and tests
ask for that.
"""
