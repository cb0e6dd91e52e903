#!/usr/bin/env python3
"""Recomputes expected.json from the data files, without any code of the project: `python3 expected.py`.

Python's standard library only; amounts and rates are `Fraction`s made from their text, instants are exact.
With `--check` nothing is written, and the exit code tells whether expected.json is what the files give.
"""

import csv
import json
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, datetime, timezone
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent
PRAGUE = ZoneInfo("Europe/Prague")
SUCCESS, CANCELED = {"completed"}, {"cancelled", "returned"}
EMAIL, SMS = "email_marketing", "sms"
MICROSECONDS_A_DAY = 86_400_000_000

ABOUT = (
    "Reference answers, computed by expected.py (standard library of Python only, no code of the project) from "
    "the data files. Test orders are left out first. Rows that agree in every column are one delivery. A "
    "purchase is an order_id; it belongs to the local time (Europe/Prague; wall times that occur twice are the "
    "first) of its earliest row, and its state, amount, currency and attributes are those of the newest row (by "
    "time, then line). `completed` counts, `cancelled` and `returned` are cancelled purchases, anything else is "
    "neither. Rows without customer are each a buyer of their own. Refunds are subtracted from completed orders "
    "only, booked on the order's date. Amounts are converted into EUR with the newest rate not after the local "
    "date of the order, multiplied exactly and never rounded; they are written as text with all digits. `as_of` "
    "is the newest of the purchase, refund and consent events. Months and cohorts are calendar months of "
    "Europe/Prague. A consent is valid when the newest event of the category not after as_of (reject first on a "
    "tie) is an accept whose valid_until is `unlimited` or later than as_of."
)


def exact(value):
    """A fraction with a power of ten below the line as decimal text with all its digits."""
    scale = 0
    while (value * 10**scale).denominator != 1:
        scale += 1
        assert scale < 30
    units = (value * 10**scale).numerator
    text = f"{abs(units):0{scale + 1}d}"
    whole, part = (text[:-scale], text[-scale:]) if scale else (text, "")
    return ("-" if units < 0 else "") + whole + ("." + part if part else "")


def prague(text, pattern="%Y-%m-%d %H:%M:%S"):
    """The UTC instant of a wall time in Prague. `fold=0`: the first of two."""
    return datetime.strptime(text, pattern).replace(tzinfo=PRAGUE).astimezone(timezone.utc)


def utc(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def table(name, **options):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, **options))


def month(instant):
    return instant.astimezone(PRAGUE).strftime("%Y-%m")


def microseconds(delta):
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class Rates:
    """Rates into euros, or into the currency that the column `to` names."""

    def __init__(self, into="EUR"):
        self.into = into
        self.dates, self.values = defaultdict(list), defaultdict(list)
        rows = [row for row in table("rates.csv") if (row["to"] or "EUR") == into]
        for row in sorted(rows, key=lambda row: row["date"]):
            self.dates[row["currency"]].append(date.fromisoformat(row["date"]))
            self.values[row["currency"]].append(Fraction(row["rate"]))

    def converted(self, amount, currency, instant):
        if currency == self.into:
            return amount
        position = bisect_right(self.dates[currency], instant.astimezone(PRAGUE).date())
        assert position > 0, f"no rate of {currency} at {instant}"
        return amount * self.values[currency][position - 1]


def read_purchases():
    """One record an order, and counts of the rows."""
    rows = table("data/orders.csv")
    facts = {"order_rows": len(rows)}
    real = [row for row in rows if row["is_test"] != "true"]
    facts["test_order_rows"] = len(rows) - len(real)
    seen, unique = set(), []
    for row in real:
        content = tuple(row.values())
        if content not in seen:
            seen.add(content)
            unique.append(row)
    facts["repeated_order_rows"] = len(real) - len(unique)
    groups = defaultdict(list)
    for line, row in enumerate(unique):
        groups[row["order_id"]].append((prague(row["recorded_at"]), line, row))
    purchases = {}
    for key, states in groups.items():
        states.sort(key=lambda state: state[:2])
        row = states[-1][2]
        assert len({state[2]["customer_id"] for state in states}) == 1
        purchases[key] = {
            "id": key,
            "customer": row["customer_id"] or f"guest {key}",
            "at": states[0][0],
            "newest": states[-1][0],
            "state": row["state"],
            "amount": Fraction(row["total"]),
            "currency": row["currency"],
            "row": row,
            "refunded": Fraction(0),
            "refund_rows": 0,
        }
    facts["purchase_keys"] = len(purchases)
    facts["guest_orders"] = sum(1 for row in unique if not row["customer_id"])
    return purchases, facts


