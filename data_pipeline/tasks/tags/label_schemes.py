"""The labels of taggers in any scheme."""

from collections.abc import Sequence

from data_pipeline.tasks.tags import tag_schemes

# The letters of taggers' labels by scheme. E and L continue an entity, like I
# in BIO; S, U and W start one, like B.
_SCHEMES = {
    "BIO": "BI",
    "BIOES": "BIES",
    "BMES": "BMES",
    "BILOU": "BILU",
    "BMEWO": "BMEW",
}
_STARTS = "BSUW"


def as_bio(labels: Sequence[str]) -> list[str]:
    """The BIO tag that each of a tagger's labels stands for.

    For example, both I-PER and E-PER of BIOES become I-PER, so that the best
    label of each word is a tag that this package knows. Labels that mark no
    entity, such as "X" for word pieces, become "O".
    """
    if scheme_of(labels) == "none":
        return list(labels)
    return [
        f"{'B' if letter in _STARTS else 'I'}-{kind}" if kind else "O"
        for letter, kind in map(tag_schemes.parts, labels)
    ]


def scheme_of(labels: Sequence[str]) -> str:
    """The scheme of a tagger's labels, one of tag_schemes.SCHEMES."""
    tags = {
        (letter, kind)
        for letter, kind in map(tag_schemes.parts, labels)
        if kind
    }
    letters = {letter for letter, _ in tags}
    if letters <= set("BI") and any(
        letter == "I" and ("B", kind) not in tags for letter, kind in tags
    ):
        return "IOB1"  # B- only marks adjacent entities, which some types lack
    for scheme, known in _SCHEMES.items():
        if letters and letters <= set(known):
            return scheme
    return "none"
