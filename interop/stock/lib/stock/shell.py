"""Commands, with a limit and without a shell."""

import subprocess


class Failed(Exception):
    """A command failed, or something did not come true in time; the message is for the report."""


def run(*words: str, timeout: float = 30, check: bool = True, stdin: str = "") -> subprocess.CompletedProcess:
    """Runs a command to its end.

    Raises Failed if it does not end in time, or, with check, by another status than 0.
    """
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, input=stdin, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{' '.join(words)}: not done after {timeout:g} s: {late.stdout!r} {late.stderr!r}") from late
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(words)}: status {done.returncode}: {done.stdout.strip()} {done.stderr.strip()}")
    return done


def out(*words: str, timeout: float = 30) -> str:
    """What a command that succeeds says on standard output."""
    return run(*words, timeout=timeout).stdout
