#!/usr/bin/env python3
"""Plays histories, and reads the pages that are made of them.

usage: report.py play KIND	prints a history of that kind, which ends now; who
			is still in has the session LIVE
       report.py facts PAGE	prints what stands in a page, as JSON
"""

import calendar
import hashlib
import html.parser
import json
import random
import sys
import time

HOUR, DAY = 3600, 86400
HOSTILE = '<script>alert(1)</script>"\'&</span></style><img src=x onerror=alert(2)>'


class History:
    def __init__(self, now):
        self.now = now
        self.events = []
        self.session = 1000

    def add(self, at, event, user, **facts):
        self.events.append((at, {"event": event, "user": user, **facts}))

    def grant(self, at, user, seconds, by, reason=""):
        facts = {"reason": reason} if reason else {}
        self.add(at, "granted", user, uid=1000, by=by,
            expires=stamp(at + seconds)[:19] + "Z", **facts)

    def deny(self, at, user, why, rhost, **facts):
        self.add(at, "denied", user, service="sshd", tty="ssh", rhost=rhost,
            phase="account", step="lease", why=why, **facts)

    def stay(self, at, seconds, user, rhost, by="lease", service="sshd",
        ended="", closed=True, name=""):
        self.session += 1
        name = name or "%d-%d" % (self.session, self.session * 7)
        facts = {"uid": 1000, "service": service, "tty": "ssh",
            "rhost": rhost, "session": name, "let_in_by": by}
        self.add(at, "opened", user, **facts)
        if closed and at + seconds < self.now:
            self.add(at + seconds, "closed", user, **facts)
            if ended:
                self.add(at + seconds + 0.1, "ended", user, why=ended,
                    session=name, took_ms=212)
        return name

    def write(self, out):
        previous = "0" * 64
        self.events.sort(key=lambda e: e[0])
        for number, (at, facts) in enumerate(self.events, 1):
            line = json.dumps({"number": number, "time": stamp(at), **facts,
                "id": str(number), "previous": previous},
                ensure_ascii=False, separators=(",", ":"))
            previous = hashlib.sha256(line.encode()).hexdigest()
            out.write(line + "\n")


def stamp(t):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(t)) + \
        ".%03dZ" % (t % 1 * 1000)


def week(h):
    """People at work on a host, and some who knock in vain."""
    rnd = random.Random(7)
    people = [
        ("alice", "odai", "INC-1234 disk swap", "192.0.2.7"),
        ("bob", "odai", "weekly patch round", "192.0.2.31"),
        ("carol", "mira", "database upgrade to 15.4", "198.51.100.9"),
        ("dave", "mira", "vendor support, ticket 88-1207", "203.0.113.50"),
        ("erin", "odai", "exam lab, group B", "2001:db8::1f"),
        ("maximilian.von-hohenstein", "mira", "audit", "jump.example.org"),
    ]
    midnight = h.now - (h.now % DAY)
    for d in range(-7, 1):
        start = midnight + d * DAY
        for i, (user, by, reason, rhost) in enumerate(people):
            if rnd.random() < 0.42 or time.gmtime(start).tm_wday > 4 and i > 1 \
                    or d == 0 and i == 0:
                continue
            at = start + 7 * HOUR + rnd.randrange(3 * HOUR)
            length = rnd.choice([3, 4, 8, 9]) * HOUR
            if at + HOUR > h.now:
                continue
            h.grant(at, user, length, by, reason)
            t = at + rnd.randrange(300, 1800)
            while t < min(at + length - 600, h.now):
                stay = rnd.randrange(600, 3 * HOUR)
                over = t + stay >= at + length
                h.stay(t, min(stay, at + length - t), user, rhost,
                    ended="expired" if over else "")
                t += stay + rnd.randrange(300, 5400)
        if d % 3 == 0:
            h.stay(start + 2 * HOUR, 2 * HOUR, "backup", "192.0.2.2",
                "policy")
        for _ in range(rnd.choice([1, 3, 6])):
            user, _, _, rhost = rnd.choice(people)
            h.deny(start + 6 * HOUR + rnd.randrange(15 * HOUR), user,
                rnd.choice(["no-lease", "no-lease", "expired", "from",
                "during"]), rhost, uid=1000)
        if d == -3:
            for k in range(14):
                h.deny(start + 3 * HOUR + 40 * k, "oracle", "no-account",
                    "203.0.113.99")
        if d == -2:
            for k in range(5):
                h.deny(start + 20 * HOUR + 900 * k, "bob", "winddown",
                    "192.0.2.31", uid=1000)
    h.grant(h.now - 5 * HOUR, "alice", 8 * HOUR, "odai", "INC-1240 restore")
    h.events = [e for e in h.events if e[0] < h.now]
    h.stay(h.now - 4.8 * HOUR, DAY, "alice", "192.0.2.7", name="LIVE")


