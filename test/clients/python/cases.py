"""Runs named cases against the gateway and prints a JSON line for each, as node/cases.mjs does."""

import json
import os
import sys
import traceback

BASE = os.environ["TELLTALE_URL"]

TOOL = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def run(client, cases):
    failed = 0
    for case in cases:
        name = case.__name__
        headers = {"X-Session-Id": f"{client}-{name}", "X-User-Id": "user-123"}
        try:
            facts = case(headers) or {}
            print(json.dumps({"case": name, "ok": True, **facts}), flush=True)
        except Exception:  # the report is the point: the Go test fails on it
            failed += 1
            print(json.dumps({"case": name, "ok": False, "error": traceback.format_exc()}), flush=True)
    sys.exit(1 if failed else 0)
