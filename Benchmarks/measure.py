"""Runs programs and says what they took: wall time, CPU time of all threads, and the most memory resident at once."""

import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


class Failed(Exception):
    pass


@dataclasses.dataclass
class Run:
    seconds: float
    cpu: float
    peak_bytes: int
    output: str

    @property
    def said(self):
        """The line of JSON that the run printed."""
        return json.loads(self.output.strip().splitlines()[-1])


def run(command, environment=None, output=None):
    """Runs a program to its end. Its standard output goes to the file `output`, or into the result."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as errors, open(output, "wb") if output else tempfile.TemporaryFile() as texts:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=texts, stderr=errors, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode != 0:
            problem = errors.read().decode(errors="replace")[-2000:]
            raise Failed(f"{' '.join(command)} ended with {process.returncode}\n{problem}")
        text = ""
        if not output:
            texts.seek(0)
            text = texts.read().decode(errors="replace")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text)


def median_run(runs):
    """The median times and the highest peak of several runs."""
    return Run(
        statistics.median(one.seconds for one in runs), statistics.median(one.cpu for one in runs),
        max(one.peak_bytes for one in runs), runs[-1].output)


def folder_bytes(path):
    return sum(file.stat().st_size for file in pathlib.Path(path).rglob("*") if file.is_file())


def meminfo(key):
    """Bytes."""
    return int(line("/proc/meminfo", key).split()[0]) * 1024


def line(path, key):
    for text in pathlib.Path(path).read_text().splitlines():
        if text.startswith(key):
            return text.split(":", 1)[1].strip()
    return "unknown"


def load_average():
    """Of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def machine():
    """What the results were measured on, without names."""
    return {
        "processor": f"{line('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
        "memory": f"{meminfo('MemTotal') / 2**30:.0f} GiB",
        "system": f"{os.uname().sysname} {os.uname().release.split('-')[0]}",
        "swift": run(["swift", "--version"]).output.splitlines()[0].split("(")[0].replace("Swift version", "").strip(),
    }
