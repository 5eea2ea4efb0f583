"""Multiple choice: which of several texts is right, given a context."""

from albert_tf import batches
from albert_tf import objectives
from albert_tf import task_models
from albert_tf.kinds import kind

_EXAMPLE = {
    "texts": ["The text to read."],
    "choices": [["What? One.", "What? Another."]],
}

KIND = kind.Kind(
    task="multiple_choice",
    model=task_models.AlbertMultipleChoice,
    objective=objectives.CLASSIFICATION,
    with_options=objectives.classification,
    labels={"label": batches.Array("int32", "B")},
    head="multiple_choice",
    max_seq_length=512,
    # The context may be empty.
    may_be_empty=("texts",),
    does="chooses one of several answers",
    example=lambda num_texts: _EXAMPLE,
    auto_model="AutoModelForMultipleChoice",
    groups="Choices",
)
