"""Starts what the image installed, asks it a first query, and stops it: exit code 0 when all went well.

Knows the command line alone; must not import Jishi, because it stands for a stranger with a container.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

PATIENCE = 300.0
QUERY = '{ productOfferingSearch(query: "wlan", first: 3) { hits { productOffering { code } } } }'


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    os.environ["JISHI_PORT"] = port
    for start in ("first", "second"):
        began = time.monotonic()
        server = subprocess.Popen(["jishi", "up", "--customers", "500"], stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = re.fullmatch(r"ready (\S+)\n", server.stdout.readline())
        if address is None:
            sys.exit(f"the server ended with {server.wait()}")
        print(f"{start} start: ready after {time.monotonic() - began:.1f} s as user {os.getuid()}", flush=True)
        subprocess.run([sys.executable, "/opt/jishi/ready.py"], check=True)
        subprocess.run(["jishi", "doctor"], check=True)
        print(ask(f"http://127.0.0.1:{port}/graphql"), flush=True)
        server.send_signal(signal.SIGTERM)
        if code := server.wait(30.0):
            sys.exit(f"the server stopped with {code}")


def ask(address: str) -> object:
    token = subprocess.run(
        ["jishi", "token", "--role", "storefront"], capture_output=True, text=True, check=True
    ).stdout.strip()
    request = urllib.request.Request(
        address,
        json.dumps({"query": QUERY}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30.0) as answer:
        body = json.load(answer)
    if "errors" in body or not body["data"]["productOfferingSearch"]["hits"]:
        sys.exit(f"the first query was answered with {body}")
    return body["data"]


if __name__ == "__main__":
    main()
