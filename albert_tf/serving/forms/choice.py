"""Which of the served models answers a request."""

from collections.abc import Callable
from collections.abc import Mapping

from albert_tf.serving.models import errors
from albert_tf.serving.models import saved_model

Models = Mapping[str, saved_model.Model]

SIGNATURE = "text"
EMBEDDINGS = "embeddings"
# Inputs of a model that reads two texts together.
PAIR = {"texts", "second_texts"}


def gives_embeddings(model: saved_model.Model) -> bool:
    """Whether a model turns texts into embeddings."""
    signature = model.signatures.get(SIGNATURE)
    return signature is not None and EMBEDDINGS in signature.outputs


def ranks(model: saved_model.Model) -> bool:
    """Whether a model gives a pair of texts a number, or one of two classes."""
    signature = model.signatures.get(SIGNATURE)
    if signature is None or signature.inputs.keys() != PAIR:
        return False
    if "value" in signature.outputs:
        return True
    probabilities = signature.outputs.get("probabilities")
    return (
        "label" in signature.outputs
        and probabilities is not None
        and probabilities.shape[-1] == 2
    )


def embedder(models: Models, name: str | None) -> saved_model.Model:
    """The model that a request names, or the first for embeddings.

    Raises:
        errors.Refused: there is no such model, or it has no embeddings.
    """
    return _chosen(models, name, gives_embeddings, "turn texts into embeddings")


def ranker(models: Models, name: str | None) -> saved_model.Model:
    """The model that a request names; or the first reranker; or, if there is
    no reranker, the first for embeddings.

    Raises:
        errors.Refused: there is no such model, or it cannot rank.
    """
    if name is None and any(map(ranks, models.values())):
        return _chosen(models, None, ranks, "")
    return _chosen(
        models,
        name,
        lambda model: ranks(model) or gives_embeddings(model),
        "give a pair of texts a number or one of two classes, or turn texts "
        "into embeddings",
    )


def _chosen(
    models: Models,
    name: str | None,
    fits: Callable[[saved_model.Model], bool],
    what: str,
) -> saved_model.Model:
    fitting = [each for each in models.values() if fits(each)]
    if name is not None and name not in models:
        raise errors.Refused(
            404,
            "The model must be one of those served. Received: "
            f"{name[:100]!r}. {errors.served(models)}",
        )
    if name is None and fitting:
        return fitting[0]
    if name is not None and models[name] in fitting:
        return models[name]
    names = ", ".join(model.name for model in fitting) or "no such model"
    raise errors.Refused(
        404 if name is None else 400,
        f"A model for this path must {what}. Received: "
        f"{name or 'no name'}, and this server has {names[:200]}.",
    )
