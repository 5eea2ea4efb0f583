"""An ALBERT that writes: a decoder on the encoder, and how it writes."""
