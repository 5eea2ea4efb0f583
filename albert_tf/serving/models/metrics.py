"""Metrics for Prometheus."""

import prometheus_client

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The metrics of one server, including the process's memory and CPU time.

    Labels have only names of loaded models as values, so that clients cannot
    create new time series.
    """

    def __init__(self):
        self._registry = prometheus_client.CollectorRegistry()
        prometheus_client.ProcessCollector(registry=self._registry)
        self.requests = prometheus_client.Counter(
            "albert_requests",
            "Predict requests by model and HTTP status.",
            ["model", "code"],
            registry=self._registry,
        )
        self.seconds = prometheus_client.Histogram(
            "albert_request_seconds",
            "Seconds from a request's headers to its answer, for requests "
            "answered with 200.",
            ["model"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = prometheus_client.Gauge(
            "albert_requests_in_flight",
            "Predict requests being read, waiting or running.",
            registry=self._registry,
        )
        self.queue = prometheus_client.Gauge(
            "albert_queue_requests",
            "Requests waiting for a batch.",
            registry=self._registry,
        )
        self.batch_rows = prometheus_client.Histogram(
            "albert_batch_rows",
            "Number of texts or rows in a batch.",
            buckets=_ROWS,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return prometheus_client.generate_latest(self._registry)


CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
