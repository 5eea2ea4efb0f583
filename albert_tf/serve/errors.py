"""What a request is refused with: a status code and the reason."""


class Refused(Exception):
    """Ends a request with an HTTP status and {"error": reason}."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code = code


def bad_request(reason: str) -> Refused:
    return Refused(400, reason)


def not_found(model: str, version: str | None) -> Refused:
    """In TensorFlow Serving's words."""
    which = f"Specific({model}, {version})" if version else f"Latest({model})"
    return Refused(404, f"Servable not found for request: {which}")