def valid_consents(category, as_of):
    """The customers whose consent of that category is valid at `as_of`."""
    newest = {}
    with open(HERE / "data/consents.ndjson", encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            at = utc(event["at"])
            if event["category"] != category or at > as_of:
                continue
            rank = (at, event["action"] == "reject")
            if event["customer"] not in newest or rank >= newest[event["customer"]][0]:
                newest[event["customer"]] = (rank, event)
    valid = set()
    expired = 0
    for customer, (_, event) in newest.items():
        if event["action"] == "accept":
            if event["valid_until"] == "unlimited" or utc(event["valid_until"]) > as_of:
                valid.add(customer)
            else:
                expired += 1
    return valid, expired


def first_charge_of(purchase, purchases, counted):
    """The first charge that a charge belongs to: the one its parents lead to, else that of its subscription (the latest
    before it, else the earliest after), else the customer's latest before it."""
    firsts = [p for p in counted[purchase["customer"]] if p["row"]["charge_kind"] == "first_charge"]
    ids = {first["id"] for first in firsts}
    parent, visited = purchase["row"]["parent_order_id"], set()
    while parent in purchases and parent not in visited:
        if parent in ids:
            return purchases[parent]
        visited.add(parent)
        parent = purchases[parent]["row"]["parent_order_id"]
    assert all(first["at"] != purchase["at"] for first in firsts), f"which is first? {purchase['id']}"
    before = [first for first in firsts if first["at"] < purchase["at"]]
    subscription = purchase["row"]["subscription_id"]
    if subscription:
        for first in before[::-1] + [first for first in firsts if first["at"] > purchase["at"]]:
            if first["row"]["subscription_id"] == subscription:
                return first
    return before[-1] if before else None


def figures(purchases, in_window, history):
    """The headline of a window; `history` are the customers' counted purchases over everything up to as_of."""
    good = [p for p in purchases if p["state"] in SUCCESS and in_window(p["at"])]
    canceled = [p for p in purchases if p["state"] in CANCELED and in_window(p["at"])]
    buyers = {p["customer"] for p in good}
    gross = sum((p["gross_eur"] for p in good), Fraction(0))
    refunds = sum((p["refund_eur"] for p in good), Fraction(0))
    lifetime = sum((p["gross_eur"] - p["refund_eur"] for b in buyers for p in history[b]), Fraction(0))
    by_currency = defaultdict(Fraction)
    for p in good:
        by_currency[p["currency"]] += p["amount"] - p["refunded"]
    return {
        "purchases": len(good),
        "canceled_purchases": len(canceled),
        "unclassified_purchases": sum(
            1 for p in purchases if in_window(p["at"]) and p["state"] not in SUCCESS | CANCELED),
        "buyers": len(buyers),
        "new_buyers": sum(1 for b in buyers if in_window(history[b][0]["at"])),
        "repeat_buyers": sum(1 for b in buyers if len(history[b]) >= 2),
        "repurchase_rate": [sum(1 for b in buyers if len(history[b]) >= 2), len(buyers)],
        "gross_revenue": exact(gross),
        "refunds": exact(refunds),
        "revenue": exact(gross - refunds),
        "revenue_in_pounds": exact(sum((p["net_gbp"] for p in good), Fraction(0))),
        "lifetime_revenue": exact(lifetime),
        "net_revenue_in_own_currency": {c: exact(by_currency[c]) for c in sorted(by_currency)},
    }


def subscribers(valid, history):
    inside = {b for b in history if b in valid}
    return {
        name: {
            "buyers": len(group),
            "purchases": sum(len(history[b]) for b in group),
            "revenue": exact(sum((p["gross_eur"] - p["refund_eur"] for b in group for p in history[b]), Fraction(0))),
        }
        for name, group in (("subscribers", inside), ("non_subscribers", set(history) - inside))
    }


def charges(good, purchases, history, in_window):
    """Charges of a window in both attributions: quantity, gross and net."""
    def total(items):
        return {
            "quantity": len(items),
            "gross": exact(sum((p["gross_eur"] for p in items), Fraction(0))),
            "net": exact(sum((p["gross_eur"] - p["refund_eur"] for p in items), Fraction(0))),
        }
    anchored, orphans = [], 0
    for p in good:
        first = p if p["row"]["charge_kind"] == "first_charge" else first_charge_of(p, purchases, history)
        if first is None:
            orphans += 1
        elif in_window(first["at"]):
            anchored.append(p)
    kinds = ("first_charge", "upsell", "rebill")
    return {
        "period": {k: total([p for p in good if p["row"]["charge_kind"] == k and in_window(p["at"])]) for k in kinds},
        "anchored": {k: total([p for p in anchored if p["row"]["charge_kind"] == k]) for k in kinds},
        "without_first_charge_in_the_whole_history": orphans,
    }


def ratio(numerator, denominator):
    """[numerator, denominator] of a quotient; null where there is nothing to divide by."""
    return [exact(numerator), denominator] if denominator else None


def value_sums(items, money):
    """Quantities and amounts of some charges; `money` gives the net amount of one."""
    sums = {}
    for kind, name in (("first_charge", "fc"), ("upsell", "upsells"), ("rebill", "rebills")):
        own = [p for p in items if p["row"]["charge_kind"] == kind]
        sums[f"{name}_quantity"] = len(own)
        sums[f"{name}_amount"] = sum(map(money, own), Fraction(0))
    return sums


def written(sums):
    return {name: exact(value) if isinstance(value, Fraction) else value for name, value in sums.items()}


def customer_value(good, purchases, history, in_window):
    """The customer value report of a window, in both attributions: the total, and rows by three dimensions."""
    def euro(p):
        return p["gross_eur"] - p["refund_eur"]

    def own(p):
        return p["amount"] - p["refunded"]

    def report(pairs):
        """Pairs of a charge and the charge under whose dimensions it stands."""
        def rows(key, money=euro):
            groups = defaultdict(list)
            for charge, under in pairs:
                groups[key(charge, under)].append(charge)
            return {name: written(value_sums(groups[name], money)) for name in sorted(groups)}

        total = value_sums([charge for charge, _ in pairs], euro)
        quantity, amount = total["fc_quantity"], total["fc_amount"] + total["upsells_amount"]
        return {
            "total": written(total) | {
                "fc_aov": ratio(total["fc_amount"], quantity),
                "upsells_aov": ratio(total["upsells_amount"], total["upsells_quantity"]),
                "total_aov": ratio(amount, quantity),
                "ltv": ratio(amount + total["rebills_amount"], quantity),
            },
            "by_product": rows(lambda charge, under: under["row"]["product"]),
            "by_utm_source": rows(lambda charge, under: under["row"]["utm_source"] or "(none)"),
            # Each currency in itself, so the charge's own and not that of its first charge.
            "by_currency": rows(lambda charge, under: charge["currency"], own),
        }

    anchored = []
    for p in good:
        first = p if p["row"]["charge_kind"] == "first_charge" else first_charge_of(p, purchases, history)
        if first is not None and in_window(first["at"]):
            anchored.append((p, first))
    return {"anchored": report(anchored), "period": report([(p, p) for p in good if in_window(p["at"])])}


def customer_report(good, history, in_window, months):
    """The customer report of a window; `months` are those that lie in the window as a whole and are over."""
    def worth(items):
        return sum((p["gross_eur"] - p["refund_eur"] for p in items), Fraction(0))

    def whole_histories(customers):
        items = [p for c in customers for p in history[c]]
        repeat = sum(1 for c in customers if len(history[c]) >= 2)
        return {
            "customers": len(customers),
            "purchases": len(items),
            "revenue": exact(worth(items)),
            "aov": ratio(worth(items), len(items)),
            "revenue_per_customer": ratio(worth(items), len(customers)),
            "orders_per_customer": [len(items), len(customers)] if customers else None,
            "repurchase_rate": [repeat, len(customers)] if customers else None,
        }

    inside = [p for p in good if in_window(p["at"])]
    customers = {p["customer"] for p in inside}
    new = {c for c in customers if in_window(history[c][0]["at"])}
    active = {m: {p["customer"] for p in good if month(p["at"]) == m} for m in {month(p["at"]) for p in good}}

    def before(m):
        year, number = int(m[:4]), int(m[5:])
        return active.get(f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}", set())

    previous = sum(len(before(m)) for m in months)
    buyers = sum(len(active[m]) for m in months)
    by_currency = defaultdict(list)
    for p in inside:
        by_currency[p["currency"]].append(p)
    return {
        "customers": len(customers),
        "new_customers": len(new),
        "existing_customers": len(customers - new),
        "purchases": len(inside),
        "revenue": exact(worth(inside)),
        "of_the_window": whole_histories(customers),
        "new": whole_histories(new),
        "existing": whole_histories(customers - new),
        "all": whole_histories(set(history)),
        "retention_rate": [sum(len(before(m) & active[m]) for m in months), previous] if previous else None,
        "period_frequency": [sum(1 for p in good if month(p["at"]) in months), buyers] if buyers else None,
        "by_currency": {
            c: {
                "customers": len({p["customer"] for p in items}),
                "new_customers": sum(1 for b in new if history[b][0]["currency"] == c),
                "purchases": len(items),
                "revenue": exact(sum((p["amount"] - p["refunded"] for p in items), Fraction(0))),
            }
            for c, items in sorted(by_currency.items())
        },
    }


def quantile(values, fifths):
    """The smallest value that at least that many fifths of the values are at most: nearest rank, no interpolation."""
    ordered = sorted(values)
    return next(v for v in ordered if 5 * bisect_right(ordered, v) >= fifths * len(ordered))


def rfm_segment(recency, frequency, monetary):
    """The named segments of the use case rfm-segmentation; the first that fits."""
    if recency == 5 and frequency >= 4 and monetary >= 4:
        return "Champions"
    if recency >= 3 and frequency >= 4:
        return "Loyal"
    if recency == 5 and frequency == 1:
        return "New customers"
    if recency == 4 and frequency == 1:
        return "Promising"
    if recency >= 4:
        return "Potential loyalists"
    if recency == 3:
        return "Need attention" if frequency == 3 or monetary >= 4 else "About to sleep"
    if frequency == 5 or monetary == 5:
        return "Cannot lose them"
    return "At risk" if frequency in (3, 4) or monetary == 4 else "Hibernating"


def rfm(history, as_of, email):
    """Scores by fifths of the buyers, 5 the best, and the segments that they make."""
    since = {b: microseconds(as_of - own[-1]["at"]) for b, own in history.items()}
    count = {b: len(own) for b, own in history.items()}
    spent = {b: sum((p["gross_eur"] - p["refund_eur"] for p in own), Fraction(0)) for b, own in history.items()}
    cuts = {name: [quantile(list(values.values()), fifths) for fifths in (1, 2, 3, 4)]
            for name, values in (("recency", since), ("frequency", count), ("monetary", spent))}
    scores = {
        b: (5 - sum(1 for cut in cuts["recency"] if since[b] > cut),
            1 + sum(1 for cut in cuts["frequency"] if count[b] > cut),
            1 + sum(1 for cut in cuts["monetary"] if spent[b] > cut))
        for b in history
    }

    def rows(key):
        groups = defaultdict(list)
        for b in history:
            groups[key(b)].append(b)
        return {
            name: {
                "buyers": len(groups[name]),
                "purchases": sum(count[b] for b in groups[name]),
                "revenue": exact(sum((spent[b] for b in groups[name]), Fraction(0))),
                "email_buyers": sum(1 for b in groups[name] if b in email),
            }
            for name in sorted(groups)
        }

    return {
        "cuts": {
            "recency_microseconds": cuts["recency"],
            "frequency": cuts["frequency"],
            "monetary": [exact(cut) for cut in cuts["monetary"]],
        },
        "recency": rows(lambda b: f"Recency {scores[b][0]}"),
        "frequency": rows(lambda b: f"Frequency {scores[b][1]}"),
        "monetary": rows(lambda b: f"Monetary {scores[b][2]}"),
        "recency_frequency": rows(lambda b: f"Recency {scores[b][0]} Frequency {scores[b][1]}"),
        "segments": rows(lambda b: rfm_segment(*scores[b])),
    }


def main():
    rates, pounds = Rates(), Rates("GBP")
    purchases, facts = read_purchases()
    refund_rows = table("data/refunds.csv", delimiter=";")
    facts["refund_rows"] = len(refund_rows)
    refund_times = []
    for row in refund_rows:
        purchase = purchases[row["order_id"]]
        refund_times.append(prague(row["refunded_at"], "%d.%m.%Y %H:%M"))
        purchase["refunded"] += Fraction(row["amount"].replace(",", "."))
        purchase["refund_rows"] += 1
    with open(HERE / "data/consents.ndjson", encoding="utf-8") as file:
        consent_times = [utc(json.loads(line)["at"]) for line in file]
    facts["consent_rows"] = len(consent_times)
    facts["customers_with_properties"] = len(table("data/customers.csv"))
    as_of = max([p["newest"] for p in purchases.values()] + refund_times + consent_times)
    assert max(p["newest"] for p in purchases.values()) <= as_of

    history = defaultdict(list)
    for p in sorted(purchases.values(), key=lambda p: p["at"]):
        p["gross_eur"] = rates.converted(p["amount"], p["currency"], p["at"])
        p["refund_eur"] = rates.converted(p["refunded"], p["currency"], p["at"])
        p["net_gbp"] = pounds.converted(p["amount"] - p["refunded"], p["currency"], p["at"])
        assert 0 <= p["refunded"] <= p["amount"], p["id"]
        if p["state"] in SUCCESS:
            history[p["customer"]].append(p)
    good = [p for own in history.values() for p in own]
    facts["refund_rows_of_completed_orders"] = sum(p["refund_rows"] for p in good)
    facts["zero_amount_purchases"] = sum(1 for p in good if p["amount"] == 0)
    facts["states"] = dict(sorted(Counter(p["state"] for p in purchases.values()).items()))

    def year_2025(at):
        return at.astimezone(PRAGUE).year == 2025

    local = as_of.astimezone(PRAGUE)
    year_before = local.replace(year=local.year - 1, fold=0).astimezone(timezone.utc)

    def twelve_months(at):
        return year_before < at <= as_of

    months = sorted({month(p["at"]) for p in good})
    # Months in which nobody bought would be missing; there are none.
    over = [m for m in months if m < month(as_of)]
    windows = {"twelve_months": (twelve_months, [m for m in over if m > month(year_before)]),
               "all_time": (lambda at: True, over)}
    active = {m: {p["customer"] for p in good if month(p["at"]) == m} for m in months}
    cohort_of = {b: month(own[0]["at"]) for b, own in history.items()}
    by_month, cohorts = {}, {}
    for position, m in enumerate(months):
        inside = [p for p in good if month(p["at"]) == m]
        by_month[m] = {
            "purchases": len(inside),
            "buyers": len(active[m]),
            "new_buyers": sum(1 for c in cohort_of.values() if c == m),
            "buyers_of_the_month_before": len(active[months[position - 1]]) if position else 0,
            "retained_buyers": len(active[m] & active[months[position - 1]]) if position else 0,
            "revenue": exact(sum((p["gross_eur"] - p["refund_eur"] for p in inside), Fraction(0))),
        }
        members = {b for b, c in cohort_of.items() if c == m}
        cohorts[m] = {
            "size": len(members),
            "active_by_age": [len(members & active[later]) for later in months[position:]],
            "revenue_by_age": [
                exact(sum((p["gross_eur"] - p["refund_eur"] for p in good
                           if p["customer"] in members and month(p["at"]) == later), Fraction(0)))
                for later in months[position:]
            ],
        }

    gaps = [microseconds(b["at"] - a["at"]) for own in history.values() for a, b in zip(own, own[1:])]
    gaps.sort()
    middle = Fraction(gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2], 2)
    email, email_expired = valid_consents(EMAIL, as_of)
    sms, sms_expired = valid_consents(SMS, as_of)
    classes = Counter(len(own) for own in history.values())
    answer = {
        "about": ABOUT,
        "as_of": as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timezone": "Europe/Prague",
        "currency": "EUR",
        "facts": facts,
        "history": figures(purchases.values(), lambda at: True, history),
        "year_2025": figures(purchases.values(), year_2025, history),
        "gaps": {
            "count": len(gaps),
            "sum_microseconds": sum(gaps),
            "median_days": float(middle / MICROSECONDS_A_DAY),
        },
        "email": {"valid_customers": len(email), "expired_customers": email_expired, **subscribers(email, history)},
        "sms": {"valid_customers": len(sms), "expired_customers": sms_expired, **subscribers(sms, history)},
        "purchases_per_buyer": {str(n): classes[n] for n in sorted(classes)},
        "charges_of_2025": charges(good, purchases, history, year_2025),
        "rfm": rfm(history, as_of, email),
        "customer_value": {
            name: customer_value(good, purchases, history, in_window) for name, (in_window, _) in windows.items()
        },
        "customer_report": {
            name: customer_report(good, history, in_window, complete)
            for name, (in_window, complete) in windows.items()
        },
        "months": by_month,
        "cohorts": cohorts,
        "notes": {
            "repurchase_rate": "[numerator, denominator]; the window's buyers with two or more purchases in their whole"
            " history, divided by the window's buyers",
            "lifetime_revenue": "net revenue over the whole history of the window's buyers; realised CLTV is this"
            " divided by `buyers`",
            "months": "the last month is incomplete: as_of lies before its end. retained_buyers bought in the month"
            " and in the one before",
            "cohorts": "from the cohort's own month to the month of as_of",
            "charges_of_2025": "completed orders by charge kind. period: by the charge's own date. anchored: the first"
            " charges of 2025 and what belongs to them up to as_of (by parent, by subscription, else the customer's"
            " latest first charge before)",
            "rfm": "fifths of the buyers by the time since the last completed order, the number of completed orders and"
            " net revenue, all of the whole history; 5 is the best. A cut is the smallest value that a fifth (two, three,"
            " four fifths) of the buyers are at most; equal values have equal scores",
            "purchases_per_buyer": "buyers by their number of purchases in the whole history",
            "customer_value": "the metrics of the customer value report, net. anchored: rows by the first charge's"
            " product and UTM source. by_currency: each row in its own currency, in both attributions by the charge's"
            " own. Quotients of the total are [numerator, denominator], null where there is nothing to divide by."
            " twelve_months: what is later than the wall time of as_of one year before",
            "customer_report": "purchases and revenue beside the counts are of the window. of_the_window, new,"
            " existing, all: over the whole history up to as_of of its customers, of the new ones and the existing ones"
            " among them, and of all customers ever acquired. retention_rate and period_frequency: over the months that"
            " lie in the window as a whole and are over. by_currency: each row in its own currency; a customer is new"
            " in the row of the first purchase",
        },
    }
    text = json.dumps(answer, indent=2, ensure_ascii=False) + "\n"
    target = HERE / "expected.json"
    if "--check" in sys.argv[1:]:
        same = target.read_text(encoding="utf-8") == text
        print("expected.json is up to date" if same else "expected.json differs from the data files")
        sys.exit(0 if same else 1)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
