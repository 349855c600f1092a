"""What has to work, in an order in which each step finds what it needs."""

import random
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from . import lab as network
from .coordinator import URL, Coordinator
from .lab import Lab
from .node import Node, until
from .person import Person
from .report import Report
from .shell import Failed

CUT_OFF_S = 2.0
JOIN_S = 60
PATH_S = 40
PINGS_PER_SECOND = 50
LAN_HOST = f"{network.LAN}.2"
INTERNET_HOST = network.FAR_HOST

OWNERS = '"tagOwners": {"tag:one": [], "tag:two": [], "tag:many": []}'
OPEN = f'{{{OWNERS}, "acls": [{{"action": "accept", "src": ["*"], "dst": ["*:*"]}}]}}'
# The second tag reaches nobody and is reached by nobody.
REST = '"src": ["tag:one", "tag:many"], "dst": ["tag:one:*", "tag:many:*"]'
CUT = f'{{{OWNERS}, "acls": [{{"action": "accept", {REST}}}]}}'
Figures = dict[str, object]


def tag(number: int) -> str:
    return {0: "tag:one", 1: "tag:two"}.get(number, "tag:many")


class Steps:
    """The steps over one coordinator and its nodes; the first two nodes do most."""

    def __init__(self, lab: Lab, coordinator: Coordinator, url: str, nodes: list[Node], seed: int) -> None:
        self._lab = lab
        self._coordinator = coordinator
        self._url = url  # by which nodes reach it
        self._nodes = nodes
        self._one, self._two = nodes[0], nodes[1]
        self._random = random.Random(seed)

    def run(self, report: Report) -> None:
        if not report.step(f"{len(self._nodes)} nodes join by a pre-auth key", self._join):
            report.skip("everything else", "nobody joined")
            return
        steps: list[tuple[str, Callable[[Figures], str | None]]] = [
            ("each sees all others", self._see_all),
            ("ping each other directly", self._direct),
            ("random pairs ping each other", self._random_pairs),
            ("resolve names of the mesh", self._names),
            ("ping through the relay while UDP is blocked", self._relayed),
            ("find the direct path again", self._direct_again),
            ("use a subnet route", self._subnet),
            ("use an exit node", self._exit),
            (f"cut off by a policy within {CUT_OFF_S:g} s", self._cut_off),
            ("let in again by a policy", self._let_in),
            ("traffic survives a restart of the coordinator", self._restart),
            ("changes arrive after the restart", self._changes),
            ("log out", self._log_out),
            ("log in by a link, confirmed by a person", self._link),
            ("the coordinator logged no warning", self._quiet),
        ]
        for name, does in steps:
            report.step(name, does)

    def _join(self, figures: Figures) -> str:
        keys = {
            name: self._coordinator.admin("keys", "create", "--tags", name, "--reusable", "-q").strip()
            for name in sorted({tag(number) for number in range(len(self._nodes))})
        }

        def up(numbered: tuple[int, Node]) -> float:
            number, node = numbered
            begun = time.monotonic()
            words = ("up", f"--login-server={self._url}", f"--auth-key={keys[tag(number)]}", f"--hostname={node.name}")
            node.tailscale(*words, timeout=JOIN_S)
            return time.monotonic() - begun

        with ThreadPoolExecutor(8) as pool:
            seconds = sorted(pool.map(up, enumerate(self._nodes)))
        figures["slowest"] = f"{seconds[-1]:.2f} s"
        figures["median"] = f"{seconds[len(seconds) // 2]:.2f} s"
        return self._coordinator.admin("nodes", "list")

    def _see_all(self, figures: Figures) -> str:
        others = len(self._nodes) - 1

        def sees(node: Node) -> bool:
            return len(node.status().get("Peer") or {}) == others

        for node in self._nodes:
            until(f"{node.name} sees {others} others", 20, lambda node=node: sees(node))
        return self._one.tailscale("status").stdout

    def _ping_way(self, way: str, seconds: float = PATH_S) -> str:
        """Pings until the answer comes this way; the last answer."""
        last = ""

        def came() -> bool:
            nonlocal last
            last = self._one.ping_mesh(self._two.name)
            return way in last

        until(f"a ping by {way} (last: {last})", seconds, came)
        return last

    def _direct(self, figures: Figures) -> str:
        begun = time.monotonic()
        said = self._ping_way(f"via {network.NETWORK}.")
        figures["direct after"] = f"{time.monotonic() - begun:.2f} s"
        plain = self._one.run("ping", "-n", "-c", "20", "-i", "0.05", self._two.address()).stdout
        return f"{said}\n{plain}"

    def _random_pairs(self, figures: Figures) -> str:
        pairs = min(20, len(self._nodes) * (len(self._nodes) - 1) // 2)
        ways: list[str] = []
        for _ in range(pairs):
            one, other = self._random.sample(self._nodes, 2)
            until(f"{one.name} reaches {other.name}", 20, lambda one=one, other=other: one.ping_mesh(other.name))
            until(f"{one.name} pings {other.name}", 10, lambda one=one, other=other: one.reaches(other.address()))
            ways.append(f"{one.name} to {other.name}: {one.ping_mesh(other.name)}")
        figures["pairs"] = pairs
        return "\n".join(ways)

    def _names(self, figures: Figures) -> str:
        said = []
        for name in (self._two.name, f"{self._two.name}.{self._domain()}"):
            answer = self._one.run("getent", "ahostsv4", name).stdout
            if self._two.address() not in answer:
                raise Failed(f"{name} is {answer!r} and not {self._two.address()}")
            said.append(answer.splitlines()[0])
        absent = self._one.run("getent", "ahostsv4", f"nobody.{self._domain()}", check=False)
        if absent.returncode == 0:
            raise Failed(f"a name that nobody has is {absent.stdout!r}")
        return "\n".join(said)

    def _domain(self) -> str:
        """What is behind the node's own label, without the dot at its end."""
        return self._two.status()["Self"]["DNSName"].rstrip(".").partition(".")[2]

    def _relayed(self, figures: Figures) -> str:
        before = self._coordinator.metric("penstock_relay_packets_total")
        self._lab.block_udp(self._one.namespace)
        begun = time.monotonic()
        said = self._ping_way("via DERP(")
        figures["relayed after"] = f"{time.monotonic() - begun:.2f} s"
        ping = self._one.run("ping", "-n", "-c", "20", "-i", "0.05", "-W", "2", self._two.address()).stdout
        loss = lost(ping)
        figures["lost"] = f"{loss} of 20"
        if loss:
            raise Failed(ping)
        carried = self._coordinator.metric("penstock_relay_packets_total") - before
        figures["packets of the relay"] = int(carried)
        if carried < 40:
            raise Failed(f"the relay counts {carried} packets: somebody else's relay?")
        return f"{said}\n{ping}"

    def _direct_again(self, figures: Figures) -> str:
        self._lab.allow_udp(self._one.namespace)
        begun = time.monotonic()
        said = self._ping_way(f"via {network.NETWORK}.", 90)
        figures["direct after"] = f"{time.monotonic() - begun:.2f} s"
        return said

    def _subnet(self, figures: Figures) -> str:
        route = f"{network.LAN}.0/24"
        self._lab.behind(self._one.namespace, "lan", network.LAN)
        self._one.tailscale("set", f"--advertise-routes={route}")
        self._two.tailscale("set", "--accept-routes")
        if self._two.reaches(LAN_HOST):
            raise Failed("the route is used before somebody approved it")
        until("the coordinator knows the offer", 10, lambda: route in self._coordinator.admin("routes", "list"))
        begun = time.monotonic()
        self._coordinator.admin("routes", "approve", self._one.name, route)
        until("the host behind it answers", 10, lambda: self._two.reaches(LAN_HOST))
        figures["after the approval"] = f"{time.monotonic() - begun:.2f} s"
        return self._coordinator.admin("routes", "list")

    def _exit(self, figures: Figures) -> str:
        self._lab.internet(self._two.namespace)
        self._two.tailscale("set", "--advertise-exit-node")
        until("the coordinator knows the offer", 10, lambda: "0.0.0.0/0" in self._coordinator.admin("routes", "list"))
        self._coordinator.admin("routes", "approve", self._two.name, "exit")
        until("the offer is told", 10, lambda: self._two.name in self._exits())
        if self._one.reaches(INTERNET_HOST):
            raise Failed("the internet is reached without an exit node")
        begun = time.monotonic()
        self._one.tailscale("set", f"--exit-node={self._two.name}", "--exit-node-allow-lan-access")
        until("a host of the internet answers", 10, lambda: self._one.reaches(INTERNET_HOST))
        figures["after its choice"] = f"{time.monotonic() - begun:.2f} s"
        listed = self._exits()
        self._one.tailscale("set", "--exit-node=")
        until("the internet is gone without it", 10, lambda: not self._one.reaches(INTERNET_HOST))
        return listed

    def _exits(self) -> str:
        return self._one.tailscale("exit-node", "list", check=False).stdout

    def _policy(self, text: str) -> None:
        file = self._coordinator.folder / "policy.hujson"
        file.write_text(text)
        self._coordinator.admin("policy", "set", str(file))

    def _cut_off(self, figures: Figures) -> str:
        self._policy(OPEN)
        until("both reach each other", 10, lambda: self._one.reaches(self._two.address()))
        stream = PingStream(self._one, self._two.address())
        time.sleep(1)
        begun = time.time()
        self._policy(CUT)
        done = time.time()
        time.sleep(CUT_OFF_S + 2)
        replies = stream.end()
        if not any(moment < begun for moment in replies):
            raise Failed("nothing was answered before the change")
        last = max(replies)
        figures["last answer after the change was acknowledged"] = f"{(last - done) * 1000:.0f} ms"
        figures["and after it was sent"] = f"{(last - begun) * 1000:.0f} ms"
        if last - done > CUT_OFF_S:
            raise Failed(f"answered until {last - done:.2f} s after the change was acknowledged")
        return self._one.tailscale("status").stdout

    def _let_in(self, figures: Figures) -> str:
        begun = time.monotonic()
        self._policy(OPEN)
        until("both reach each other", 10, lambda: self._one.reaches(self._two.address()))
        figures["after"] = f"{time.monotonic() - begun:.2f} s"
        return ""

    def _restart(self, figures: Figures) -> str:
        self._ping_way(f"via {network.NETWORK}.")
        stream = PingStream(self._one, self._two.address())
        time.sleep(1)
        figures["ended in"] = f"{self._coordinator.stop():.2f} s"
        time.sleep(3)
        figures["started in"] = f"{self._coordinator.start():.2f} s"
        back = until("all nodes follow their maps again", 90, self._all_follow)
        figures["all nodes back after"] = f"{back:.2f} s"
        time.sleep(1)
        replies = stream.end()
        gap = max(later - earlier for earlier, later in zip(replies, replies[1:], strict=False))
        figures["longest gap of traffic"] = f"{gap * 1000:.0f} ms"
        figures["lost"] = f"{stream.sent - len(replies)} of {stream.sent}"
        if gap > 1:
            raise Failed(f"traffic stood still for {gap:.2f} s")
        return ""

    def _all_follow(self) -> bool:
        return self._coordinator.metric("penstock_machine_map_streams") >= len(self._nodes)

    def _changes(self, figures: Figures) -> str:
        begun = time.monotonic()
        self._coordinator.admin("nodes", "rename", self._two.name, "renamed")
        until("another node knows the new name", 20, lambda: "renamed" in self._one.tailscale("status").stdout)
        figures["after"] = f"{time.monotonic() - begun:.2f} s"
        self._coordinator.admin("nodes", "rename", "renamed", self._two.name)
        until("and the old one", 20, lambda: f"{self._two.name} " in self._one.tailscale("status").stdout)
        return self._one.tailscale("status").stdout

    def _link(self, figures: Figures) -> str:
        person = Person(self._coordinator.namespace, URL, self._coordinator.folder)
        person.become_administrator(self._coordinator.first_link())
        confirmed = 0.0

        def visit(link: str) -> str:
            nonlocal confirmed
            heading = person.let_in(link)
            confirmed = time.monotonic()
            return heading

        heading = self._two.log_in_by_link(self._url, visit, JOIN_S)
        figures["in after the confirmation"] = f"{time.monotonic() - confirmed:.2f} s"
        address = self._two.address()
        until("others reach it", 10, lambda: self._one.reaches(address))
        return f"{heading}\n{self._coordinator.admin('nodes', 'list')}"

    def _log_out(self, figures: Figures) -> str:
        address = self._two.address()
        begun = time.monotonic()
        self._two.tailscale("logout")
        until("it is logged out", 10, lambda: "Logged out" in self._two.tailscale("status", check=False).stdout)
        until("nobody reaches it", 10, lambda: not self._one.reaches(address, 0.5))
        figures["gone after"] = f"{time.monotonic() - begun:.2f} s"
        return f"{self._two.tailscale('status', check=False).stdout}\n{self._coordinator.admin('nodes', 'list')}"

    def _quiet(self, figures: Figures) -> str:
        faults = self._coordinator.faults()
        if faults:
            raise Failed("\n".join(faults[:10]))
        return ""


def lost(ping: str) -> int:
    """How many of the packets that ping sent were not answered."""
    counts = re.search(r"(\d+) packets transmitted, (\d+) received", ping)
    if counts is None:
        raise Failed(f"ping says {ping!r}")
    return int(counts.group(1)) - int(counts.group(2))


class PingStream:
    """Pings many times a second until it is ended."""

    def __init__(self, node: Node, address: str) -> None:
        interval = f"{1 / PINGS_PER_SECOND:g}"
        self._process = node.popen("ping", "-n", "-D", "-i", interval, address, stdout=subprocess.PIPE)
        self.sent = 0

    def end(self) -> list[float]:
        """Ends it: the moments of the answers, as seconds since 1970."""
        self._process.send_signal(2)
        text, _ = self._process.communicate(timeout=20)
        counts = re.search(r"(\d+) packets transmitted", text)
        self.sent = int(counts.group(1)) if counts else 0
        replies = [float(moment) for moment in re.findall(r"^\[([0-9.]+)\] \d+ bytes from", text, re.MULTILINE)]
        if not replies:
            raise Failed(f"no ping was answered: {text[-500:]}")
        return replies

