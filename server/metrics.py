"""What Prometheus may ask this process: every instrument, and what counts into it (docs/guides/metrics.md).

Labels are words of closed sets, written down here or in the code: never a name, an id, a path or an address.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from signaling import CLIENT_TYPES, SERVER_TYPES, Code, Ending, IcePath, Kind, LinkQuality

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
REQUESTS: Final = (0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
JOINS: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
FRAMES: Final = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30)
DELAYS: Final = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.6, 1, 2)
SHARES: Final = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.35, 0.5, 1)


class Metrics:
    """The instruments of one process. It is what signaling counts into (`signaling.Measures`)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._behind: tuple[Gauge, Gauge] | None = None
        self._count_connections()
        self._count_messages()
        self._count_links()
        self._count_server()

    def text(self) -> bytes:
        """Give everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def watch(self, census: Callable[[], Mapping[Kind, int]], rooms: Callable[[], int]) -> None:
        """Ask these how many connections and rooms there are, each time that somebody looks."""
        gauge = self._gauge("connections", "Open WebSockets.", "kind")
        for kind in get_args(Kind):
            gauge.labels(kind).set_function(partial(_of, census, kind))
        self._gauge("rooms", "Call rooms in which something happened lately.").set_function(rooms)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answered request; `route` is its template, and unknown ones share one word."""
        word = method if method in METHODS else "other"
        self._requests.labels(word, route, f"{status // 100}xx").observe(seconds)

    def job_failed(self, job: str) -> None:
        """Count a job that raised an error."""
        self._jobs.labels(job).inc()

    def jobs(self, names: Iterable[str]) -> None:
        """Begin to count the failures of these jobs, from nought."""
        for name in names:
            self._jobs.labels(name)

    def rows(self, *, sealing_lag: float, mail_due: float) -> None:
        """Note how far the database's work is behind: seconds, and messages. Never noted, it is not shown at all."""
        if self._behind is None:
            lag = self._gauge("audit_sealing_lag_seconds", "Age of the oldest audit event without a seal.")
            self._behind = lag, self._gauge("outbox_due", "Mail and text messages that are due and not sent.")
        for gauge, value in zip(self._behind, (sealing_lag, mail_due), strict=True):
            gauge.set(value)

    # signaling.Measures

    def joined(self, kind: Kind, seconds: float) -> None:
        """Count a join, and the seconds from the open socket to it."""
        self._joins.labels("ok").inc()
        self._join_seconds.labels(kind).observe(seconds)

    def join_refused(self, code: Code) -> None:
        """Count a join that was refused."""
        self._joins.labels(code).inc()

    def closed(self, kind: Kind, ending: Ending) -> None:
        """Count a connection that is over."""
        self._drops.labels(kind, ending).inc()

    def reconnected(self, how: str) -> None:
        """Count somebody who is back."""
        self._reconnects.labels(how).inc()

    def received(self, type_: str) -> None:
        """Count a message from a client."""
        self._in[type_] += 1

    def sent(self, type_: str) -> None:
        """Count a message to a client."""
        self._out[type_] += 1

    def appended(self, seconds: float) -> None:
        """Note how long the backplane took for one entry."""
        self._appends.observe(seconds)

    def backplane_lost(self) -> None:
        """Count a link to the backplane that broke."""
        self._links_lost.inc()

    def link(self, quality: LinkQuality) -> None:
        """Note how a link of a call is."""
        self._paths.labels(quality.path or "unknown").inc()
        self._loss.observe(quality.loss)
        self._frozen.observe(quality.frozen)
        for histogram, milliseconds in (
            (self._rtt, quality.rtt),
            (self._jitter, quality.jitter),
            (self._first_frame, quality.first_frame),
        ):
            if milliseconds is not None:
                histogram.observe(milliseconds / 1000)

    # The instruments

    def _count_connections(self) -> None:
        self._joins = self._counter("joins", "Joins by outcome: ok, or the code of the refusal.", "outcome")
        self._join_seconds = self._histogram("join_seconds", "From the open socket to the join.", JOINS, "kind")
        self._drops = self._counter("connections_closed", "Connections that ended, by reason.", "kind", "reason")
        self._reconnects = self._counter("reconnects", "People who came back to their call.", "how")
        for outcome in ("ok", *get_args(Code)):
            self._joins.labels(outcome)
        for kind in get_args(Kind):
            for reason in get_args(Ending):
                self._drops.labels(kind, reason)
        for how in ("resumed", "snapshot"):
            self._reconnects.labels(how)

    def _count_messages(self) -> None:
        self._in = dict.fromkeys((*CLIENT_TYPES, "invalid"), 0)
        self._out = dict.fromkeys(SERVER_TYPES, 0)
        self.registry.register(_Tally("messages_received", "Messages from clients by type.", self._in))
        self.registry.register(_Tally("messages_sent", "Messages to clients by type.", self._out))
        self._appends = self._histogram("backplane_append_seconds", "Putting one entry into a room's log.", FAST)
        self._links_lost = self._counter("backplane_links_lost", "Links to Redis that broke.")

    def _count_links(self) -> None:
        self._paths = self._counter("link_reports", "Reports of links, about one in 5 s each, by network path.", "path")
        for path in (*get_args(IcePath), "unknown"):
            self._paths.labels(path)
        self._first_frame = self._histogram("first_frame_seconds", "A link's opening to its first picture.", FRAMES)
        self._rtt = self._histogram("link_rtt_seconds", "Round trip, as reported by browsers.", DELAYS)
        self._jitter = self._histogram("link_jitter_seconds", "Jitter, as reported by browsers.", DELAYS)
        self._loss = self._histogram("link_loss_ratio", "Share of packets lost, as reported by browsers.", SHARES)
        self._frozen = self._histogram("link_frozen_ratio", "Share of time that the picture stood still.", SHARES)

    def _count_server(self) -> None:
        self._requests = self._histogram(
            "http_request_seconds", "Requests by route template.", REQUESTS, "method", "route", "status"
        )
        self._jobs = self._counter("job_failures", "Times a background job raised an error.", "job")

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"curbside_{name}", words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(f"curbside_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"curbside_{name}", words, labels, buckets=buckets, registry=self.registry)


class _Tally(Collector):
    """Counts by type, kept as plain numbers: for one relayed message there are two, and a `Counter` takes a lock."""

    def __init__(self, name: str, words: str, counts: Mapping[str, int]) -> None:
        self._name, self._words, self._counts = f"curbside_{name}", words, counts

    def collect(self) -> Iterable[Metric]:
        """Give them as they are now."""
        family = CounterMetricFamily(self._name, self._words, labels=["type"])
        for type_, count in self._counts.items():
            family.add_metric([type_], count)
        yield family


def _of(census: Callable[[], Mapping[Kind, int]], kind: Kind) -> float:
    return census()[kind]
