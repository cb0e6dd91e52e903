"""Writes RESULTS.md from the figures of the sizes that were measured."""

MET = {True: "met", False: "**not met**"}
FORMS = {"alone": "each by itself", "one": "one shared table", "four": "four shared tables"}
NOTHING = "–"


def page(figures):
    """All sizes in one page, the smallest first."""
    sizes = {size: Figures(values) for size, values in figures.items()}
    parts = [
        "# Results", "",
        "Written by `make bench`; [README.md](README.md) says what is measured and how. The times of one size were taken in "
        "one run on one machine, both sides by turns, medians; it may have had other work to do: the ratios are the claim, "
        "the times are not. Beside a ratio of wall times stands that of CPU seconds of all threads, which other work "
        "disturbs less.", "",
        *taken(sizes), "", "## Targets", "", *targets(sizes),
        "", "## The twelve reports against DuckDB", "",
        "DuckDB's time divided by that of Tenure's engine, both warm, on two threads. The target is held against the first "
        "form. All forms' cells are equal to Tenure's.", "",
        *table(
            ["DuckDB's form", "events", "equal cells", "DuckDB / Tenure, wall", "CPU", "peak memory Tenure",
             "peak memory DuckDB"],
            [[
                label, size, f.count(f"{form}_cells"), *f.both(form, "engine_2"), f.bytes("answer_peak_bytes"),
                f.bytes(f"{form}_peak_bytes"),
            ] for form, label in FORMS.items() for size, f in sizes.items()]),
        *[
            f"\n{size}: DuckDB was left out of this run, and nothing was compared with it." for size, f in sizes.items()
            if not f.has_duckdb],
        "", "## The engine against the limit", "",
        "The engine's time divided by that of the hand-fused kernel over the same columns, in one process; every sum of both "
        "is equal.", "",
        *table(
            ["events", "1 thread, wall", "CPU", "2 threads, wall", "CPU", "engine, 1 thread / 2 threads",
             "bytes the kernel reads"],
            [[
                size, *f.both("engine_1", "kernel_1"), *f.both("engine_2", "kernel_2"),
                times(f.ratio("engine_1_seconds", "engine_2_seconds")), f.bytes("kernel_bytes"),
            ] for size, f in sizes.items()]),
        "", "## From CSV to queryable", "",
        "`tenure import`, and DuckDB's `read_csv` sorted by customer into a database file.", "",
        *table(
            ["events", "CSV", "memory limit of both", "DuckDB / Tenure, wall", "CPU", "store / CSV", "database / CSV",
             "peak memory Tenure", "peak memory DuckDB"],
            [[
                size, f.bytes("csv_bytes"), f.bytes("load_limit_bytes", "none"), *f.both("duckdb_load", "import"),
                share(f.ratio("store_bytes", "csv_bytes")), share(f.ratio("duckdb_bytes", "csv_bytes")),
                f.bytes("import_peak_bytes"), f.bytes("duckdb_load_peak_bytes"),
            ] for size, f in sizes.items()]),
        "", "## One more day", "",
        "`tenure import --append --source events` of the file of one more day to a copy of the store, from process start to "
        "exit, and the time from start to output of the twelve reports after it and before.", "",
        *table(
            ["events", "append, seconds", "day / CSV", "append / import, wall", "CPU", "append / that of the size before",
             "reports after / before", "peak memory"],
            [[
                size, f.seconds("append_seconds"), share(f.ratio("day_bytes", "csv_bytes"), digits=2),
                share(f.ratio("append_seconds", "import_seconds")), share(f.ratio("append_cpu", "import_cpu")),
                grown(f, before, "append_seconds"), times(f.ratio("after_append_seconds", "before_append_seconds")),
                f.bytes("append_peak_bytes"),
            ] for (size, f), before in zip(sizes.items(), [None, *sizes.values()])]),
        "", "## Less memory", "",
        *table(
            ["events", "memory limit", "peak memory under it", "import under it / without, wall", "CPU"],
            [[
                size, f.bytes("memory_limit_bytes", "all imports are under one" if "load_limit_bytes" in f
                              else "no such option"),
                f.bytes("limited_peak_bytes"), *f.both("limited", "import"),
            ] for size, f in sizes.items()]),
        "", "## Times in seconds", "", "Wall, and CPU in brackets.", "",
        *table(
            ["", *sizes],
            [[label, *(f.times(name) for f in sizes.values())] for label, name in [
                ("twelve reports, Tenure, 1 thread", "engine_1"),
                ("twelve reports, Tenure, 2 threads", "engine_2"),
                *((f"twelve reports, DuckDB, {label}", form) for form, label in FORMS.items()),
                ("twelve reports, kernel, 1 thread", "kernel_1"),
                ("twelve reports, kernel, 2 threads", "kernel_2"),
                ("`tenure evaluate`, start to output", "evaluate"),
                ("`tenure import`", "import"),
                ("DuckDB load", "duckdb_load"),
                ("append of a day", "append"),
            ]]),
    ]
    return "\n".join(parts) + "\n"


