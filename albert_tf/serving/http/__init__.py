"""Connections, limits and bodies, before a request is read."""
