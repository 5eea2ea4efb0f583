"""keras-hub's presets of ALBERT, read and written without keras-hub."""
