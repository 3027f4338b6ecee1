# SPDX-License-Identifier: ISC
"""All rows, and how to name some of them."""

import rows_scale
import rows_toxics
import rows_traffic

ROWS = (*rows_traffic.ROWS, *rows_toxics.ROWS, *rows_scale.ROWS)
BY_NAME = {row.name: row for row in ROWS}


def chosen(names):
    """the rows of these names, or of families, in their order"""
    for name in names:
        if not any(row.belongs_to(name) for row in ROWS):
            raise LookupError(f"no row {name}: there are "
                              + ", ".join(row.name for row in ROWS))
    return [row for row in ROWS
            if not names or any(row.belongs_to(name) for name in names)]


def families(rows):
    """[[row, ...], ...]: those that share a table"""
    found = {}
    for row in rows:
        found.setdefault(row.family or row.name, []).append(row)
    return list(found.values())
