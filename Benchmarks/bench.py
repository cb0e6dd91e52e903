"""The benchmark, from data to Benchmarks/RESULTS.md; `make bench` runs it. See README.md beside this file.

    python bench.py --sizes "1M 10M" --work FOLDER --tenure PROGRAM --kernel PROGRAM

Every size is generated, imported, loaded into DuckDB, answered by both and compared; only then are its times kept, in
FOLDER/<size>/figures.json. The results are written from all sizes whose times are there, whether of this run or of
another. Standard library only; DuckDB lives in a virtual environment inside the folder.
"""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

import compare
import results
from measure import Failed, folder_bytes, load_average, machine, median_run, meminfo, run

HERE = pathlib.Path(__file__).resolve().parent
UNITS = {"k": 10**3, "M": 10**6}
# Figures of another number are those of another benchmark, and left out.
FIGURES = 2
# The sides take turns, so that a busy minute of the machine meets both.
ROUNDS = 3
ENGINE_RUNS = 3
START_RUNS = 7
SMALL = 1_000_000
# Up to here an append is held against an import of both files at once.
CHECKED = 10_000_000
# From here on, both sides load under a memory limit. Without one an import holds about 120 bytes an event.
LIMITED_FROM = 50_000_000
UNLIMITED_BYTES = 120
# A quarter of that, and no less than a process of 128 MB.
LIMIT_BYTES = 30
LEAST_LIMIT = 128
# What an event takes on disk at the most: CSV 62, the store and its copy 16, and what sorting leaves for a while 40; the
# database 12, and what its sorting leaves 40, though not at once with ours.
TENURE_DISK_BYTES = 120
DUCKDB_DISK_BYTES = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1M 10M", help="numbers of events, such as 100k, 1M, 100M")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="where everything is made")
    parser.add_argument("--tenure", required=True, type=pathlib.Path)
    parser.add_argument("--kernel", required=True, type=pathlib.Path, help="the program tenure-benchmarks")
    parser.add_argument("--without-duckdb", action="store_true", help="leave the DuckDB side out, and its comparison")
    parser.add_argument("--results", default=HERE / "RESULTS.md", type=pathlib.Path)
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    tools = Tools(work, arguments.tenure.resolve(), arguments.kernel.resolve(), not arguments.without_duckdb)
    for name in arguments.sizes.split():
        print(f"== {name}", flush=True)
        size = Size(name, work / name, tools)
        (size.folder / "figures.json").write_text(json.dumps(size.measured(), indent=1))
        # After each size, so that none is lost where a later one fails.
        kept = kept_figures(work)
        if size.events < SMALL:
            print(results.page({name: kept[name]}))
        else:
            arguments.results.write_text(results.page({n: f for n, f in kept.items() if f["events"] >= SMALL}))
            print(arguments.results.read_text())


def kept_figures(work):
    """The figures of all sizes that were measured in this folder, the smallest first."""
    figures = {}
    for path in work.glob("*/figures.json"):
        kept = json.loads(path.read_text())
        if kept.get("figures") == FIGURES:
            figures[path.parent.name] = kept
        else:
            print(f"   {path.parent.name}: figures of an older benchmark are left out")
    return dict(sorted(figures.items(), key=lambda item: item[1]["events"]))


