"""Compares Tenure's answers with DuckDB's, cell by cell.

    python compare.py TENURE.json DUCKDB.json

Counts and money are equal as exact decimals, everything that was divided within 1e-12. A row that only Tenure has (an
empty day of a trend, a cohort's month without purchases) must hold nothing. The first cells that differ are named.
"""

import decimal
import json
import sys

TOLERANCE = decimal.Decimal("1e-12")
SHOWN = 20


def load(path):
    """JSON whose numbers keep all their digits."""
    with open(path) as file:
        return json.load(file, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def differences(tenure, duckdb):
    """(number of compared cells, sentences about those that differ)"""
    problems = []
    window = tenure["semantics"]["window"]["from"].replace("T", " ").rstrip("Z")
    if window != duckdb["span"][0]:
        problems.append(f"the window begins at {window} and at {duckdb['span'][0]}")
    compared = 0
    for report in tenure["reports"]:
        answer = duckdb["reports"].get(report["id"])
        if answer is None:
            problems.append(f"{report['id']}: DuckDB has no such report")
            continue
        cells = Cells(report, answer)
        cells.compare()
        compared += cells.compared
        problems += cells.problems
    for name in set(duckdb["reports"]) - {report["id"] for report in tenure["reports"]}:
        problems.append(f"{name}: Tenure has no such report")
    return compared, problems


class Cells:
    """One report of both sides."""

    def __init__(self, report, answer):
        self.name = report["id"]
        self.exact = {
            column["name"]
            for column in report["columns"]
            if column["type"] in ("count", "money") and "/" not in (column["formula"] or "")
        } | {"customers"}
        self.report = report
        self.keys = [dimension["name"] for dimension in report["dimensions"]]
        self.answer = answer
        self.compared = 0
        self.problems = []

    def compare(self):
        report = self.report
        self.part("row", report["rows"], self.keys)
        if report["total"] is not None:
            self.part("total", [report["total"]], [])
        if "course" in report:
            keys = [dimension["name"] for dimension in report["course"]["dimensions"]]
            self.part("course", report["course"]["rows"], keys)
            self.part("course total", [report["course"]["total"]], [])
        if report.get("ages"):
            ages = [
                {
                    "keys": {"age_months": {"number": age["age"]}},
                    "values": age["values"] | {"customers": age["customers"], "coverage": age["coverage"]},
                }
                for age in report["ages"]
            ]
            self.part("age", ages, ["age_months"])
            cohorts = [
                {"keys": {"cohort_month": cohort["cohort"]}, "values": {"customers": cohort["customers"]}}
                for cohort in report["cohorts"]
                if cohort["customers"] is not None
            ]
            self.part("cohort", cohorts, ["cohort_month"])

    def part(self, part, rows, keys):
        theirs = {}
        for row in self.answer:
            if row["part"] == part:
                theirs[tuple(bucket(row[key], key) for key in keys)] = row
        for row in rows:
            key = tuple(label(row["keys"][key]) for key in keys)
            self.row(part, key, row["values"], theirs.pop(key, None))
        if part != "cohort" or rows:
            for key in theirs:
                self.problems.append(f"{self.name}, {part} {', '.join(map(str, key))}: only DuckDB has this row")

    def row(self, part, key, values, theirs):
        for column, ours in values.items():
            self.compared += 1
            other = theirs.get(column) if theirs else None
            if not self.equal(column, ours, other, is_missing=theirs is None):
                place = f"{self.name}, {part}" + (f" {', '.join(map(str, key))}" if key else "")
                self.problems.append(f"{place}, {column}: Tenure {ours}, DuckDB {other}")

    def equal(self, column, ours, other, is_missing):
        if is_missing and (ours is None or ours == 0):
            return True
        if ours is None or other is None:
            return ours is None and other is None
        ours, other = decimal.Decimal(ours), decimal.Decimal(other)
        if column in self.exact:
            return ours == other
        return abs(ours - other) <= TOLERANCE * max(abs(ours), abs(other))


def label(key):
    if key.get("missing"):
        return None
    return text(key["number"]) if "number" in key else key["label"]


def bucket(value, key):
    """A month is the date of its first day in SQL."""
    return text(value)[:7] if key.endswith("month") and value is not None else text(value)


def text(value):
    return None if value is None else str(value)


if __name__ == "__main__":
    compared, problems = differences(load(sys.argv[1]), load(sys.argv[2]))
    for problem in problems[:SHOWN]:
        print(problem)
    if problems:
        print(f"{len(problems)} of {compared} cells differ")
        sys.exit(1)
    print(f"{compared} cells are equal")
