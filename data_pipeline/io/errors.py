"""The errors that a user's input can cause."""

# Any other error is a bug and keeps its traceback.
USER_ERRORS = (
    ValueError,
    OSError,
    ImportError,
    FloatingPointError,
    MemoryError,
)