class Tools:
    """The programs of both sides."""

    def __init__(self, work, tenure, kernel, has_duckdb):
        self.tenure = tenure
        self.kernel = kernel
        self.has_duckdb = has_duckdb
        self.environment = {"TENURE_HOME": str(HERE.parent)}
        self.has_limit = "--memory-limit" in run([tenure, "import", "--help"]).output
        self.generator = work / "generate"
        source = HERE / "Data/generate.swift"
        if not self.generator.exists() or self.generator.stat().st_mtime < source.stat().st_mtime:
            run(["swiftc", "-O", source, "-o", self.generator])
        self.duckdb_version = None
        self.python = work / "venv/bin/python"
        if not has_duckdb:
            return
        requirements = HERE / "DuckDB/requirements.txt"
        wanted = requirements.read_text()
        installed = work / "venv/requirements.txt"
        if not installed.exists() or installed.read_text() != wanted:
            run([sys.executable, "-m", "venv", work / "venv"])
            run([self.python, "-m", "pip", "install", "--quiet", "--requirement", requirements])
            installed.write_text(wanted)

    def duckdb(self, *arguments):
        measured = run([self.python, HERE / "DuckDB/duckdb_side.py", *arguments]).said
        self.duckdb_version = measured["version"]
        return measured

    def versions(self):
        commit = subprocess.run(
            ["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        return {"tenure": commit.stdout.strip() or "unknown", "duckdb": self.duckdb_version}


class Size:
    """One number of events, from its data to its figures."""

    def __init__(self, name, folder, tools):
        self.name = name
        self.folder = folder
        self.tools = tools
        self.events = int(name[:-1]) * UNITS[name[-1]] if name[-1] in UNITS else int(name)
        # Small sizes are over so soon that one run says little.
        self.duckdb_runs = 3 if self.events <= SMALL else 1
        self.is_limited = self.events >= LIMITED_FROM and tools.has_limit
        self.limit = max(LEAST_LIMIT, self.events * LIMIT_BYTES // 10**6)

    def measured(self):
        begin = {"date": datetime.date.today().isoformat(), **machine(), "load_before": load_average()}
        self.generate()
        figures = {"events": self.events, "csv_bytes": self.csv_bytes()}
        figures |= self.loaded()
        figures |= self.answered()
        figures |= self.started()
        figures |= self.appended()
        figures |= self.limited()
        figures["taken"] = begin | self.tools.versions() | {"load_after": load_average()}
        return {"figures": FIGURES} | figures

    def step(self, text):
        print(f"   {text}", flush=True)

    def csv_bytes(self):
        return sum((self.folder / name).stat().st_size for name in ("events.csv", "customers.csv"))

    def generate(self):
        self.folder.mkdir(exist_ok=True)
        self.check_room()
        stamp = self.folder / "generated"
        key = f"{self.events} {self.tools.generator.stat().st_mtime}"
        if not stamp.exists() or stamp.read_text() != key:
            self.step("generate")
            run([self.tools.generator, self.events, self.folder])
            stamp.write_text(key)
        shutil.copytree(HERE / "Project", self.folder, dirs_exist_ok=True)
        if not self.tools.has_duckdb:
            self.step("without DuckDB, as asked: no comparison with it, neither of times nor of numbers")

    def check_room(self):
        """What an earlier run left in the folder is used again."""
        wanted = self.events * (TENURE_DISK_BYTES + (DUCKDB_DISK_BYTES if self.tools.has_duckdb else 0))
        wanted -= folder_bytes(self.folder)
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise Failed(f"{self.name} needs {wanted / 1e9:.1f} GB of disk more, {free / 1e9:.1f} are free")
        wanted = self.events * (LIMIT_BYTES if self.is_limited else UNLIMITED_BYTES)
        free = meminfo("MemAvailable")
        if free < wanted:
            raise Failed(
                f"{self.name} needs {wanted / 1e9:.1f} GB of memory, {free / 1e9:.1f} are free"
                + ("" if self.tools.has_limit else "; this version has no --memory-limit"))

    def tenure(self, *arguments, folder=None, **options):
        return run(
            [self.tools.tenure, *arguments, "-C", folder or self.folder], environment=self.tools.environment, **options)

    def loaded(self):
        """From CSV to queryable, on both sides."""
        database = self.folder / "benchmark.duckdb"
        ours, theirs = [], []
        for number in range(ROUNDS):
            self.step(f"import, round {number + 1}")
            if self.tools.has_duckdb:
                limit = [f"{self.limit}MB"] if self.is_limited else []
                theirs.append(self.tools.duckdb("load", self.folder, database, *limit))
            shutil.rmtree(self.folder / ".tenure", ignore_errors=True)
            limit = ["--memory-limit", f"{self.limit}MB"] if self.is_limited else []
            ours.append(self.tenure("import", "--progress", "none", *limit))
        figures = timed("import", median_run(ours)) | {"store_bytes": folder_bytes(self.folder / ".tenure/store")}
        if self.is_limited:
            figures["load_limit_bytes"] = self.limit * 10**6
        if theirs:
            figures |= {
                "duckdb_load_seconds": statistics.median(one["seconds"] for one in theirs),
                "duckdb_load_cpu": statistics.median(one["cpu"] for one in theirs),
                "duckdb_load_peak_bytes": max(one["peak_bytes"] for one in theirs),
                "duckdb_bytes": database.stat().st_size,
            }
        self.tenure("deploy", "benchmark", "--yes")
        return figures

    def answered(self):
        """Both sides' answers are equal; then their times, by turns."""
        ours = self.folder / "tenure.json"
        self.step("tenure evaluate")
        self.tenure("evaluate", "benchmark", "--format", "json", output=ours)
        rounds = []
        for number in range(ROUNDS):
            self.step(f"answer all, round {number + 1}")
            times = self.duckdb_answers(ours, "alone")
            fused = run([self.tools.kernel, "compare", self.folder, "--runs", ENGINE_RUNS]).said
            for side in ("engine_1", "engine_2", "kernel_1", "kernel_2"):
                times |= {f"{side}_seconds": fused[side], f"{side}_cpu": fused[f"{side}_cpu"]}
            times["kernel_bytes"] = fused["kernel_bytes"]
            rounds.append(times | self.duckdb_answers(ours, "one") | self.duckdb_answers(ours, "four"))
        memory = run([self.tools.kernel, "answer", self.folder]).said
        return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]} | {
            "answer_peak_bytes": memory["peak_bytes"], "column_bytes": memory["column_bytes"]}

    def duckdb_answers(self, ours, form):
        """One form's times, where it answers as Tenure did."""
        if not self.tools.has_duckdb:
            return {}
        theirs = self.folder / f"duckdb-{form}.json"
        answer = self.tools.duckdb("report", self.folder / "benchmark.duckdb", self.duckdb_runs, theirs, form)
        cells, problems = compare.differences(compare.load(ours), compare.load(theirs))
        if problems:
            raise Failed("\n".join([f"the answers differ ({form}):"] + problems[: compare.SHOWN]))
        return {f"{form}_cells": cells} | {
            f"{form}_{name}": answer[name] for name in ("seconds", "cpu", "peak_bytes")}

    def started(self):
        """From the start of the process to its output, everything in the page cache."""
        self.step("process start to output")
        return timed("evaluate", median_run([
            self.tenure("evaluate", "benchmark", "--format", "json")
            for _ in range(START_RUNS if self.events <= SMALL else ROUNDS)]))

    def appended(self):
        """The events of one more day, added to a copy of the store. At small sizes the store answers as one that was
        made of both files at once."""
        copy = self.copied("append", events="day.csv")
        runs = []
        for number in range(ROUNDS):
            self.step(f"append a day, round {number + 1}")
            shutil.rmtree(copy / ".tenure", ignore_errors=True)
            shutil.copytree(self.folder / ".tenure", copy / ".tenure")
            # The copy is on disk before the time begins.
            os.sync()
            runs.append(self.tenure("import", "--append", "--source", "events", "--progress", "none", folder=copy))
        figures = timed("append", median_run(runs)) | {"day_bytes": (self.folder / "day.csv").stat().st_size}
        after = [self.draft(copy) for _ in range(ROUNDS)]
        before = [self.draft(self.folder) for _ in range(ROUNDS)]
        figures |= timed("before_append", median_run(before)) | timed("after_append", median_run(after))
        if self.events <= CHECKED:
            whole = self.copied("whole", events="[events.csv, day.csv]")
            self.tenure("import", "--progress", "none", folder=whole)
            self.draft(whole)
            if reports(copy) != reports(whole):
                raise Failed("the store that a day was appended to answers otherwise than one made of both files")
            shutil.rmtree(whole)
        shutil.rmtree(copy)
        return figures

    def limited(self):
        """An import that may use a quarter of the memory that one takes without a limit; empty where the program cannot,
        or where all imports have been under one."""
        if self.is_limited:
            return {}
        if not self.tools.has_limit:
            self.step("no --memory-limit in this version: skipped")
            return {}
        self.step("import with a memory limit")
        copy = self.copied("limited", events="events.csv")
        one = self.tenure("import", "--memory-limit", f"{self.limit}MB", "--progress", "none", folder=copy)
        self.draft(copy)
        if reports(copy) != compare.load(self.folder / "tenure.json")["reports"]:
            raise Failed("the store that was imported with a memory limit answers otherwise")
        shutil.rmtree(copy)
        return timed("limited", one) | {"memory_limit_bytes": self.limit * 10**6}

    def draft(self, folder):
        """Evaluates the use case as it is written, over the project's store."""
        return self.tenure(
            "evaluate", "benchmark", "--draft", "--format", "json", folder=folder, output=folder / "draft.json")

    def copied(self, name, events):
        """A second project over the same files, with other ones for its events."""
        copy = self.folder / name
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(HERE / "Project", copy)
        for file in ("events.csv", "day.csv", "customers.csv", "rates.csv"):
            (copy / file).symlink_to(self.folder / file)
        project = copy / "project.yaml"
        project.write_text(project.read_text().replace("file: events.csv", f"file: {events}"))
        return copy


def timed(name, one):
    return {f"{name}_seconds": one.seconds, f"{name}_cpu": one.cpu, f"{name}_peak_bytes": one.peak_bytes}


def reports(folder):
    """What a project's draft answered."""
    return compare.load(folder / "draft.json")["reports"]


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
