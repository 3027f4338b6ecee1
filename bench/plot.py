# SPDX-License-Identifier: ISC
"""One picture of all rows: a panel each, a bar for each peer."""

import html

import report

COLUMNS = 3
WIDTH, MARGIN, GAP = 1140, 24, 28
PANEL = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) // COLUMNS
NAMES = 96  # what the names of peers take
NUMBERS = 64  # and the figures behind the bars
BARS = PANEL - NAMES - NUMBERS
HEAD, BAR, STEP, GROUP = 46, 13, 19, 44

STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif;
  fill: #1f2328 }
.page { fill: #ffffff }
.title { font-size: 20px; font-weight: 600 }
.group { font-size: 15px; font-weight: 600 }
.row { font-weight: 600 }
.dim { fill: #656d76; font-size: 11px }
.number { font-size: 11px; font-variant-numeric: tabular-nums }
.ours { font-weight: 600 }
.bar, .direct { fill: #9aa4b0 }
.direct { opacity: .45 }
.toxid { fill: #0a7d5a }
.toxiproxy { fill: #c98a2b }
.base { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .page { fill: #0d1117 }
  .dim { fill: #8d96a0 }
  .bar, .direct { fill: #6e7681 }
  .toxid { fill: #3fb98c }
  .toxiproxy { fill: #d9a04a }
  .base { stroke: #30363d }
}
"""


def text(x, y, words, kind, anchor="start"):
    return (f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">'
            f"{html.escape(words)}</text>")


def rect(x, y, width, height, kind):
    return (f'<rect x="{x}" y="{y}" width="{width:.1f}" height="{height}"'
            f' class="{kind}" rx="2"/>')


def kind_of(peer):
    return peer if peer in ("direct", "toxid", "toxiproxy") else "bar"


def drawn(results, row):
    """[(peer, median), ...] of what the row's panel shows"""
    found = [(peer, results.median(row, peer, row.main.key))
             for peer in results.peers(row)]
    return [(peer, value) for peer, value in found if value is not None]


def panel(results, row, x, y):
    bars = drawn(results, row)
    most = max((value for _, value in bars), default=0) or 1
    better = "more" if row.main.more else "less"
    yield text(x, y + 12, row.name, "row")
    yield text(x + PANEL, y + 12, f"{row.main.head}, {better} is better",
               "dim", "end")
    yield text(x, y + 29, row.title, "dim")
    top = y + HEAD - 8
    for i, (peer, value) in enumerate(bars):
        yield from bar(x, top + i * STEP, peer, value, most)
    yield (f'<path d="M{x + NAMES} {top - 3}v{len(bars) * STEP}"'
           ' class="base"/>')


def bar(x, y, peer, value, most):
    ours = " ours" if peer == "toxid" else ""
    length = max(1.5, BARS * max(value, 0) / most)
    yield text(x + NAMES - 8, y + 11, peer, "name" + ours, "end")
    yield rect(x + NAMES, y, length, BAR, kind_of(peer))
    yield text(round(x + NAMES + length + 6, 1), y + 11, report.short(value),
               "number" + ours)


def height_of(results, row):
    return HEAD + len(drawn(results, row)) * STEP + 14


def panels(results, found, y):
    """the elements of a group, and where it ends"""
    parts = []
    for start in range(0, len(found), COLUMNS):
        line = found[start:start + COLUMNS]
        for i, row in enumerate(line):
            parts += panel(results, row, MARGIN + i * (PANEL + GAP), y)
        y += max(height_of(results, row) for row in line)
    return parts, y


def picture(results, shown):
    parts = [text(MARGIN, 40, "What toxid costs, and what others do", "title"),
             text(MARGIN, 60, report.where_and_when(results)
                  + "; medians of interleaved rounds", "dim")]
    y = 70
    groups = {}
    for row in shown:
        groups.setdefault(row.group, []).append(row)
    for group, found in groups.items():
        parts.append(text(MARGIN, y + 24, group, "group"))
        more, y = panels(results, found, y + GROUP)
        parts += more
    return svg(parts, y + 8)


def svg(parts, height):
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    page = f'<rect width="{WIDTH}" height="{height}" class="page" rx="8"/>'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"'
        ' aria-label="Benchmark of toxid and other relays">',
        f"<style>{STYLE}</style>", page, *parts, "</svg>", ""])


def write(results, path, shown=None):
    """of all rows, unless some are given"""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(results, shown or results.rows()),
                    encoding="utf-8")
