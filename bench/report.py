# SPDX-License-Identifier: ISC
"""The results as tables: for a terminal, and in Markdown."""

import machine
import row as row_module
import rows

NOTHING = "-"
COMPARED = ("direct", "toxiproxy", "haproxy", "haproxy-splice", "trixter")


def number(value, digits=1):
    return NOTHING if value is None else f"{value:,.{digits}f}"


def short(value):
    """with as many digits as say something"""
    if value is None:
        return NOTHING
    size = abs(value)
    return number(value, 0 if size >= 100 else 1 if size >= 10 else
                  2 if size >= 1 or value == 0 else 3)


# ---- one table of a family of rows

def header(family, compared):
    first, *others = family[0].figures
    what = "".join(figure.head.partition(" ")[0] + " " for figure in others
                   if figure.key == family[0].ratios)
    row = ["row"] if len(family) > 1 else []
    return [*row, "peer", first.head, "least .. most",
            *(figure.head for figure in others),
            *(f"{what}x {peer}" for peer in compared), "rounds"]


def line(results, row, peer, compared):
    first, *others = row.figures
    spread = results.spread(row, peer, first.key)
    median, least, most = spread or (None, None, None)
    ratios = [results.ratio(row, peer, row.ratios or first.key, than)
              for than in compared]
    return [peer, number(median, first.digits),
            f"{number(least, first.digits)} .. {number(most, first.digits)}",
            *(number(results.median(row, peer, figure.key), figure.digits)
              for figure in others),
            *(short(ratio) for ratio in ratios),
            str(len(results.by_round(row, peer, first.key)))]


def table(results, family):
    present = {peer for row in family for peer in results.peers(row)}
    compared = [peer for peer in COMPARED if peer in present
                and len(present) > 1]
    lines = [[*([row.name] if len(family) > 1 else []),
              *line(results, row, peer, compared)]
             for row in family for peer in results.peers(row)]
    return [header(family, compared), *lines]


def without_empty_columns(cells):
    kept = [i for i, head in enumerate(cells[0])
            if any(line[i] != NOTHING for line in cells[1:])]
    return [[line[i] for i in kept] for line in cells]


def target_lines(results, family):
    several = len(family) > 1
    for row in family:
        for target, value, met in results.targets(row):
            name = f"{row.name}: " if several else ""
            yield (f"{'met' if met else 'NOT met'}: {name}{target}"
                   f" (it is {short(value)})")


# ---- how it is written

def aligned(cells):
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        yield "  ".join(cell.ljust(width) if cell[:1].isalpha() else
                        cell.rjust(width)
                        for cell, width in zip(row, widths)).rstrip()


def markdown_table(cells):
    head, *lines = cells
    yield "| " + " | ".join(head) + " |"
    yield "|" + "|".join("---" if column == 0 else "---:"
                         for column in range(len(head))) + "|"
    for row in lines:
        yield "| " + " | ".join(row) + " |"


def text(results):
    group = None
    for family in rows.families(results.rows()):
        if family[0].group != group:
            group = family[0].group
            yield f"\n==== {group}"
        yield ""
        for row in family:
            yield f"{row.name}: {row.title}"
        yield from ("  " + line for line in aligned(
            without_empty_columns(table(results, family))))
        yield from ("  " + line for line in target_lines(results, family))
    yield ""
    yield from closing(results)


def closing(results):
    told = [met for row in results.rows()
            for _, _, met in results.targets(row)]
    if told:
        yield f"{sum(told)} of {len(told)} targets met"
    yield from results.data["notes"]
    yield where_and_when(results)


def where_and_when(results):
    date = results.data["date"][:10]
    return f"{date}, {machine.in_words(results.data['machine'])}"


def markdown(results):
    yield "# What toxid costs, and what others do"
    yield ""
    yield f"{where_and_when(results)}."
    yield "Medians of interleaved rounds; `make bench` makes them anew."
    yield "[A picture of all](all.svg)."
    for note in results.data["notes"]:
        yield f"{note}."
    for family in rows.families(results.rows()):
        yield ""
        yield f"## {family[0].family or family[0].name}"
        yield ""
        yield "; ".join(row.title for row in family) + "."
        yield ""
        yield from markdown_table(
            without_empty_columns(table(results, family)))
        yield ""
        yield from (f"* {line}" for line in target_lines(results, family))


# ---- one table of all, for README

def summary(results):
    present = [peer for peer in row_module.ALL
               if any(peer in results.peers(row) for row in results.rows())]
    yield from markdown_table([
        ["", *present],
        *([f"{row.title}: {row.main.head}",
           *(emphasized(results, row, peer) for peer in present)]
          for row in results.main_rows())])


def emphasized(results, row, peer):
    """bold is the best of the relays"""
    value = results.median(row, peer, row.main.key)
    others = [results.median(row, other, row.main.key)
              for other in results.peers(row) if other != "direct"]
    best = max if row.main.more else min
    shown = number(value, row.main.digits)
    alone = len(others) < 2 or peer == "direct"
    if value is None or alone or value != best(others):
        return shown
    return f"**{shown}**"


# ---- an earlier result beside this one

def comparison(old, new):
    cells = [["row", "peer", "figure", "then", "now", "change %"]]
    for row in new.rows():
        if row.name not in old.data["rows"]:
            continue
        for peer in new.peers(row):
            cells += changes(old, new, row, peer)
    yield f"\n==== against {where_and_when(old)}\n"
    yield from ("  " + line for line in aligned(cells))


def changes(old, new, row, peer):
    for figure in row.figures:
        then = old.median(row, peer, figure.key)
        now = new.median(row, peer, figure.key)
        if then is None or now is None:
            continue
        change = f"{100 * (now - then) / then:+.0f}" if then else NOTHING
        yield [row.name, peer, figure.head, number(then, figure.digits),
               number(now, figure.digits), change]
