# SPDX-License-Identifier: ISC
"""How long this machine stood still, or had no processor for us: no program is
late for that."""

import threading
import time

EVERY = 0.01
# Oversleeping so much is no stall.
USUAL = 0.005


class Watch(threading.Thread):
    """Sleeps again and again, and notes when it is woken late."""

    def __init__(self):
        super().__init__(daemon=True)
        self.due = time.monotonic() + EVERY
        self.stalls = []  # (from, to)
        self.start()

    def run(self):
        while True:
            time.sleep(max(0, self.due - time.monotonic()))
            now = time.monotonic()
            if now > self.due + USUAL:
                self.stalls.append((self.due, now))
            self.due = now + EVERY


watch = Watch()


def stalled(seconds):
    """How much of the last so many seconds was lost"""
    now = time.monotonic()
    since, lost = now - seconds, max(0, now - max(watch.due, now - seconds))
    for begin, end in reversed(watch.stalls):
        if end <= since:
            break
        lost += end - max(begin, since)
    return min(lost, seconds)


def used(seconds):
    """Of the last so many, what was not lost: to be held against a bound"""
    return seconds - stalled(seconds)