def played(h):
    """One of each thing, at times that can be told again."""
    t = h.now - 10 * HOUR
    h.grant(t, "alice", 3 * HOUR, "odai", "INC-1")
    h.stay(t + 600, HOUR, "alice", "192.0.2.7")
    h.stay(t + 2 * HOUR, 2 * HOUR, "alice", "192.0.2.8", ended="expired")
    h.add(t + HOUR, "extended", "alice", uid=1000, by="mira",
        expires=stamp(t + 5 * HOUR)[:19] + "Z")
    h.add(t + 5 * HOUR + 1, "removed", "alice", uid=1000, why="expired")
    h.grant(t + HOUR, "bob", 8 * HOUR, "mira")
    h.add(t + 3 * HOUR, "revoked", "bob", uid=1000, by="odai")
    h.stay(t + 2 * HOUR, DAY, "carol", "", by="policy", service="login",
        closed=False)
    h.stay(t + 9 * HOUR, DAY, "bob", "192.0.2.9", by="policy", name="LIVE")
    h.deny(t + 5 * HOUR, "alice", "expired", "192.0.2.7", uid=1000)
    h.deny(t + 5 * HOUR, "alice", "expired", "192.0.2.7", uid=1000,
        permissive=True)
    h.deny(t + 6 * HOUR, "stranger", "no-account", "203.0.113.9")


def hostile(h):
    t = h.now - 10 * HOUR
    h.grant(t, HOSTILE, 5 * HOUR, HOSTILE, HOSTILE)
    h.stay(t + 60, HOUR, HOSTILE, HOSTILE, service=HOSTILE, ended=HOSTILE)
    h.stay(t + 60, HOUR, "a\u202eb\x1b\x07\u2028", "x\x00y" + "w" * 900,
        by=HOSTILE)
    h.deny(t + HOUR, HOSTILE, HOSTILE, HOSTILE, detail=HOSTILE)


def many(h):
    rnd = random.Random(1000)
    for n in range(50):
        user = "user%02d" % n
        for k in range(20):
            at = h.now - 7 * DAY + k * 8 * HOUR + rnd.randrange(4 * HOUR)
            h.grant(at, user, 4 * HOUR, "odai", "INC-%d" % k)
            h.stay(at + 60, rnd.randrange(60, 4 * HOUR), user, "192.0.2.%d" % n)
            h.deny(at + 5 * HOUR, user, rnd.choice(["no-lease", "from"]),
                "192.0.2.%d" % n, uid=1000)


def single(h):
    h.stay(h.now - 600, 300, "alice", "192.0.2.7", by="policy")


def jobs(h):
    """A job each minute, for more than the page shows."""
    for k in range(10010):
        h.stay(h.now - 60 * (10011 - k), 20, "alice" if k % 2 else "bob", "",
            by="policy", service="cron")


def changed(h):
    """Each two hours around the changes of the clocks in Berlin in 2026."""
    for month, day, first, n in ((3, 28, 7, 20), (10, 24, 0, 36)):
        for k in range(n):
            h.deny(calendar.timegm((2026, month, day, first, 30, 0)) +
                2 * HOUR * k, "bob", "no-lease", "192.0.2.7", uid=1000)


KINDS = {f.__name__: f for f in
    (week, played, hostile, many, single, jobs, changed)}


class Page(html.parser.HTMLParser):
    """What elements there are, and the texts of bars and of tables."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = {}, set()
        self.bars, self.rows, self.bar = [], [], None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.attributes |= set(attrs)
        if tag == "i" and "tabindex" in attrs:
            self.bar = {"class": attrs["class"].split()[0], "text": ""}
            self.bars.append(self.bar)
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        elif tag == "br" and self.bar:
            self.bar["text"] += "|"

    def handle_endtag(self, tag):
        if tag == "i":
            self.bar = None
        if tag == "tbody":
            self.rows.append([])

    def handle_data(self, data):
        if self.bar:
            self.bar["text"] += data
        elif self.rows and self.rows[-1] and data.strip("\n"):
            self.rows[-1][-1] += data


def facts(path):
    page = Page()
    with open(path, encoding="utf-8") as f:
        page.feed(f.read())
    return {"tags": page.tags, "attributes": sorted(page.attributes),
        "bars": page.bars, "rows": [r for r in page.rows if r]}


if sys.argv[1] == "play":
    history = History(time.time())
    KINDS[sys.argv[2]](history)
    history.write(sys.stdout)
else:
    json.dump(facts(sys.argv[2]), sys.stdout, ensure_ascii=False)
