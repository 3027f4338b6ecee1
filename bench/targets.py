# SPDX-License-Identifier: ISC
"""What toxid is meant to reach, to tell beside what it has reached."""

import dataclasses
import operator

import rows
import rows_toxics

OPERATORS = {"<=": operator.le, ">=": operator.ge}
PEER = "toxid"


@dataclasses.dataclass(frozen=True)
class Target:
    row: str
    figure: str
    op: str
    bound: float
    times: str = ""  # so many times the figure of this peer
    aim: bool = False  # good to have
    otherwise: tuple = ()  # bound, times: this will do as well

    def meets(self, value):
        return OPERATORS[self.op](value, self.bound)

    def alternative(self):
        """the same with its other bound, or None"""
        if not self.otherwise:
            return None
        bound, times = self.otherwise
        return dataclasses.replace(self, bound=bound, times=times,
                                   otherwise=())

    def __str__(self):
        [head] = [figure.head for figure in rows.BY_NAME[self.row].figures
                  if figure.key == self.figure]
        than = f" x {self.times}" if self.times else ""
        other = self.alternative()
        return (f"{head} {self.op} {self.bound:g}{than}"
                + (f" or {other}" if other else "")
                + " (an aim)" * self.aim)


def writes(row):
    """whatever the size of writes"""
    return (Target(row, "gbit_s", ">=", 0.6, "direct"),
            Target(row, "gbit_s", ">=", 0.8, "direct", aim=True),
            Target(row, "gbit_s", ">=", 1.1, "haproxy-splice",
                   otherwise=(0.9, "direct")),
            Target(row, "gbit_s", ">=", 1.3, "haproxy-splice", aim=True),
            Target(row, "cpu_s_gib", "<=", 0.75, "haproxy-splice"))


TARGETS = (
    Target("bulk1", "gbit_s", ">=", 0.8, "direct"),
    Target("bulk1", "gbit_s", ">=", 1.3, "haproxy-splice"),
    Target("bulk1", "gbit_s", ">=", 5, "toxiproxy"),
    Target("bulk1", "cpu_s_gib", "<=", 0.75, "haproxy-splice"),
    Target("bulk8", "gbit_s", ">=", 0.8, "direct"),
    Target("bulk8", "cpu_s_gib", "<=", 0.75, "haproxy-splice"),
    *(target for row in rows.ROWS if row.family == "writes"
      for target in writes(row.name)),
    Target("messages64", "per_s", ">=", 1, "haproxy-splice"),
    Target("messages64", "per_s", ">=", 1.2, "haproxy"),
    Target("messages64", "per_s", ">=", 1.3, "toxiproxy"),
    Target("messages64", "cpu_us", "<=", 0.85, "haproxy"),
    Target("messages64", "cpu_us", "<=", 13),
    Target("rtt", "added_us", "<=", 0.35, "toxiproxy"),
    Target("rtt", "added_us", "<=", 0.6, "haproxy"),
    Target("connect32", "per_s", ">=", 2.5, "toxiproxy"),
    Target("connect32", "per_s", ">=", 0.9, "haproxy"),
    Target("connect32", "per_s", ">=", 1, "haproxy", aim=True),
    Target("connect32", "per_s", ">=", 1.1, "trixter"),
    *(Target(row, "touched_kb", "<=", 0.5)
      for row in ("idle1000", "idle5000")),
    *(Target(row, figure, "<=", bound)
      for row in ("latency100", "latency1000")
      for figure, bound in (("p50_ms", 0.15), ("p99_ms", 0.25))),
    *(Target(row.name, "p99_ms", "<=", 1)
      for row in rows.ROWS if row.family == "crowd"),
    *(Target(f"bandwidth{rate}", figure, "<=", bound)
      for rate in rows_toxics.RATES
      for figure, bound in (("error_percent", 0.05),
                            ("max_10ms_ratio", 1.3))),
    Target("latency0-bulk", "share", ">=", 0.5),
    *(Target(row.name, "gbit_s", ">=", 0.5, "direct")
      for row in rows.ROWS if row.family == "nothing"),
    Target("latency1000-1gbit", "gbit_s", ">=", 0.99),
    Target("sessions", "kb", "<=", 0.5),
    Target("proxies", "create_s", "<=", 3),
    Target("proxies", "kb", "<=", 80),
    Target("resting2000", "percent", "<=", 0.5),
    *(Target(f"resting{n}", "kb", "<=", 80) for n in (1000, 2000, 4000)),
    *(Target("proxies", f"list{n}_us", "<=", 1, "toxiproxy")
      for n in (1, 100, 1000)),
    Target("api", "create_us", "<=", 500),
    *(Target("api", f"{call}{n}_us", "<=", bound)
      for n, bound in ((0, 250), (1000, 1000))
      for call in ("add", "update", "remove")),
)


def of(row):
    return [target for target in TARGETS if target.row == row.name]
