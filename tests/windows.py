"""When windows open and close, found by asking Python's zoneinfo each quarter
of an hour what clocks show.  Prints for each zone and list of windows

	zone NAME
	list LIST FROM OPEN	whether it is open at FROM, UTC seconds
	INSTANT			at which that changes; any number of lines
	until INSTANT		no other change comes before this
"""

import datetime
import random
import zoneinfo

ZONES = """Europe/Berlin America/New_York America/St_Johns Asia/Kolkata
	Australia/Lord_Howe Pacific/Chatham Africa/Casablanca America/Santiago
	Africa/Cairo UTC""".split()
LISTS = 2		# for each zone
QUARTER = 900
START = int(datetime.datetime(2025, 7, 1,
    tzinfo=datetime.timezone.utc).timestamp())
QUARTERS = 2 * 366 * 96
DAYS = "Mo Tu We Th Fr Sa Su".split()
CLASSES = {"Wk": range(5), "Wd": range(5, 7), "Al": range(7)}


def hhmm(quarter, colon):
    return f"{quarter // 4:02}{colon}{quarter % 4 * 15:02}"


def some_days(rng):
    """A way to write days, and their numbers."""
    kind = rng.randrange(3)
    if kind == 0:
        name = rng.choice(list(CLASSES))
        return name, set(CLASSES[name])
    if kind == 1:
        first, last = rng.sample(range(7), 2)
        span = (last - first) % 7 + 1
        return (f"{DAYS[first]}-{DAYS[last]}",
            {(first + i) % 7 for i in range(span)})
    days = sorted(rng.sample(range(7), rng.randint(1, 4)))
    return "".join(DAYS[d] for d in days), set(days)


def weekly(rng):
    """An item, and what tells if clocks show a time within it."""
    text, days = some_days(rng)
    colon = rng.choice(["", ":"])
    # Often at an hour at which clocks change.
    start = rng.choice([rng.randrange(96), rng.randrange(16)])
    end = rng.choice([e for e in range(1, 97) if e != start])
    text += f"{hhmm(start, colon)}-{hhmm(end, colon)}"

    def inside(day, quarter):
        if start < end:
            return day.weekday() in days and start <= quarter < end
        return (day.weekday() in days and quarter >= start or
            (day.weekday() - 1) % 7 in days and quarter < end)
    return text, inside


def dated(rng):
    first = datetime.date(2025, 7, 1) + datetime.timedelta(rng.randrange(700))
    last = first + datetime.timedelta(rng.randint(1, 40))
    if rng.randrange(2):
        return f"{first}..{last}", lambda day, quarter: first <= day <= last
    start, end = rng.randrange(96), rng.randint(1, 96)
    text = f"{first}T{hhmm(start, ':')}..{last}T{hhmm(end, ':')}"
    return text, lambda day, quarter: (
        (first, start) <= (day, quarter) < (last, end))


def some_list(rng):
    items = [(False, weekly(rng))]
    for make in weekly, dated, dated:
        if rng.randrange(3) < 2:
            items.append((rng.randrange(3) == 0, make(rng)))
    rng.shuffle(items)
    text = ",".join("!" * negated + item[0] for negated, item in items)

    def inside(day, quarter):
        hits = {negated for negated, item in items if item[1](day, quarter)}
        return hits == {False}
    return text, inside


def main():
    rng = random.Random(1)
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        shown = []
        for i in range(QUARTERS):
            local = datetime.datetime.fromtimestamp(START + i * QUARTER, zone)
            shown.append((local.date(), local.hour * 4 + local.minute // 15))
        print("zone", name)
        for _ in range(LISTS):
            text, inside = some_list(rng)
            now = [inside(*at) for at in shown]
            print("list", text, START, int(now[0]))
            for i in range(1, QUARTERS):
                if now[i] != now[i - 1]:
                    print(START + i * QUARTER)
            print("until", START + QUARTERS * QUARTER)


main()
