"""A node of another implementation: tailscaled with a TUN device, and its command tailscale."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .shell import Failed, run


class Node:
    """Owns the daemon. Its /etc/resolv.conf is its own, so that it may write it."""

    def __init__(self, peers: Path, name: str, namespace: str, folder: Path) -> None:
        self.name = name
        self.namespace = namespace
        self._tailscale = str(peers / "tailscale")
        self._tailscaled = str(peers / "tailscaled")
        self._folder = folder / name
        self._folder.mkdir()
        self._process: subprocess.Popen | None = None
        self.log = folder / f"{name}.log"

    def start(self) -> None:
        resolv = self._folder / "resolv.conf"
        resolv.touch()
        daemon = [
            *(self._tailscaled, "--tun=tailscale0", f"--statedir={self._folder}"),
            *(f"--socket={self._socket}", "--port=41641"),
        ]
        own_names = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(resolv)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, *own_names, *daemon],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # It may not call home: there is no way out, and to try costs time.
                env=os.environ | {"TS_NO_LOGS_NO_SUPPORT": "true"},
            )
        until(f"{self.name}'s daemon answers", 30, lambda: self._socket.exists())

    @property
    def _socket(self) -> Path:
        return self._folder / "socket"

    def words(self, *words: str) -> list[str]:
        """A command in the node's network, with its names."""
        if self._process is None:
            raise Failed(f"{self.name} does not run")
        return ["nsenter", "-t", str(self._process.pid), "-m", "-n", *words]

    def run(self, *words: str, timeout: float = 30, check: bool = True) -> subprocess.CompletedProcess:
        return run(*self.words(*words), timeout=timeout, check=check)

    def tailscale(self, *words: str, timeout: float = 30, check: bool = True) -> subprocess.CompletedProcess:
        return self.run(self._tailscale, f"--socket={self._socket}", *words, timeout=timeout, check=check)

    def popen(self, *words: str, **streams: object) -> subprocess.Popen:
        """A command that goes on; the caller ends it."""
        return subprocess.Popen(self.words(*words), text=True, **streams)

    def log_in_by_link(self, url: str, visit: Callable[[str], str], seconds: float) -> str:
        """Runs `tailscale up` without a key and has somebody visit the link that it shows; what they say, once it is in."""
        words = [self._tailscale, f"--socket={self._socket}", "up", "--reset", "--force-reauth"]
        words += [f"--login-server={url}", f"--hostname={self.name}"]
        said = self._folder / "login"
        with said.open("wb") as file:
            process = self.popen(*words, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        try:
            until("it shows a link", seconds, lambda: re.search(r"https?://\S+/register/\S+", said.read_text()))
            found = re.search(r"https?://\S+/register/\S+", said.read_text())
            heard = visit(found.group() if found else "")
            if process.wait(seconds) != 0:
                raise Failed(f"tailscale up: status {process.returncode}: {said.read_text()}")
            return heard
        except subprocess.TimeoutExpired as late:
            raise Failed(f"tailscale up does not end: {said.read_text()}") from late
        finally:
            process.kill()
            process.wait()

    def status(self) -> dict:
        return json.loads(self.tailscale("status", "--json").stdout)

    def address(self) -> str:
        """Its address of IPv4 in the mesh."""
        return self.status()["Self"]["TailscaleIPs"][0]

    def ping_mesh(self, target: str, timeout: float = 5) -> str:
        """One ping by the mesh's own protocol: by which way it was answered."""
        said = self.tailscale(
            "ping", "-c", "1", "--until-direct=false", f"--timeout={timeout:g}s", target, timeout=timeout + 10, check=False
        )
        if said.returncode != 0:
            raise Failed(f"{self.name} pings {target}: {said.stdout.strip()} {said.stderr.strip()}")
        return said.stdout.strip()

    def reaches(self, address: str, within: float = 1) -> bool:
        """Whether a ping (ICMP) is answered."""
        return self.run("ping", "-n", "-c", "1", "-W", f"{within:g}", address, check=False).returncode == 0

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(what: str, seconds: float, holds: Callable[[], object]) -> float:
    """Waits until something holds; the seconds that took. Raises Failed if it does not in time."""
    begun = time.monotonic()
    last: Exception | None = None
    while True:
        try:
            if holds():
                return time.monotonic() - begun
            last = None
        except Failed as failed:
            last = failed
        if time.monotonic() - begun > seconds:
            raise Failed(f"not within {seconds:g} s: {what}" + (f" ({last})" if last else ""))
        time.sleep(0.05)
