"""The DuckDB side: loads the CSV files, and answers the reports in SQL.

    python duckdb_side.py load FOLDER DATABASE
    python duckdb_side.py report DATABASE RUNS ANSWERS.json tables|views

Each prints one line of JSON with its times. What the SQL is stands in load.sql, shared.sql and reports/. With `tables`
everything in shared.sql is made once for all reports, as somebody would who tunes this dashboard by hand; with `views`
only the purchases are, and each report computes the rest of what it needs.
"""

import datetime
import decimal
import json
import pathlib
import resource
import sys
import time

import duckdb

HERE = pathlib.Path(__file__).parent
THREADS = 2


def connect(database):
    connection = duckdb.connect(database)
    connection.execute(f"SET threads = {THREADS}; SET TimeZone = 'UTC'")
    return connection


def load(folder, database):
    pathlib.Path(database).unlink(missing_ok=True)
    sql = (HERE / "load.sql").read_text().replace("$folder", folder)
    begin = time.perf_counter()
    connection = connect(database)
    connection.execute(sql)
    connection.close()
    return {"seconds": time.perf_counter() - begin}


def dashboard(connection, shared, reports):
    """One run: what the reports share, then each of them with its rows fetched."""
    connection.execute(shared)
    answers = {}
    for name, sql in reports.items():
        cursor = connection.execute(sql)
        answers[name] = ([column[0] for column in cursor.description], cursor.fetchall())
    return answers


def report(database, runs, target, form):
    connection = connect(database)
    shared = (HERE / "shared.sql").read_text()
    if form == "views":
        for name in ("buyers", "months", "charges"):
            shared = shared.replace(f"TEMP TABLE {name} AS", f"TEMP VIEW {name} AS")
    reports = {path.stem: path.read_text() for path in sorted((HERE / "reports").glob("*.sql"))}
    dashboard(connection, shared, reports)
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        answers = dashboard(connection, shared, reports)
        times.append(time.perf_counter() - begin)
    span = connection.execute("SELECT since, as_of FROM span").fetchone()
    document = {
        "span": [plain(value) for value in span],
        "reports": {
            name: [dict(zip(columns, map(plain, row))) for row in rows] for name, (columns, rows) in answers.items()
        },
    }
    pathlib.Path(target).write_text(json.dumps(document, indent=1))
    return {"seconds": times}


def plain(value):
    """Decimals as texts with all their digits, dates as ISO texts."""
    if isinstance(value, (decimal.Decimal, datetime.date)):
        return str(value)
    return value


if __name__ == "__main__":
    if sys.argv[1] == "load":
        result = load(sys.argv[2], sys.argv[3])
    else:
        result = report(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
    result["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    result["version"] = duckdb.__version__
    print(json.dumps(result))
