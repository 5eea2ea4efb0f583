"""The one finding of a check."""


def only(found):
    """Level, flag and text of the one finding."""
    (finding,) = found.all
    return finding.level, finding.flag, finding.text
