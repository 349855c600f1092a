"""The network: namespaces at one bridge, without a way out of it.

    hub: bridge, 10.99.0.0/24
      |-- coordinator 10.99.0.2
      |-- node 1      10.99.0.11 -- lan:      192.168.77.1/24 -- host 192.168.77.2 (node 1 routes to it)
      |-- node 2      10.99.0.12 -- internet: 203.0.113.1/24  -- host 203.0.113.2, 198.51.100.2  (node 2 is the exit to it)
      |-- node N      10.99.0.(10 + N)

Names begin with the process's id, so that runs beside each other do not meet, and all of it goes with the lab.
"""

import os

from .shell import run

NETWORK = "10.99.0"
LAN = "192.168.77"
INTERNET = "203.0.113"
FAR_HOST = "198.51.100.2"  # behind a router: an exit node does not lead to networks that it is in itself


class Lab:
    """Owns its namespaces; close() removes them."""

    def __init__(self) -> None:
        self._prefix = f"st{os.getpid()}"
        self._namespaces: list[str] = []
        self._hub = self._add("hub")
        self._links = 0
        run("ip", "-n", self._hub, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self._hub, "link", "set", "br0", "up")

    def _add(self, name: str) -> str:
        namespace = f"{self._prefix}-{name}"
        run("ip", "netns", "add", namespace)
        self._namespaces.append(namespace)
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        # An address of IPv6 that is tentative for two seconds would be a candidate that fails.
        run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        return namespace

    def place(self, name: str, last: int) -> str:
        """A namespace at the bridge, with the network's address that ends so."""
        namespace = self._add(name)
        self._wire(namespace, "eth0", self._hub, f"{NETWORK}.{last}/24")
        return namespace

    def _wire(self, namespace: str, device: str, hub: str, address: str) -> None:
        self._links += 1
        port = f"p{self._links}"
        run("ip", "link", "add", port, "netns", hub, "type", "veth", "peer", "name", device, "netns", namespace)
        run("ip", "-n", hub, "link", "set", port, "master", "br0", "up")
        run("ip", "-n", namespace, "addr", "add", address, "dev", device)
        run("ip", "-n", namespace, "link", "set", device, "up")

    def behind(self, gateway: str, name: str, network: str) -> str:
        """A host that only this namespace reaches, over a link of its own."""
        namespace = self._add(name)
        device = f"{name}0"
        run("ip", "link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", device, "netns", gateway)
        run("ip", "-n", gateway, "addr", "add", f"{network}.1/24", "dev", device)
        run("ip", "-n", gateway, "link", "set", device, "up")
        run("ip", "-n", namespace, "addr", "add", f"{network}.2/24", "dev", "eth0")
        run("ip", "-n", namespace, "link", "set", "eth0", "up")
        run("ip", "-n", namespace, "route", "add", "default", "via", f"{network}.1")
        run("ip", "netns", "exec", gateway, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        return namespace

    def internet(self, gateway: str) -> None:
        """A network with a host behind its router, to which this namespace has the default route."""
        namespace = self.behind(gateway, "internet", INTERNET)
        run("ip", "-n", namespace, "addr", "add", f"{FAR_HOST}/32", "dev", "lo")
        run("ip", "-n", gateway, "route", "add", "default", "via", f"{INTERNET}.2")

    @staticmethod
    def block_udp(namespace: str) -> None:
        """No UDP in or out by the network, as behind a strict firewall: only a relay over TCP is left."""
        rules = """
            table inet stock {
              chain in { type filter hook input priority -10; iifname eth0 meta l4proto udp drop; }
              chain out { type filter hook output priority -10; oifname eth0 meta l4proto udp drop; }
            }"""
        run("ip", "netns", "exec", namespace, "nft", "-f", "-", stdin=rules)

    @staticmethod
    def allow_udp(namespace: str) -> None:
        run("ip", "netns", "exec", namespace, "nft", "delete", "table", "inet", "stock")

    def close(self) -> None:
        for namespace in reversed(self._namespaces):
            run("ip", "netns", "del", namespace, check=False)
        self._namespaces.clear()
