"""The benchmark, from data to Benchmarks/RESULTS.md; `make bench` runs it. See README.md beside this file.

    python bench.py --sizes "1M 10M" --work FOLDER --tenure PROGRAM --kernel PROGRAM

Every size is generated, imported, loaded into DuckDB, answered by both and compared; only then are its times kept, in
FOLDER/<size>/figures.json. Standard library only; DuckDB lives in a virtual environment inside the folder.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

import compare
import results
from measure import Failed, folder_bytes, machine, median_run, run

HERE = pathlib.Path(__file__).resolve().parent
UNITS = {"k": 10**3, "M": 10**6}
# Both sides answer by turns, so that a busy minute of the machine meets both.
ROUNDS = 3
RUNS_A_ROUND = 2
START_RUNS = 7
# What one event takes on disk while its size is measured: the file, the stores, the databases, with room to spare.
DISK_BYTES = 300


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1M 10M", help="numbers of events, such as 100k, 1M, 100M")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="where everything is made")
    parser.add_argument("--tenure", required=True, type=pathlib.Path)
    parser.add_argument("--kernel", required=True, type=pathlib.Path, help="the program tenure-benchmarks")
    parser.add_argument("--results", default=HERE / "RESULTS.md", type=pathlib.Path)
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    tools = Tools(work, arguments.tenure.resolve(), arguments.kernel.resolve())
    figures = {}
    begin = machine()
    for size in arguments.sizes.split():
        print(f"== {size}", flush=True)
        figures[size] = Size(size, work / size, tools).measured()
        (work / size / "figures.json").write_text(json.dumps(figures[size], indent=1))
    begin["load after"] = machine()["load"]
    text = results.page(begin, tools.versions(), figures)
    arguments.results.write_text(text)
    print(text)


class Tools:
    """The programs of both sides."""

    def __init__(self, work, tenure, kernel):
        self.tenure = tenure
        self.kernel = kernel
        self.environment = {"TENURE_HOME": str(HERE.parent)}
        self.generator = work / "generate"
        source = HERE / "Data/generate.swift"
        if not self.generator.exists() or self.generator.stat().st_mtime < source.stat().st_mtime:
            run(["swiftc", "-O", source, "-o", self.generator])
        self.python = work / "venv/bin/python"
        requirements = HERE / "DuckDB/requirements.txt"
        wanted = requirements.read_text()
        installed = work / "venv/requirements.txt"
        if not installed.exists() or installed.read_text() != wanted:
            run([sys.executable, "-m", "venv", work / "venv"])
            run([self.python, "-m", "pip", "install", "--quiet", "--requirement", requirements])
            installed.write_text(wanted)
        self.duckdb_version = None

    def duckdb(self, *arguments):
        measured = run([self.python, HERE / "DuckDB/duckdb_side.py", *arguments]).line
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
        self.repeats = 3 if self.events <= 1_000_000 else 1

    def measured(self):
        self.generate()
        figures = {"events": self.events, "csv_bytes": self.csv_bytes()}
        figures |= self.imported()
        figures |= self.loaded()
        figures |= self.answered()
        figures |= self.started()
        figures |= self.appended()
        figures |= self.limited()
        return figures

    def step(self, text):
        print(f"   {text}", flush=True)

    def csv_bytes(self):
        return sum((self.folder / name).stat().st_size for name in ("events.csv", "customers.csv"))

    def generate(self):
        self.folder.mkdir(exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < self.events * DISK_BYTES:
            raise Failed(f"{self.name} needs {self.events * DISK_BYTES / 1e9:.0f} GB of disk, {free / 1e9:.0f} are free")
        stamp = self.folder / "generated"
        key = f"{self.events} {self.tools.generator.stat().st_mtime}"
        if not stamp.exists() or stamp.read_text() != key:
            self.step("generate")
            run([self.tools.generator, self.events, self.folder])
            stamp.write_text(key)
        shutil.copytree(HERE / "Project", self.folder, dirs_exist_ok=True)

    def tenure(self, *arguments, folder=None, **options):
        return run(
            [self.tools.tenure, *arguments, "-C", folder or self.folder], environment=self.tools.environment, **options)

    def imported(self):
        self.step("tenure import")
        runs = []
        for _ in range(self.repeats):
            shutil.rmtree(self.folder / ".tenure", ignore_errors=True)
            runs.append(self.tenure("import", "--progress", "none"))
        store = folder_bytes(self.folder / ".tenure/store")
        self.tenure("deploy", "benchmark", "--yes")
        return {
            "import_seconds": statistics.median(one.seconds for one in runs),
            "import_peak_bytes": max(one.peak_bytes for one in runs), "store_bytes": store,
        }

    def loaded(self):
        self.step("duckdb load")
        database = self.folder / "benchmark.duckdb"
        runs = [self.tools.duckdb("load", self.folder, database) for _ in range(self.repeats)]
        return {
            "duckdb_load_seconds": statistics.median(one["seconds"] for one in runs),
            "duckdb_load_peak_bytes": max(one["peak_bytes"] for one in runs),
            "duckdb_bytes": database.stat().st_size,
        }

    def answered(self):
        """Both sides' answers are equal; then their times, by turns."""
        ours = self.folder / "tenure.json"
        self.step("tenure evaluate")
        self.tenure("evaluate", "benchmark", "--format", "json", output=ours)
        rounds = []
        cells = 0
        for number in range(ROUNDS):
            self.step(f"answer all, round {number + 1}")
            times = {}
            for form in ("tables", "views"):
                theirs = self.folder / f"duckdb-{form}.json"
                answer = self.tools.duckdb("report", self.folder / "benchmark.duckdb", RUNS_A_ROUND, theirs, form)
                cells, problems = compare.differences(compare.load(ours), compare.load(theirs))
                if problems:
                    raise Failed("\n".join(["the answers differ:"] + problems[: compare.SHOWN]))
                times[f"duckdb_{form}_seconds"] = statistics.median(answer["seconds"])
                times[f"duckdb_{form}_peak_bytes"] = answer["peak_bytes"]
            fused = run([self.tools.kernel, "compare", self.folder, "--runs", RUNS_A_ROUND]).line
            times |= {f"{side}_{n}_seconds": fused[f"{side}_{n}"] for side in ("engine", "kernel") for n in (1, 2)}
            rounds.append(times | {"kernel_bytes": fused["kernel_bytes"]})
        memory = run([self.tools.kernel, "answer", self.folder]).line
        return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]} | {
            "cells": cells, "answer_peak_bytes": memory["peak_bytes"], "column_bytes": memory["column_bytes"]}

    def started(self):
        """From the start of the process to its output, everything in the page cache."""
        self.step("process start to output")
        command = [self.tools.tenure, "evaluate", "benchmark", "--format", "json", "-C", self.folder]
        one = median_run(START_RUNS if self.events <= 1_000_000 else 3, command, environment=self.tools.environment)
        return {"evaluate_seconds": one.seconds, "evaluate_peak_bytes": one.peak_bytes}

    def appended(self):
        """The events of one more day, added to a copy of the store. At small sizes the store answers as one that was
        made of both files at once."""
        self.step("append a day")
        copy = self.copied("append", events="day.csv")
        shutil.copytree(self.folder / ".tenure", copy / ".tenure")
        one = self.tenure("import", "--append", "--source", "events", "--progress", "none", folder=copy)
        if self.events <= 1_000_000:
            whole = self.copied("whole", events="[events.csv, day.csv]")
            self.tenure("import", "--progress", "none", folder=whole)
            if self.draft(copy) != self.draft(whole):
                raise Failed("the store that a day was appended to answers otherwise than one made of both files")
            shutil.rmtree(whole)
        shutil.rmtree(copy)
        return {"append_seconds": one.seconds, "append_peak_bytes": one.peak_bytes}

    def limited(self):
        """An import that may use a quarter of the memory that this one took; empty where the program cannot."""
        if "--memory-limit" not in run([self.tools.tenure, "import", "--help"]).output:
            self.step("no --memory-limit in this version: skipped")
            return {}
        self.step("import with a memory limit")
        copy = self.copied("limited", events="events.csv")
        limit = max(64, self.events * 40 // 2**20)
        one = self.tenure("import", "--memory-limit", f"{limit}M", "--progress", "none", folder=copy)
        if self.draft(copy) != compare.load(self.folder / "tenure.json")["reports"]:
            raise Failed("the store that was imported with a memory limit answers otherwise")
        shutil.rmtree(copy)
        return {
            "limited_seconds": one.seconds, "limited_peak_bytes": one.peak_bytes, "memory_limit_bytes": limit * 2**20}

    def draft(self, folder):
        """The reports of another project's store."""
        answer = folder / "draft.json"
        self.tenure("evaluate", "benchmark", "--draft", "--format", "json", folder=folder, output=answer)
        return compare.load(answer)["reports"]

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


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"bench: {failure}")
