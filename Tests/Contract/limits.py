"""Senders that are slow, or send too much: each gets an answer or is cut off in time, and the server goes on.

    limits.py ADDRESS
"""

import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

address = urllib.parse.urlsplit(sys.argv[1])
HEAD = "POST /app/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n"


def talk(first, byte=None, pause=0.5, limit=40):
    """Sends `first`, then a byte every `pause` seconds; gives the first line of the answer, and after how long."""
    start = time.monotonic()
    connection = socket.create_connection((address.hostname, address.port))
    connection.sendall(first.encode())
    connection.settimeout(pause if byte else limit)
    while time.monotonic() - start < limit:
        try:
            answer = connection.recv(400)
            return answer.split(b"\r\n")[0].decode(), time.monotonic() - start
        except TimeoutError:
            try:
                connection.sendall(byte.encode())
            except OSError:
                return "", time.monotonic() - start
        except OSError:
            return "", time.monotonic() - start
    return "nothing", limit


def trickle(first, pause=0.5, limit=40):
    """Sends `first`, then a byte every `pause` seconds, whatever is answered, until the connection is closed."""
    start = time.monotonic()
    connection = socket.create_connection((address.hostname, address.port))
    connection.sendall(first.encode())
    while time.monotonic() - start < limit:
        time.sleep(pause)
        try:
            connection.sendall(b"a")
        except OSError:
            return "", time.monotonic() - start
    return "nothing", limit


def deaf(limit=60):
    """Asks on and on without reading an answer, until the server has had enough."""
    start = time.monotonic()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((address.hostname, address.port))
    connection.settimeout(0.5)
    while time.monotonic() - start < limit:
        try:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        except TimeoutError:
            continue
        except OSError:
            return "", time.monotonic() - start
    return "nothing", limit


CASES = {
    "a client that does not read": (deaf, ""),
    "a head that never ends": (lambda: talk("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"), ""),
    "a head that trickles": (lambda: talk("GET /healthz HTTP/1.1\r\nX: ", "a"), ""),
    "a body that never comes": (lambda: talk(HEAD.format(100)), "HTTP/1.1 408 Request Timeout"),
    "a body that trickles": (lambda: talk(HEAD.format(100), "a"), "HTTP/1.1 408 Request Timeout"),
    "a body that nobody reads": (
        lambda: talk("POST /track/v2/projects/x/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"),
        "HTTP/1.1 401 Unauthorized",
    ),
    "a body of a GET that trickles": (
        lambda: trickle("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"), ""),
    "a body that is too large": (lambda: talk(HEAD.format(2 << 20)), "HTTP/1.1 413 Payload Too Large"),
    "a head that is too large": (
        lambda: talk("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + "a" * 40_000 + "\r\n\r\n"),
        "HTTP/1.1 400 Bad Request",
    ),
    "an escape that is none": (lambda: talk("GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 400 Bad Request"),
}
results = {}
threads = [
    threading.Thread(target=lambda name=name, case=case: results.update({name: case[0]()})) for name, case in CASES.items()
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
failed = 0
for name, (line, seconds) in results.items():
    # A connection without a request is closed without a word.
    wanted = CASES[name][1]
    good = line == wanted or (wanted.startswith("HTTP/1.1 408") and line == "")
    good = good and seconds < 30
    failed += not good
    print(f"  {'ok ' if good else 'BAD'} {name}: {line or 'closed'} after {seconds:.1f} s")
with urllib.request.urlopen(sys.argv[1] + "healthz", timeout=5) as answer:
    print("  ok  the server goes on" if answer.status == 200 else "  BAD the server")
sys.exit(1 if failed else 0)