class Figures(dict):
    """What was measured of one size; of a part that was left out, nothing is there."""

    @property
    def has_duckdb(self):
        return "alone_seconds" in self

    def ratio(self, above, below):
        return self[above] / self[below] if above in self and below in self else None

    def both(self, above, below):
        """The ratios of wall and of CPU times."""
        return [times(self.ratio(f"{above}_{kind}", f"{below}_{kind}")) for kind in ("seconds", "cpu")]

    def bytes(self, name, otherwise=NOTHING):
        return megabytes(self[name]) if name in self else otherwise

    def count(self, name):
        return f"{self[name]:,.0f}" if name in self else NOTHING

    def seconds(self, name):
        if name not in self:
            return NOTHING
        return f"{self[name]:.4f}" if self[name] < 1 else f"{self[name]:.2f}"

    def times(self, name):
        return f"{self.seconds(f'{name}_seconds')} ({self.seconds(f'{name}_cpu')})"


def taken(sizes):
    """When and on what each size was measured."""
    return table(["", *sizes], [
        [label, *(f["taken"].get(key) or NOTHING for f in sizes.values())] for label, key in [
            ("date", "date"), ("load average before", "load_before"), ("load average after", "load_after"),
            ("processor", "processor"), ("memory", "memory"), ("system", "system"), ("Swift", "swift"),
            ("Tenure, commit", "tenure"), ("DuckDB", "duckdb"),
        ]])


def targets(sizes):
    """The largest size that has the figure decides."""
    rows = []

    def target(name, size, asked, found, is_met, cpu=NOTHING):
        rows.append([name, size, asked, found, cpu, MET[is_met]])

    def ratio(name, above, below, asked, is_met):
        for size, f in reversed(sizes.items()):
            if f"{above}_seconds" in f:
                wall, cpu = f.both(above, below)
                target(name, size, asked, wall, is_met(f.ratio(f"{above}_seconds", f"{below}_seconds")), cpu)
                return

    ratio("twelve reports, DuckDB each by itself / Tenure", "alone", "engine_2", "40x", lambda found: found >= 40)
    for threads in (1, 2):
        ratio(
            f"engine / kernel, {threads} thread{'s' * (threads - 1)}", f"engine_{threads}", f"kernel_{threads}",
            "3x at most", lambda found: found <= 3)
    ratio("CSV to queryable, DuckDB / Tenure", "duckdb_load", "import", "3x", lambda found: found >= 3)
    size, f = list(sizes.items())[-1]
    memory = f.ratio("answer_peak_bytes", "column_bytes")
    target("peak memory of evaluating / column files mapped", size, "1.2 at most", f"{memory:.2f}", memory <= 1.2)
    store = f.ratio("store_bytes", "csv_bytes")
    target("store / CSV", size, "20 % at most", share(store), store <= 0.2)
    for size, f in sizes.items():
        if f["events"] == 10_000_000:
            target(
                "peak memory of importing", size, "1.5 GiB at most", megabytes(f["import_peak_bytes"]),
                f["import_peak_bytes"] < 1.5 * 2**30)
    for (smaller, a), (larger, b) in zip(sizes.items(), list(sizes.items())[1:]):
        factor = b["events"] / a["events"]
        for name, key in (("import", "import"), ("twelve reports", "engine_2")):
            wall, cpu = (b[f"{key}_{kind}"] / a[f"{key}_{kind}"] / factor for kind in ("seconds", "cpu"))
            target(
                f"{name}: time for {factor:.0f}x the events / {factor:.0f}", f"{smaller} to {larger}", "1.2 at most",
                f"{wall:.2f}", wall <= 1.2, f"{cpu:.2f}")
    for size, f in sizes.items():
        if f["events"] == 1_000_000:
            target(
                "`tenure evaluate`, start to output", size, "0.15 s at most", f"{f['evaluate_seconds']:.2f} s",
                f["evaluate_seconds"] < 0.15, f"{f['evaluate_cpu']:.2f} s")
    return table(["target", "events", "asked", "found", "by CPU", ""], rows)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def grown(figures, before, name):
    """A time divided by that of the next smaller size."""
    return times(figures[name] / before[name]) if before else NOTHING


def times(ratio):
    if ratio is None:
        return NOTHING
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"


def share(ratio, digits=1):
    return NOTHING if ratio is None else f"{ratio * 100:.{digits}f} %"


def megabytes(count):
    return f"{count / 1e6:,.1f} MB" if count < 1e8 else f"{count / 1e6:,.0f} MB"
