"""Results as Markdown: medians with their range, failures, what was not measured, and how quiet the machine was."""

from __future__ import annotations

from penperf.metrics import HEADLINES, METRICS, number
from penperf.plan import Profile
from penperf.results import Run
from penperf.stats import median

UNQUIET = 0.05  # share of the cores that others took


def cell(values: list[float]) -> str:
    if not values:
        return ""
    if len(values) == 1:
        return number(values[0])
    return f"{number(median(values))} ({number(min(values))}-{number(max(values))})"


def figures(run: Run, profile: Profile, keys: tuple[str, ...]) -> list[str]:
    """One table: a line for each metric that any subject has, a column for each subject."""
    subjects = [s for s in run.subjects if any(r["subject"] == s for r in run.samples) or any(r["subject"] == s for r in run.failures)]
    lines = [f"| {profile.label} | " + " | ".join(subjects) + " |", "| --- " * (len(subjects) + 1) + "|"]
    for key in keys:
        cells = [cell(list(run.values(subject, profile, key).values())) for subject in subjects]
        test = key.rsplit(".", 1)[0]
        for i, subject in enumerate(subjects):
            if not cells[i] and any(
                f["subject"] == subject and test in f["tests"] and (f["mtu"], f["offload"]) == (profile.mtu, profile.offload) for f in run.failures
            ):
                cells[i] = "failed"
        if any(cells):
            metric = METRICS[key]
            lines.append(f"| {metric.label}, {metric.unit} | " + " | ".join(cells) + " |")
    return lines


def disturbance(run: Run) -> str:
    """One sentence on what else the machine did."""
    windows = [r["window"] for r in run.samples if r.get("window")]
    if not windows:
        return "Nothing was timed."
    cores = run.head["machine"]["cores"]
    others = [min(1.0, w["others_s"] / (w["seconds"] * cores)) for w in windows]
    steal = [w["steal_s"] / (w["seconds"] * cores) for w in windows]
    speeds = [w["calibration_mb_s"] for w in windows]
    unquiet = sum(1 for o, s in zip(others, steal, strict=True) if o + s > UNQUIET)
    return (
        f"Other programs took {median(others):.1%} of the cores in the median window ({max(others):.1%} at most), the hypervisor "
        f"{median(steal):.1%} ({max(steal):.1%}); both together more than {UNQUIET:.0%} in {unquiet} of {len(windows)} windows. One core hashed "
        f"{median(speeds):.0f} MB/s ({min(speeds):.0f}-{max(speeds):.0f})."
    )


def failures(run: Run) -> list[str]:
    lines = []
    for f in run.failures:
        label = Profile(f["mtu"], f["offload"]).label
        what = ", ".join(f["tests"]) or "the end"
        lines.append(f"- {f['subject']}, repeat {f['repeat']}, {label}: failed: {f['reason']} ({what})")
    for m in run.missing:
        lines.append(f"- {m['subject']}: not measured here ({m['reason']}). On a host that has it: `{m['command']}`")
    return lines


def markdown(run: Run, everything: bool = False) -> str:
    head, machine = run.head, run.head["machine"]
    lines = [
        f"{head['started']}, {machine['cores']} x {machine['cpu']}, Linux {machine['kernel']}, {machine['system']}; "
        f"Penstock {head['versions']['penstock']}.",
        f"Repeats: {head['plan']['repeats']}, interleaved; median, with the smallest and the largest. `{head['command']}`",
        "",
        disturbance(run),
    ]
    keys = tuple(METRICS) if everything else HEADLINES
    for i, profile in enumerate(run.profiles):
        lines += ["", *figures(run, profile, keys if i == 0 or everything else tuple(k for k in HEADLINES if k.startswith(("tcp", "udp"))))]
    notes = failures(run)
    if notes:
        lines += ["", *notes]
    return "\n".join(lines) + "\n"
