"""The command line: puts network, coordinator and nodes together, runs the steps, and takes all apart."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .coordinator import ADDRESS, URL, Coordinator
from .lab import NETWORK, Lab
from .node import Node
from .report import Report
from .shell import Failed, out
from .steps import Steps

ROOT = Path(__file__).resolve().parents[4]
RESULTS = ROOT / "interop" / "results"


class Recording:
    """Owns the process that stands between the nodes and the coordinator."""

    def __init__(self, namespace: str, file: Path) -> None:
        self._words = ["ip", "netns", "exec", namespace, str(ROOT / "interop" / "stock" / "record")]
        self._words += [f"{NETWORK}.3:8480", f"{ADDRESS}:8480", str(file)]
        self._log = file.with_suffix(".log")
        self._process: subprocess.Popen | None = None

    def start(self) -> str:
        """The address for nodes."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return f"http://{NETWORK}.3:8480"

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="interop/stock/run",
        description="Runs unmodified tailscale nodes against this coordinator, in namespaces without a way out. Needs root.",
        epilog="PENSTOCK_PEERS is the folder with tailscale and tailscaled. Exit codes: 0 all pass, 1 not, 2 wrong usage.",
    )
    parser.add_argument("--nodes", type=int, default=2, help="how many (default: 2)")
    parser.add_argument("--program", type=Path, default=ROOT / "penstock", help="the program (default: the checkout's)")
    parser.add_argument("--results", type=Path, help=f"base name of the documents (default: {RESULTS}/DATE-stock-N)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="for what is chosen at random")
    parser.add_argument("--record", type=Path, help="note in this file what the nodes ask, by a recorder in between")
    parser.add_argument("--keep", action="store_true", help="keep logs and state, and say where")
    chosen = parser.parse_args(words)
    if not 2 <= chosen.nodes <= 200:
        parser.error("--nodes is 2 to 200")
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces and TUN devices")
    if not os.environ.get("PENSTOCK_PEERS"):
        parser.error("set PENSTOCK_PEERS to the folder with tailscale and tailscaled")
    return chosen


def main(words: list[str]) -> int:
    chosen = arguments(words)
    peers = Path(os.environ["PENSTOCK_PEERS"])
    folder = Path(tempfile.mkdtemp(prefix="penstock-stock-"))
    lab = Lab()
    started: list[Node | Coordinator | Recording] = []
    try:
        coordinator = Coordinator(chosen.program, lab.place("coordinator", 2), folder)
        report = Report(
            {
                "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()) + " UTC",
                "command": f"interop/stock/run --nodes {chosen.nodes} --seed {chosen.seed}",
                "coordinator": coordinator.version(),
                "nodes": f"{chosen.nodes} x tailscale {out(str(peers / 'tailscale'), 'version').split()[0]}, unmodified",
                "machine": f"Linux {platform.release()}, {os.cpu_count()} cores",
            }
        )
        started.append(coordinator)

        def begin(figures: dict[str, object]) -> str:
            figures["listening after"] = f"{coordinator.start():.2f} s"
            return ""

        if report.step("the coordinator starts from nothing", begin):
            url = URL
            if chosen.record:
                recorder = Recording(lab.place("recorder", 3), chosen.record)
                started.append(recorder)
                url = recorder.start()
            nodes = []
            for number in range(chosen.nodes):
                name = f"n{number + 1}"
                node = Node(peers, name, lab.place(name, 11 + number), folder)
                started.append(node)
                node.start()
                nodes.append(node)
            Steps(lab, coordinator, url, nodes, chosen.seed).run(report)
        base = chosen.results or RESULTS / f"{time.strftime('%Y-%m-%d', time.gmtime())}-stock-{chosen.nodes}"
        report.write(base)
        print(f"written: {base}.json, {base}.md")
        return 0 if report.passed() else 1
    except Failed as failed:
        print(f"interop/stock/run: {failed}", file=sys.stderr)
        return 1
    finally:
        for running in reversed(started):
            try:
                running.stop()
            except Failed as failed:
                print(f"interop/stock/run: {failed}", file=sys.stderr)
        lab.close()
        if chosen.keep:
            print(f"logs and state: {folder}")
        else:
            shutil.rmtree(folder)
