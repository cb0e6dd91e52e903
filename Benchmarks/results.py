"""Writes RESULTS.md from the figures of a run."""

import datetime

MET = {True: "met", False: "**not met**"}


def page(machine, versions, figures):
    sizes = list(figures)
    parts = [
        "# Results", "",
        "Written by `make bench`; [README.md](README.md) says what is measured and how. All times of one size were taken in "
        "one run on one machine, which may have had other work to do: the ratios are the claim, the times are not.", "",
        *table(["", ""], [
            ["date", datetime.date.today().isoformat()], ["processor", machine["processor"]],
            ["memory", machine["memory"]], ["system", machine["system"]],
            ["load before and after", f"{machine['load']}, {machine['load after']}"], ["Swift", machine["swift"]],
            ["Tenure", f"commit {versions['tenure']}"], ["DuckDB", versions["duckdb"]],
        ]),
        "", "## Targets", "", *targets(figures),
        "", "## The twelve reports against DuckDB", "",
        "DuckDB's time divided by that of Tenure's engine, both warm, on two threads. By hand: everything that reports share "
        "is made once, in four temporary tables. One table: only the classified, converted and anchored purchases are.", "",
        *table(
            ["events", "equal cells", "DuckDB by hand / Tenure", "DuckDB one table / Tenure", "peak memory Tenure",
             "peak memory DuckDB"],
            [[
                size, f"{f['cells']:,}", times(f["duckdb_tables_seconds"] / f["engine_2_seconds"]),
                times(f["duckdb_views_seconds"] / f["engine_2_seconds"]), megabytes(f["answer_peak_bytes"]),
                megabytes(f["duckdb_tables_peak_bytes"]),
            ] for size, f in figures.items()]),
        "", "## The engine against the limit", "",
        "The engine's time divided by that of the hand-fused kernel over the same columns, in one process; every sum of both "
        "is equal.", "",
        *table(
            ["events", "1 thread", "2 threads", "engine, 2 threads instead of 1", "bytes the kernel reads"],
            [[
                size, times(f["engine_1_seconds"] / f["kernel_1_seconds"]),
                times(f["engine_2_seconds"] / f["kernel_2_seconds"]),
                times(f["engine_1_seconds"] / f["engine_2_seconds"]), megabytes(f["kernel_bytes"]),
            ] for size, f in figures.items()]),
        "", "## From CSV to queryable", "",
        "`tenure import`, and DuckDB's `read_csv` sorted by customer into a database file.", "",
        *table(
            ["events", "CSV", "DuckDB / Tenure", "store / CSV", "database / CSV", "peak memory Tenure",
             "peak memory DuckDB"],
            [[
                size, megabytes(f["csv_bytes"]), times(f["duckdb_load_seconds"] / f["import_seconds"]),
                share(f["store_bytes"] / f["csv_bytes"]), share(f["duckdb_bytes"] / f["csv_bytes"]),
                megabytes(f["import_peak_bytes"]), megabytes(f["duckdb_load_peak_bytes"]),
            ] for size, f in figures.items()]),
        "", "## One more day, and less memory", "",
        *table(
            ["events", "append a day / import all", "peak memory of the append", "memory limit",
             "peak memory under it", "import under it / import"],
            [[
                size, share(f["append_seconds"] / f["import_seconds"]), megabytes(f["append_peak_bytes"]),
                *([
                    megabytes(f["memory_limit_bytes"]), megabytes(f["limited_peak_bytes"]),
                    times(f["limited_seconds"] / f["import_seconds"]),
                ] if "limited_seconds" in f else ["no such option", "–", "–"]),
            ] for size, f in figures.items()]),
        "", "## Times of this run, in seconds", "",
        *table(
            ["", *sizes],
            [[label, *(f"{f[key]:.4f}" if f[key] < 1 else f"{f[key]:.2f}" for f in figures.values())] for label, key in [
                ("twelve reports, Tenure, 1 thread", "engine_1_seconds"),
                ("twelve reports, Tenure, 2 threads", "engine_2_seconds"),
                ("twelve reports, DuckDB by hand", "duckdb_tables_seconds"),
                ("twelve reports, DuckDB one table", "duckdb_views_seconds"),
                ("twelve reports, kernel, 1 thread", "kernel_1_seconds"),
                ("twelve reports, kernel, 2 threads", "kernel_2_seconds"),
                ("`tenure evaluate`, start to output", "evaluate_seconds"),
                ("`tenure import`", "import_seconds"),
                ("DuckDB load", "duckdb_load_seconds"),
                ("append of a day", "append_seconds"),
            ]]),
    ]
    return "\n".join(parts) + "\n"


def targets(figures):
    largest = list(figures)[-1]
    f = figures[largest]
    rows = []

    def target(name, asked, found, is_met, size=largest):
        rows.append([name, size, asked, found, MET[is_met]])

    by_hand = f["duckdb_tables_seconds"] / f["engine_2_seconds"]
    one_table = f["duckdb_views_seconds"] / f["engine_2_seconds"]
    target("twelve reports, DuckDB by hand / Tenure", "40x", times(by_hand), by_hand >= 40)
    target("twelve reports, DuckDB one table / Tenure", "40x", times(one_table), one_table >= 40)
    for threads in (1, 2):
        limit = f[f"engine_{threads}_seconds"] / f[f"kernel_{threads}_seconds"]
        target(f"engine / kernel, {threads} thread{'s' * (threads - 1)}", "3x at most", times(limit), limit <= 3)
    load = f["duckdb_load_seconds"] / f["import_seconds"]
    target("CSV to queryable, DuckDB / Tenure", "3x", times(load), load >= 3)
    memory = f["answer_peak_bytes"] / f["column_bytes"]
    target("peak memory of evaluating / columns touched", "1.2 at most", f"{memory:.2f}", memory <= 1.2)
    target(
        "peak memory of importing", "1.5 GiB at most at 10M", megabytes(f["import_peak_bytes"]),
        f["import_peak_bytes"] < 1.5 * 2**30)
    store = f["store_bytes"] / f["csv_bytes"]
    target("store / CSV", "20 % at most", share(store), store <= 0.2)
    for smaller, larger in zip(list(figures), list(figures)[1:]):
        a, b = figures[smaller], figures[larger]
        factor = b["events"] / a["events"]
        for name, key in (("import", "import_seconds"), ("twelve reports", "engine_2_seconds")):
            growth = b[key] / a[key] / factor
            target(
                f"{name}: time for {factor:.0f}x the events / {factor:.0f}", "1.2 at most", f"{growth:.2f}",
                growth <= 1.2, f"{smaller} to {larger}")
    for size, f in figures.items():
        if f["events"] == 1_000_000:
            target(
                "`tenure evaluate`, start to output", "0.15 s at most", f"{f['evaluate_seconds']:.2f} s",
                f["evaluate_seconds"] < 0.15, size)
    return table(["target", "events", "asked", "found", ""], rows)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def times(ratio):
    return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"


def share(ratio):
    return f"{ratio * 100:.1f} %"


def megabytes(count):
    return f"{count / 1e6:,.1f} MB" if count < 1e8 else f"{count / 1e6:,.0f} MB"
