"""Drives the pages of a served project in a real browser, as a person would: with clicks and keys, through WebDriver.

    drive.py ADDRESS PROJECT [SCREENSHOTS]

ADDRESS is that of the server, PROJECT the sample project's folder. With SCREENSHOTS each page's picture is written there.
Python's standard library only; `chromedriver` and `chromium` are Debian's packages.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window of a headless Chromium."""

    def __init__(self, downloads, width=1280, height=900, script=True, dark=False):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                port = line.rsplit("port", 1)[1].strip(" .\n")
                self.base = f"http://127.0.0.1:{port}"
                break
        else:
            raise SystemExit("chromedriver did not start")
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}"]
        if dark:
            arguments.append("--force-dark-mode")
        preferences = {"download.default_directory": str(downloads)}
        if not script:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options = {"args": arguments, "prefs": preferences}
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        self.session = None
        answer = self.call("POST", "/session", {"capabilities": capabilities}, whole=True)
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None, whole=False):
        data = json.dumps(body).encode() if body is not None else (b"{}" if method == "POST" else None)
        request = urllib.request.Request(
            self.base + (self.session or "") + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path} {body}: {error.read().decode()[:600]}") from None

    def open(self, address):
        self.call("POST", "/url", {"url": address})

    @property
    def address(self):
        return self.call("GET", "/url")

    def find(self, selector, kind="css selector"):
        return self.call("POST", "/element", {"using": kind, "value": selector})[ELEMENT]

    def find_all(self, selector):
        return [e[ELEMENT] for e in self.call("POST", "/elements", {"using": "css selector", "value": selector})]

    def link(self, text):
        return self.find(text, "link text")

    def click(self, element):
        self.call("POST", f"/element/{element}/click")

    def follow(self, element):
        """Clicks on what leads to another page, and waits until that is there."""
        page = self.find("html")
        self.click(element)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                self.call("GET", f"/element/{page}/name")
            except AssertionError as error:
                if "stale element" in str(error) or "does not belong to the document" in str(error):
                    break
                raise
            time.sleep(0.02)
        else:
            raise AssertionError(f"no other page came of a click on {self.address}")
        while self.script("return document.readyState") != "complete":
            time.sleep(0.02)

    def text(self, element):
        return self.call("GET", f"/element/{element}/text")

    def texts(self, selector):
        return [self.text(element) for element in self.find_all(selector)]

    def value(self, element):
        return self.call("GET", f"/element/{element}/property/value")

    def type(self, element, text):
        self.call("POST", f"/element/{element}/clear")
        self.call("POST", f"/element/{element}/value", {"text": text})

    def body(self):
        # In one step: between two a page may have gone.
        return self.script("return document.body ? document.body.innerText : ''")

    def script(self, code, *arguments):
        return self.call("POST", "/execute/sync", {"script": code, "args": list(arguments)})

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)
    print(f"  ok  {what}")


