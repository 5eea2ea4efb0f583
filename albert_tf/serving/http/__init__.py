"""Connections, bodies, hosts and limits: what precedes parsing a request."""
