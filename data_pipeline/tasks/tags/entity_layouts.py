"""Finds a text and the spans of its entities in annotation tools' layouts.

doccano       {"text": "Ms Lee", "label": [[3, 6, "P"]]}, or objects with
              start_offset, end_offset and label under "entities"
spaCy         {"text": "Ms Lee", "entities": [[3, 6, "P"]]}
Label Studio  {"data": {"text": "Ms Lee"}, "annotations": [{"result":
              [{"value": {"start": 3, "end": 6, "text": "Lee",
              "labels": ["P"]}}]}]}; or, in JSON-MIN, these values under
              "label", next to the text
CLUENER       {"text": "Ms Lee", "label": {"P": {"Lee": [[3, 5]]}}}
"""

from typing import Any
from typing import NamedTuple

from data_pipeline.tasks.readers import cells

_TEXTS = ("text", "data", "content", "sentence")
_SPANS = ("label", "labels", "entities", "spans", "annotations")
_STARTS = ("start", "start_offset", "start_idx", "start_pos", "begin")
_ENDS = ("end", "end_offset", "end_idx", "end_pos", "stop")
_KINDS = ("label", "labels", "type", "entity_type", "entity_group", "entity")
_SURFACES = ("text", "word", "surface", "value", "entity")


class Span(NamedTuple):
    """An entity as a file has it; values may have any type.

    start, end: the first character, and the last or the one after it.
    kind: the type of the entity.
    surface: its text, if the file has it.
    """

    start: Any
    end: Any
    kind: Any
    surface: str | None


def text_of(row: cells.Row, column: str) -> str | None:
    """The text of a row, or None if there is no text.

    Args:
        row: a row of the file.
        column: the user's name for the text.
    """
    data = row.get("data")
    if isinstance(data, dict):
        row = data
    found = (row.get(name) for name in (column, *_TEXTS))
    return next((text for text in found if isinstance(text, str)), None)


def has_spans(row: cells.Row, column: str) -> bool:
    """Whether a row lists its entities, in any form."""
    return bool({column, *_SPANS} & set(row))


def spans_of(row: cells.Row, column: str) -> list[Span] | None:
    """The entities of a row, or None if it does not list any.

    Args:
        row: a row of the file.
        column: the user's name for the spans.
    Raises:
        cells.BadRow: they have an unknown form.
    """
    if isinstance(row.get("data"), dict):
        return _of_task(row)
    name = next((n for n in (column, *_SPANS) if n in row), None)
    if name is None:
        return None
    spans = row[name]
    if isinstance(spans, dict):
        return _of_types(spans)
    if not isinstance(spans, list):
        raise _bad(spans)
    return [_span(span) for span in spans]


def _of_task(row: cells.Row) -> list[Span] | None:
    """The spans of Label Studio's first annotation that was not canceled."""
    annotations = row.get("annotations", row.get("completions"))
    for annotation in annotations if isinstance(annotations, list) else ():
        if not isinstance(annotation, dict) or not isinstance(
            annotation.get("result"), list
        ):
            raise _bad(annotation)
        if not annotation.get("was_cancelled"):
            values = (
                region.get("value") if isinstance(region, dict) else region
                for region in annotation["result"]
            )
            # Relations and labels of whole texts have no positions.
            return [
                _span(value)
                for value in values
                if isinstance(value, dict) and set(_STARTS) & set(value)
            ]
    raise cells.BadRow(
        "Each text must have an annotation that was not canceled.", annotations
    )


def _of_types(spans: dict[str, Any]) -> list[Span]:
    """The spans of CLUENER's layout: by type and text, first and last."""
    found = []
    for kind, of_kind in spans.items():
        if not isinstance(of_kind, dict):
            raise _bad(spans)
        for surface, places in of_kind.items():
            if not isinstance(places, list):
                raise _bad(spans)
            for place in places:
                if not isinstance(place, list) or len(place) != 2:
                    raise _bad(place)
                start, end = place
                found.append(Span(start, end, kind, surface))
    return found


def _span(span: Any) -> Span:
    if isinstance(span, list) and len(span) == 3:
        start, end, kind = span
        return Span(start, end, kind, None)
    if not isinstance(span, dict):
        raise _bad(span)
    # "entity" is the type in some files and the text in others.
    key = next((name for name in _KINDS if name in span), None)
    kind = span.get(key)
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    rest = {name: value for name, value in span.items() if name != key}
    surface = _value(rest, _SURFACES)
    return Span(
        _value(span, _STARTS),
        _value(span, _ENDS),
        kind,
        surface if isinstance(surface, str) else None,
    )


def _value(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if name in row), None)


def _bad(received: Any) -> cells.BadRow:
    return cells.BadRow(
        "Entities must be spans of characters, such as [[0, 5, 'PER']], or "
        "objects with start, end and label.",
        received,
    )
