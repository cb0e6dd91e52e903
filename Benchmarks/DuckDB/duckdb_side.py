"""The DuckDB side: loads the CSV files, and answers the reports in SQL.

    python duckdb_side.py load FOLDER DATABASE [MEMORY]
    python duckdb_side.py report DATABASE RUNS ANSWERS.json alone|one|four

Each prints one line of JSON with its times, and the CPU seconds of all threads. MEMORY is DuckDB's memory_limit. The SQL
stands in load.sql, alone/, shared.sql and reports/. The forms of the reports:

    alone   each report is a statement by itself over the loaded tables
    one     one temporary table that all share: the purchases; the others of shared.sql are views
    four    four temporary tables that all share, as somebody would write who tunes this dashboard by hand
"""

import datetime
import decimal
import json
import pathlib
import resource
import statistics
import sys
import time

import duckdb

HERE = pathlib.Path(__file__).parent
THREADS = 2
WINDOW = "SELECT max(timestamp) + INTERVAL 1 MICROSECOND - INTERVAL 12 MONTH, max(timestamp) FROM events"


def connect(database):
    connection = duckdb.connect(database)
    connection.execute(f"SET threads = {THREADS}; SET TimeZone = 'UTC'")
    return connection


def clock():
    """Wall time and CPU time."""
    return time.perf_counter(), time.process_time()


def since(begin):
    return {name: end - start for name, end, start in zip(("seconds", "cpu"), clock(), begin)}


def load(folder, database, memory=None):
    pathlib.Path(database).unlink(missing_ok=True)
    sql = (HERE / "load.sql").read_text().replace("$folder", folder)
    begin = clock()
    connection = connect(database)
    if memory:
        connection.execute(f"SET memory_limit = '{memory}'")
    connection.execute(sql)
    connection.close()
    return since(begin)


def dashboard(connection, shared, reports):
    """One run: what the reports share, then each of them with its rows fetched."""
    if shared:
        connection.execute(shared)
    answers = {}
    for name, sql in reports.items():
        cursor = connection.execute(sql)
        answers[name] = ([column[0] for column in cursor.description], cursor.fetchall())
    return answers


def statements(form):
    """What is made for all reports, and each report."""
    folder = HERE / ("alone" if form == "alone" else "reports")
    reports = {path.stem: path.read_text() for path in sorted(folder.glob("*.sql"))}
    if form == "alone":
        return None, reports
    shared = (HERE / "shared.sql").read_text()
    if form == "one":
        for name in ("buyers", "months", "charges"):
            shared = shared.replace(f"TEMP TABLE {name} AS", f"TEMP VIEW {name} AS")
    return shared, reports


def report(database, runs, target, form):
    connection = connect(database)
    shared, reports = statements(form)
    dashboard(connection, shared, reports)
    times = []
    for _ in range(runs):
        begin = clock()
        answers = dashboard(connection, shared, reports)
        times.append(since(begin))
    window = connection.execute(WINDOW).fetchone()
    document = {
        "span": [plain(value) for value in window],
        "reports": {
            name: [dict(zip(columns, map(plain, row))) for row in rows] for name, (columns, rows) in answers.items()
        },
    }
    pathlib.Path(target).write_text(json.dumps(document, indent=1))
    return {name: statistics.median(one[name] for one in times) for name in times[0]}


def plain(value):
    """Decimals as texts with all their digits, dates as ISO texts."""
    if isinstance(value, (decimal.Decimal, datetime.date)):
        return str(value)
    return value


if __name__ == "__main__":
    if sys.argv[1] == "load":
        result = load(*sys.argv[2:])
    else:
        result = report(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
    result["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    result["version"] = duckdb.__version__
    print(json.dumps(result))
