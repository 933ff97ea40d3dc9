"""Two nodes on one PostgreSQL and one Redis behind a balancer, and the ways to hurt them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import postgres, redis
from tests.e2e.served import Served, free_port
from tests.soak.balancer import Balancer

NODES = 2


@dataclass
class Site:
    """What runs."""

    nodes: list[Served]
    redis: redis.Server
    balancer: Balancer
    database: str

    @property
    def url(self) -> str:
        """The address that people use."""
        return self.balancer.url

    def cut_redis(self) -> int:
        """Cut every connection to Redis, as a network does; gives how many there were."""
        return sum(int(self.redis.ask("CLIENT", "KILL", "TYPE", kind)) for kind in ("normal", "pubsub"))

    def restart_redis(self) -> None:
        """Kill Redis and start it again: it comes back empty."""
        self.redis.stop()
        self.redis.start()


@contextmanager
def running(folder: Path, seed: int) -> Iterator[Site]:
    """Run two nodes for the length of the block."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running(durable=True))
        name = stack.enter_context(server.database())
        store = stack.enter_context(redis.running())
        ports = [free_port() for _ in range(NODES)]
        balancer = Balancer(ports, seed)
        balancer.start()
        stack.callback(balancer.stop)
        environment = {
            "CURBSIDE_DATABASE_URL": server.address(name),
            "CURBSIDE_BACKPLANE_URL": store.url,
            "CURBSIDE_PUBLIC_URL": balancer.url,
            "CURBSIDE_TRUSTED_PROXIES": "127.0.0.1",
        }
        nodes = [Served(folder / "var", environment, port=port) for port in ports]
        for node in nodes:
            stack.callback(node.stop)
        with ThreadPoolExecutor() as side_by_side:
            list(side_by_side.map(Served.start, nodes))
        yield Site(nodes, store, balancer, server.address(name))
