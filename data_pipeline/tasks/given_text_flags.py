"""The flags that give texts to predict, in place of a file."""

from absl import flags


def define() -> None:
    """Defines them, for data_pipeline.tasks.data.given_texts."""
    _strings(
        "text",
        "Text to predict, in place of a file. May be given several times.",
    )
    _strings("text_b", "Second text of a pair, one for each --text.")
    _strings(
        "question",
        "Question to answer from --context, in span tasks. May be given "
        "several times.",
    )
    _strings(
        "context",
        "Text that answers --question, one for all or one for each; in "
        "multiple choice, what the choices have in common.",
    )
    _strings(
        "choice",
        "One of the choices, in multiple choice. Given once for each of them.",
    )


def _strings(name: str, help: str) -> None:
    flags.DEFINE_multi_string(name, None, help)
    flags.FLAGS[name].help = help  # without what absl adds
