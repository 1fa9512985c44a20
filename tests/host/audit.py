#!/usr/bin/env python3
"""Prints the records of pamlease in an audit log as the history has them."""

import json
import re
import sys

NAMES = {"acct": "user", "id": "uid", "hostname": "rhost", "terminal": "tty"}
TEXTS = {"acct", "service", "phase", "step", "why", "detail", "session",
         "let_in_by", "by", "reason", "request"}
FIELD = re.compile(r'(\w+)=("[^"]*"|\S*)')


def value(name, text):
    if text.startswith('"'):
        return text[1:-1]
    if name in TEXTS:
        return bytes.fromhex(text).decode("latin-1")
    return int(text) if text.isdigit() else text


for line in open(sys.argv[1], encoding="latin-1"):
    match = re.search(r"msg='op=(?:PAM:)?lease-(\S+) (.*)'$", line)
    if match is None:
        continue
    facts = {"event": match.group(1)}
    for name, text in FIELD.findall(match.group(2)):
        if name not in ("exe", "addr", "res") and text != "?":
            facts[NAMES.get(name, name)] = value(name, text)
    print(json.dumps(facts))
