"""What was tried and what came of it: lines while it runs, then a document for programs and one for people."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .shell import Failed


@dataclass
class Step:
    """One thing that has to work. `seconds` is how long it took, `figures` what was measured in it."""

    name: str
    outcome: str  # "pass", "fail" or "not tried"
    seconds: float
    figures: dict[str, object] = field(default_factory=dict)
    said: str = ""


class Report:
    def __init__(self, subject: dict[str, object]) -> None:
        self._subject = subject
        self._steps: list[Step] = []

    def step(self, name: str, does: Callable[[dict[str, object]], str | None]) -> bool:
        """Runs a step, which notes figures and returns what is worth showing. A failure is noted and the run goes on."""
        begun = time.monotonic()
        figures: dict[str, object] = {}
        try:
            said, outcome = does(figures) or "", "pass"
        except Failed as failed:
            said, outcome = str(failed), "fail"
        step = Step(name, outcome, round(time.monotonic() - begun, 2), figures, said.strip())
        self._steps.append(step)
        print(line(step), flush=True)
        return outcome == "pass"

    def skip(self, name: str, why: str) -> None:
        """What cannot be tried counts as not passed."""
        self._steps.append(Step(name, "not tried", 0, {}, why))
        print(line(self._steps[-1]), flush=True)

    def passed(self) -> bool:
        return bool(self._steps) and all(step.outcome == "pass" for step in self._steps)

    def write(self, base: Path) -> None:
        """Writes BASE.json and BASE.md."""
        base.parent.mkdir(parents=True, exist_ok=True)
        document = {"schema": 1, **self._subject, "steps": [asdict(step) for step in self._steps]}
        base.with_suffix(".json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        base.with_suffix(".md").write_text(self._markdown())

    def _markdown(self) -> str:
        passes = sum(step.outcome == "pass" for step in self._steps)
        text = [f"# Unmodified tailscale nodes: {passes} of {len(self._steps)} steps pass", ""]
        text += [f"- {key}: {value}" for key, value in self._subject.items()]
        text += ["", "| step | | s | figures |", "| --- | --- | --- | --- |"]
        for step in self._steps:
            figures = ", ".join(f"{key} {value}" for key, value in step.figures.items())
            text.append(f"| {step.name} | {step.outcome} | {step.seconds:.2f} | {figures} |")
        for step in self._steps:
            if step.said:
                text += ["", f"## {step.name}", "", "```", *step.said.splitlines()[:40], "```"]
        return "\n".join(text) + "\n"


def line(step: Step) -> str:
    figures = ", ".join(f"{key} {value}" for key, value in step.figures.items())
    tail = f"  {figures}" if figures else ""
    if step.outcome != "pass":
        tail += f"\n      {step.said}"
    return f"{step.outcome:9} {step.seconds:7.2f} s  {step.name}{tail}"