def wait(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            print(f"  ok  {what}")
            return
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def set_date(browser, name, date):
    # A date field takes keys in the order of the browser's locale; its value is what the form sends.
    field = browser.find(f"input[name={name}]")
    browser.script("arguments[0].value = arguments[1]", {ELEMENT: field}, date)


def reports(browser, server, downloads, shot):
    print("reports")
    browser.open(f"{server}/")
    browser.follow(browser.link("Customer Value Report"))
    shot(browser, "customer-value-report")
    expect(browser.texts("main h2")[1] == "By Product", "the first tab is the product")
    browser.follow(browser.link("UTM source"))
    expect("by=utmSource" in browser.address, "regrouped, and the address says so")
    expect(browser.texts("main h2")[1] == "By UTM source", "the table is by UTM source")

    set_date(browser, "from", "2026-01-01")
    set_date(browser, "through", "2026-01-31")
    browser.follow(browser.find("form.controls button"))
    expect("from=2026-01-01" in browser.address and "by=utmSource" in browser.address, "other dates, the same grouping")
    expect("2026-01-01 – 2026-01-31" in browser.body(), "the page shows January")
    total = browser.texts("tfoot td")[0]

    browser.follow(browser.find("thead th:last-child a"))
    values = [float(t.strip("€").replace(",", "")) for t in browser.texts("tbody tr td:last-child") if t not in ("", "–")]
    expect(values and values == sorted(values, reverse=True), "sorted by LTV, the greatest first")
    browser.follow(browser.find("thead th:last-child a"))
    expect("sort=ltv" in browser.address, "and the other way round")

    browser.click(browser.find_all("a.export")[1])
    file = Path(downloads) / "customer-value_2026-01-01_2026-01-31.csv"
    wait(file.exists, f"exported {file.name}")
    lines = file.read_text().splitlines()
    expect(lines[-1].split(",")[:2] == ["Total", total.replace(",", "")], "the file's total is the page's")

    browser.click(browser.find("select[name=tz] option[value=UTC]"))
    browser.follow(browser.find("form.controls button"))
    expect("tz=UTC" in browser.address and "sort=ltv" in browser.address, "another timezone, the same order")

    browser.follow(browser.find("tfoot td a"))
    expect("FC quantity" in browser.text(browser.find("h1")), "a number leads to what it is made of")
    shot(browser, "explanation")
    browser.follow(browser.link("← Customer Value Report"))
    expect("tz=UTC" in browser.address, "and back to where it was")


def customer_report(browser, server, shot):
    print("customer report")
    browser.open(f"{server}/app/dashboards/customer")
    shot(browser, "customer-report")
    expect("New customers" in browser.body() and "AOV" in browser.body(), "key figures")
    expect(len(browser.find_all("svg.chart")) >= 2, "charts of new and existing customers")
    browser.follow(browser.find(".tabs a"))
    expect("by=" in browser.address and browser.texts("tfoot td"), "a table with its total")


def dashboard(browser, server, shot):
    print("dashboard")
    browser.open(f"{server}/app/dashboards/cltv")
    shot(browser, "dashboard-page")
    expect(len(browser.find_all(".tile")) >= 14, "key figures")
    expect(len(browser.find_all("svg.chart")) >= 4, "charts")
    expect(len(browser.find_all("table.heat")) == 2, "cohort heat maps")
    numbers = browser.find_all("table.heat td:not(.none):not(.null):not(:empty)")
    expect(len(numbers) > 100 and len(numbers) == len(browser.find_all("table.heat td a.num")), "a link from each of their numbers")
    for where, words in [
        ("tbody tr:nth-child(3) td.size", "each customer once"),
        ("tfoot tr:first-child td.size", "each customer once"),
        ("tfoot tr:first-child td:nth-of-type(4)", "Over the cohorts that are old enough"),
        ("tfoot tr.counted td:nth-of-type(4)", "Over the cohorts that are old enough"),
    ]:
        number = browser.find(f"table.heat {where} a.num")
        text = browser.text(number)
        browser.follow(number)
        expect(text in browser.text(browser.find("h1")), f"{text} is explained")
        expect(browser.texts("main tbody tr"), "with what it is made of")
        expect(words in browser.body(), "and who it is over")
        browser.follow(browser.find(".back a"))
    browser.click(browser.find("select[name=by] option[value=country]"))
    browser.follow(browser.find("form.controls button"))
    expect("by=country" in browser.address, "drilled down by country")
    expect("By country" in browser.texts("main h2"), "a table by country beside the reports")
    expect(not browser.script("return document.documentElement.scrollWidth > window.innerWidth"), "nothing overflows")


def use_case(browser, server, project, shot):
    print("use case")
    values = Path(project) / "values.yaml"
    before = values.read_text()
    browser.open(f"{server}/app/use-cases")
    shot(browser, "use-cases")
    browser.follow(browser.link("Customer lifetime value dashboard"))
    shot(browser, "use-case")
    browser.script("document.getElementById('setup').scrollIntoView()")
    shot(browser, "setup")
    browser.follow(browser.link("Plan a deployment"))
    expect("0 to create" in browser.body() and "Nothing to do" in browser.body(), "a plan of nothing")
    shot(browser, "plan")
    browser.open(f"{server}/app/use-cases/cltv-dashboard")
    browser.type(browser.find("[id='p.name_prefix']"), "[Shop] ")
    browser.follow(browser.find("form[action$='/preview'] button"))
    expect("+   name_prefix" in browser.body(), "the preview shows the change of values.yaml")
    expect("to update" in browser.body(), "and the plan")
    shot(browser, "preview")
    expect(values.read_text() == before, "nothing is written yet")
    browser.follow(browser.find("button[name=deploy]"))
    expect("Done: deployed" in browser.body(), "saved and deployed")
    expect("[Shop] " in values.read_text(), "values.yaml has the value")
    browser.follow(browser.link("Open the dashboard"))
    expect("[Shop] Customer lifetime value" in browser.body(), "the dashboard has the new name")
    browser.open(f"{server}/app/use-cases/cltv-dashboard")
    browser.follow(browser.find("a[href$='rollback?to=1']"))
    shot(browser, "rollback")
    browser.follow(browser.find("form[action$='/rollback'] button"))
    expect("Done: rolled-back" in browser.body(), "rolled back")
    browser.open(f"{server}/app/dashboards/cltv")
    expect("[ACLV] Customer lifetime value" in browser.body(), "the dashboard has the old name")
    browser.open(f"{server}/app/data")
    shot(browser, "data")
    expect("last updated" in browser.body(), "the data page tells how fresh the sources are")


def without_script(server, downloads):
    print("without script, on a phone")
    browser = Browser(downloads, width=390, height=844, script=False)
    try:
        browser.open(f"{server}/app/dashboards/customer-value")
        browser.follow(browser.link("Price plan"))
        expect("by=price.name" in browser.address, "regrouped")
        browser.type(browser.find("input[name='exclude.status']"), "returned")
        browser.follow(browser.find("form.controls button"))
        expect("exclude.status=returned" in browser.address and "by=price.name" in browser.address, "left out a status")
        expect("Left out by choice" in browser.body(), "and the page says so")
    finally:
        browser.close()


def login(browser, project, shot):
    print("with tokens")
    tenure = os.environ["TENURE"]
    made = subprocess.run([tenure, "token", "create", "browser", "-C", project], check=True, capture_output=True, text=True)
    token = made.stdout.strip()
    server = subprocess.Popen(
        [tenure, "serve", "-C", project, "--port", "0", "--require-token"], stderr=subprocess.PIPE, text=True
    )
    try:
        address = next(line.split()[1] for line in server.stderr if line.startswith("serving http"))
        browser.open(f"{address}/app/dashboards/cltv")
        expect("/app/login" in browser.address, "without a token there is only the way in")
        shot(browser, "login")
        browser.type(browser.find("#token"), "nobody")
        browser.follow(browser.find("form button"))
        expect("There is no such token" in browser.body(), "a wrong token is refused")
        browser.type(browser.find("#token"), token)
        browser.follow(browser.find("main form button"))
        expect(browser.address.endswith("/app/dashboards/cltv"), "signed in, and where one wanted to go")
        browser.follow(browser.find("form[action$='/logout'] button"))
        browser.open(f"{address}/app/data")
        expect("/app/login" in browser.address, "signed out")
    finally:
        server.terminate()
        server.wait(timeout=15)


def keyboard(browser, server):
    print("keyboard")
    browser.open(f"{server}/app/dashboards/customer-value")
    browser.call("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": [
        {"type": "keyDown", "value": "\ue004"}, {"type": "keyUp", "value": "\ue004"},
        {"type": "keyDown", "value": "\ue007"}, {"type": "keyUp", "value": "\ue007"}]}]})
    expect(browser.address.endswith("#content"), "the first stop skips to the content")


def main():
    server, project = sys.argv[1].rstrip("/"), sys.argv[2]
    pictures = sys.argv[3] if len(sys.argv) > 3 else None

    def shot(browser, name):
        if pictures:
            os.makedirs(pictures, exist_ok=True)
            browser.screenshot(f"{pictures}/{name}.png")

    with tempfile.TemporaryDirectory() as downloads:
        browser = Browser(downloads)
        try:
            reports(browser, server, downloads, shot)
            customer_report(browser, server, shot)
            dashboard(browser, server, shot)
            keyboard(browser, server)
            use_case(browser, server, project, shot)
            login(browser, project, shot)
        except AssertionError:
            print(browser.address, browser.body()[:2000], sep="\n", file=sys.stderr)
            raise
        finally:
            browser.close()
        without_script(server, downloads)
    print("the browser saw what it should")


main()
