"""Documents to record files, on many processes or a Beam runner."""
