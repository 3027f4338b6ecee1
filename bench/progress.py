# SPDX-License-Identifier: ISC
"""What is measured just now, and how long it all still takes: on stderr."""

import sys
import time


class Progress:
    def __init__(self, rig, plan):
        self.rig = rig
        self.left = list(plan)  # [(round, row, peer), ...]
        self.took = {}  # row name: [s, ...]
        self.live = sys.stderr.isatty()
        self.shown = None

    def begin(self, number, of, row, peer):
        if self.live:
            self.write("\r\x1b[K" + self.words(number, of, row, peer))
        elif self.shown != (number, row.name):
            self.shown = number, row.name
            self.write(self.words(number, of, row, "") + "\n")
        self.began = time.monotonic()

    def end(self, row):
        self.took.setdefault(row.name, []).append(
            time.monotonic() - self.began)
        self.left.pop(0)

    def say(self, text):
        self.write(("\r\x1b[K" if self.live else "") + text + "\n")

    def close(self):
        if self.live:
            self.write("\r\x1b[K")

    def words(self, number, of, row, peer):
        return (f"round {number + 1} of {of}, {row.name} {peer}".ljust(50)
                + f" {in_minutes(self.seconds_left())} left")

    def seconds_left(self):
        return sum(self.expected(row) for _, row, _ in self.left)

    def expected(self, row):
        took = self.took.get(row.name)
        if took:
            return sum(took) / len(took)
        fixed, times = row.cost
        return fixed + times * (self.rig.seconds + self.rig.warmup)

    @staticmethod
    def write(text):
        sys.stderr.write(text)
        sys.stderr.flush()


def in_minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
