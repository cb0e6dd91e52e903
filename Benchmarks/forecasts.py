"""Fits and values of customer bases, Tenure against the Python package lifetimes, in one run, by turns.

    python3 Benchmarks/forecasts.py --tenure-benchmarks .build/release/tenure-benchmarks --work .bench/forecasts

Installs lifetimes 0.11.3 from PyPI into a virtual environment in the work folder, makes customer bases of 2,357, 100,000 and
1,000,000 customers, and writes Benchmarks/FORECASTS.md. Both sides read the same file. The parameters, the likelihood and
the expected orders must agree, else the run ends with the difference.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SIZES = [2_357, 100_000, 1_000_000]
ROUNDS = 3


def lifetimes(path):
    """Prints one line of JSON; runs inside the virtual environment."""
    import resource
    import warnings

    import numpy
    import pandas

    warnings.filterwarnings("ignore")
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    kind = numpy.dtype([("frequency", "<i4"), ("recency", "<i4"), ("age", "<i4"), ("spend", "<f8")])
    rows = pandas.DataFrame(numpy.fromfile(path, dtype=kind))
    figures = {"customers": len(rows)}

    def timed(name, body):
        wall, cpu = time.perf_counter(), time.process_time()
        result = body()
        figures[name], figures[name + "_cpu"] = time.perf_counter() - wall, time.process_time() - cpu
        return result

    recency, age = rows.recency / 7, rows.age / 7
    repeaters = rows[(rows.frequency > 0) & (rows.spend > 0)]
    means = repeaters.spend / repeaters.frequency

    def spend():
        return GammaGammaFitter(penalizer_coef=0).fit(repeaters.frequency, means)

    def alone():
        return BetaGeoFitter(penalizer_coef=0).fit(rows.frequency, recency, age), spend()

    def grouped():
        groups = rows.groupby(["frequency", "recency", "age"]).size().reset_index(name="n")
        figures["groups"] = len(groups)
        fitter = BetaGeoFitter(penalizer_coef=0)
        return fitter.fit(groups.frequency, groups.recency / 7, groups.age / 7, weights=groups.n), spend()

    timed("fit", alone)
    timing, amounts = timed("grouped_fit", grouped)
    every = (rows.spend / rows.frequency.where(rows.frequency > 0, 1)).where(rows.frequency > 0, 0)
    # 12 months of 4.345 weeks, as lifetimes counts them: a sum of monthly steps, discounted by the month.
    timed(
        "value",
        lambda: amounts.customer_lifetime_value(
            timing, rows.frequency, recency, age, every, time=12, discount_rate=1.1 ** (1 / 12) - 1, freq="W"
        ),
    )
    orders = timing.conditional_expected_number_of_purchases_up_to_time(52, rows.frequency, recency, age)
    figures["orders"] = float(orders.sum())
    # Its own is of scaled times; this is the same function, in weeks.
    mean = BetaGeoFitter._negative_log_likelihood(
        numpy.log(timing.params_.values), rows.frequency.values, recency.values, age.values, numpy.ones(len(rows)), 0
    )
    figures["log_likelihood"] = -float(mean) * len(rows)
    figures |= {name: float(value) for name, value in timing.params_.items()}
    figures |= {{"v": "gamma"}.get(name, name): float(value) for name, value in amounts.params_.items()}
    figures["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(figures))


def environment(work):
    python = work / "venv/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "lifetimes==0.11.3"], check=True)
    return python


def line(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compare(size, own, other):
    for name, tolerance in [("r", 1e-3), ("alpha", 1e-3), ("a", 1e-2), ("b", 1e-2), ("p", 1e-2), ("q", 1e-2), ("gamma", 1e-2)]:
        if abs(own[name] / other[name] - 1) > tolerance:
            raise SystemExit(f"{size}: {name} is {own[name]} here and {other[name]} in lifetimes")
    # Orders that are expected in 12 months; values differ by their discounting, which lifetimes does by whole months.
    if abs(own["orders"] / other["orders"] - 1) > 1e-3:
        raise SystemExit(f"{size}: {own['orders']} orders are expected here and {other['orders']} in lifetimes")
    if own["log_likelihood"] < other["log_likelihood"] - 1e-3:
        raise SystemExit(f"{size}: lifetimes found a better likelihood: {other['log_likelihood']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenure-benchmarks", type=Path)
    parser.add_argument("--work", type=Path, default=Path(".bench/forecasts"))
    parser.add_argument("--lifetimes", type=Path, help="for the run inside the virtual environment")
    arguments = parser.parse_args()
    if arguments.lifetimes:
        return lifetimes(arguments.lifetimes)
    arguments.work.mkdir(parents=True, exist_ok=True)
    python = environment(arguments.work)
    before = os.getloadavg()[0]
    rows = []
    for size in SIZES:
        file = arguments.work / f"{size}.bin"
        if not file.exists():
            subprocess.run([arguments.tenure_benchmarks, "histories", str(size), file], check=True)
        rounds = []
        for _ in range(ROUNDS):
            own = line([arguments.tenure_benchmarks, "forecast", file, "--runs", "3"])
            other = line([python, __file__, "--lifetimes", file])
            rounds.append((own, other))
        compare(size, own, other)

        def middle(side, name, rounds=rounds):
            return statistics.median(pair[side][name] for pair in rounds)

        rows.append((size, own, middle))
    write(rows, before)


def write(rows, load):
    def seconds(value):
        return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"

    out = [
        "# Forecasts",
        "",
        "Tenure against lifetimes 0.11.3, the same customer bases in one run by turns, medians of three rounds. Written by",
        "`make bench-forecasts`. Tenure groups and fits on one thread; lifetimes is given its rows one a customer, as its",
        "documentation does, and grouped by hand, as a user who knows would.",
        "",
        f"Load average before: {load:.2f}, after: {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores.",
        "",
        "| customers | histories | | Tenure | lifetimes | ratio | by CPU | grouped by hand | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size, own, middle in rows:
        fit, fit_cpu = middle(0, "fit"), middle(0, "fit_cpu")
        out.append(
            f"| {size:,} | {int(own['groups']):,} | grouping and fit | {seconds(fit)} | {seconds(middle(1, 'fit'))} |"
            f" {middle(1, 'fit') / fit:.0f}x | {middle(1, 'fit_cpu') / fit_cpu:.0f}x | {seconds(middle(1, 'grouped_fit'))} |"
            f" {middle(1, 'grouped_fit') / fit:.1f}x |"
        )
        value, value_cpu = middle(0, "value"), middle(0, "value_cpu")
        out.append(
            f"| | | 12 months of each customer | {seconds(value)} | {seconds(middle(1, 'value'))} |"
            f" {middle(1, 'value') / value:.0f}x | {middle(1, 'value_cpu') / value_cpu:.0f}x | | |"
        )
    size, own, middle = rows[-1]
    out += [
        "",
        f"Memory at {size:,} customers: grouping and fit at most {own['fit_bytes'] / 2**20:.0f} MiB, of which"
        f" {own['before_bytes'] / 2**20:.0f} MiB are the program and its input; with the values"
        f" {own['value_bytes'] / 2**20:.0f} MiB; lifetimes {middle(1, 'peak_bytes') / 2**20:.0f} MiB.",
        "",
        "The parameters agree to 1e-3 (r, α) and 1e-2 (the others), and no likelihood is below that of lifetimes, and the",
        "orders that are expected in 52 weeks agree to 1e-3; a difference ends the run. Of money lifetimes sums monthly steps, and",
        "Tenure integrates, so that is not compared.",
        "",
    ]
    Path(__file__).with_name("FORECASTS.md").write_text("\n".join(out))
    print("\n".join(out))


main()
