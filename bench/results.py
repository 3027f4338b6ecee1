# SPDX-License-Identifier: ISC
"""The samples, and what they say: medians, and ratios of the same round.

    {"rows": {ROW: {PEER: [{"round": 0, FIGURE: 1.5, ...}, ...]}}, ...}
"""

import json
import math
import statistics

import rows
import targets


class Results:
    def __init__(self, data):
        self.data = data

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def write(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.data | {"medians": self.medians()}, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    def add(self, row, peer, sample):
        """its numbers, but for those that could not be seen"""
        numbers = {key: value for key, value in sample.items()
                   if isinstance(value, (int, float))
                   and not math.isnan(value)}
        self.data["rows"].setdefault(row.name, {}).setdefault(
            peer, []).append(numbers)

    def has(self, row, peer):
        return bool(self.data["rows"].get(row.name, {}).get(peer))

    def rows(self):
        return [row for row in rows.ROWS if row.name in self.data["rows"]]

    def main_rows(self):
        return [row for row in self.rows() if not row.aside]

    def peers(self, row):
        """those that have samples, in the row's order"""
        return [peer for peer in row.measured_of() if self.has(row, peer)]

    def by_round(self, row, peer, key):
        samples = self.data["rows"].get(row.name, {}).get(peer, [])
        found = {sample["round"]: sample[row.above_direct.get(key, key)]
                 for sample in samples
                 if row.above_direct.get(key, key) in sample}
        if key not in row.above_direct:
            return found
        direct = self.by_round(row, "direct", row.above_direct[key])
        return {at: value - direct[at] for at, value in found.items()
                if at in direct}

    def spread(self, row, peer, key):
        """(median, least, most), or None"""
        values = list(self.by_round(row, peer, key).values())
        if not values:
            return None
        return statistics.median(values), min(values), max(values)

    def median(self, row, peer, key):
        spread = self.spread(row, peer, key)
        return spread and spread[0]

    def ratio(self, row, peer, key, than):
        """the median of what each round says; None where none does"""
        mine = self.by_round(row, peer, key)
        theirs = self.by_round(row, than, key)
        found = [mine[at] / theirs[at] for at in mine if theirs.get(at)]
        return statistics.median(found) if found else None

    def medians(self):
        return {row.name: {peer: {
            figure.key: dict(zip(("median", "min", "max"), spread))
            for figure in row.figures
            if (spread := self.spread(row, peer, figure.key))}
            for peer in self.peers(row)} for row in self.rows()}

    def targets(self, row):
        """[(target, value, whether it is met), ...] of those that can be told
        """
        found = []
        for target in targets.of(row):
            value = self.value(row, target)
            if value is not None:
                found.append((target, value, self.is_met(row, target)))
        return found

    def value(self, row, target):
        """what is held against its bound, or None"""
        if target.times:
            return self.ratio(row, targets.PEER, target.figure, target.times)
        return self.median(row, targets.PEER, target.figure)

    def is_met(self, row, target):
        value, other = self.value(row, target), target.alternative()
        return bool(value is not None and target.meets(value)
                    or other and self.is_met(row, other))
