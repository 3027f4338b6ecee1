# SPDX-License-Identifier: ISC
"""Random children are killed, a sixth of them ctld, under load of which each
byte is checked."""

import http.client
import os
import random
import signal
import threading
import time

import frame
import rig
import weather

NAME = "killer"
STATES = True

SIGNALS = [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGABRT]
# So that a sixth of them can be ctld: see below.  600 take 100 s.
A_SECOND = 6
HIT, SPARED = 20, 4  # proxies; what is never hit must not notice
SESSIONS = 4         # for each of them, half of which never end
SERVED_WITHIN = 0.050
CHANGED_WITHIN = 2.5
BUSY = 10            # seconds, that a machine may take for anything
BOUNDED_WITHIN = 1   # in a bounded form, where others are at work, too
SLACK = 0.020        # from kill(2) to where a session feels it
FELT = 0.5           # ... and who is called meanwhile, on a busy machine

# One child in so many that is hit is ctld, but never more often in a row than
# toxid bears (DEATHS_MAX, LIVES in supervisor/ctld.c): then it has to have lived
# for so long, and what was put off is made up for.
CTLD_IS_ONE_IN = 6
CTLD_IN_A_ROW, CTLD_LIVES = 7, 5.5
FOLLOWED_WITHIN = 0.4  # s: it has started, and has seen to what had died
PASSING = "passing"  # comes and goes
REPLACED = b"the control process was replaced"
UNBEGUN = "its ctld died too early"  # the worker had not begun, or was to go

WEATHER = {
    "noop": {},
    "latency": {"latency": 1},
    "bandwidth": {"rate": 1_000_000},
    "slicer": {"average_size": 4000, "size_variation": 2000, "delay": 0},
    "corrupt": {"rate": 0},
    "truncate": {"bytes": 1 << 60},
    "close": {"after_bytes": 1 << 60, "mode": "hang"},
}

# Those for which toxid's workers get programs of it, where there are any; the
# second is on no session, which would be stuck by it.
BY_PROGRAM = {"tcp_loss": {"loss": 0.001}, "unplug": {}}
TOXICITY = {"unplug": 0}


def name_of(i):
    return f"p{i}" if i < HIT else f"spared{i}"


class Killer:
    """Signals to children, and how soon their proxies serve again"""

    def __init__(self, t, addresses, dice):
        self.t, self.addresses, self.dice = t, addresses, dice
        self.kills = []   # (time, pid, title)
        # of a proxy, and beside it of one that was not hit: {time of the
        # kill: (proxy, seconds until it served, or None)}
        self.served, self.spared = {}, {}
        self.threads = []

    def ctlds(self):
        """when they were hit"""
        return [at for at, _, title in self.kills if title == "ctld"]

    def bears_it(self, now):
        """Would the death of ctld be toxid's, too?"""
        row = self.ctlds()[-CTLD_IN_A_ROW:]
        lives = [now - at for at in row[-1:]] + [
            b - a for a, b in zip(row, row[1:])]
        return len(row) < CTLD_IN_A_ROW or max(lives) > CTLD_LIVES

    def ctld(self):
        pids = self.t.children().get("ctld", [])
        hit = {pid for _, pid, _ in self.kills}
        if len(pids) == 1 and pids[0] not in hit and \
                self.bears_it(time.monotonic()):
            return pids[0]
        return None

    def victim(self):
        """one of the children, but for those of spared proxies"""
        is_due = len(self.ctlds()) * CTLD_IS_ONE_IN <= len(self.kills)
        pid = self.ctld() if is_due else None
        if pid is not None:
            return pid, "ctld"
        pids = frame.children(self.t.pid)
        self.dice.shuffle(pids)
        hit = {pid for _, pid, _ in self.kills[-100:]}
        for pid in pids:
            title = rig.title_of(pid)
            if title.startswith("toxid: ") and "spared" not in title and \
                    title != "toxid: ctld" and pid not in hit:
                return pid, title.removeprefix("toxid: ")
        return None, None

    def strike(self):
        pid, title = self.victim()
        if pid is None:
            return
        now = time.monotonic()
        self.kills.append((now, pid, title))
        try:
            os.kill(pid, self.signal(title))
        except ProcessLookupError:
            return
        name = title.removeprefix("relayd [").rstrip("]")
        if name in self.addresses:
            self.look(now, name, self.served)
            self.look(now, name_of(HIT), self.spared)

    def signal(self, title):
        """ctld is not stopped: nothing new is answered until toxid finds out,
        which takes seconds"""
        chosen = self.dice.choice(SIGNALS)
        is_kind = title == "ctld" and chosen == signal.SIGSTOP
        return signal.SIGKILL if is_kind else chosen

    def look(self, *args):
        thread = threading.Thread(target=self.wait_for, args=args)
        thread.start()
        self.threads.append(thread)

    def wait_for(self, killed, name, result):
        at = frame.probe(self.addresses[name], killed + frame.PATIENCE)
        result[killed] = name, at and at - killed

    def is_done(self, kills):
        return len(self.kills) >= kills and \
            len(self.ctlds()) >= kills // CTLD_IS_ONE_IN

    def run(self, kills):
        start, count = time.monotonic(), 0
        until = start + 2 * kills / A_SECOND + frame.PATIENCE
        while not self.is_done(kills) and time.monotonic() < until:
            self.strike()
            count += 1
            time.sleep(max(0, start + count / A_SECOND - time.monotonic()))
        for thread in self.threads:
            thread.join()

    def has_no_ctld(self, at, seconds):
        """May the one that was hit then have waited for the next ctld?"""
        return any(at - FOLLOWED_WITHIN <= hit <= at + seconds
                   for hit in self.ctlds())

    def has_hit(self, title, start, end):
        return any(title == hit and start - FELT <= at <= end + SLACK
                   for at, _, hit in self.kills)


class Api:
    """Calls, one after another: in time, right, and repeated only when an
    apid or a ctld has died under one"""

    def __init__(self, t, killer, dice):
        self.t, self.killer, self.dice = t, killer, dice
        self.toxics = {name: set() for name in killer.addresses}
        self.reads, self.changes, self.wrong = [], [], []
        self.repeated = 0
        self.lacks = weather.lacks(t)
        self.weather = WEATHER if self.lacks else {**WEATHER, **BY_PROGRAM}

    def once(self, method, path, body):
        start = time.monotonic()
        try:
            reply = self.t.request(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            end = time.monotonic()
            if not self.killer.has_hit("apid", start, end):
                self.wrong.append(f"{method} {path}: {error!r}")
            reply = None
        if reply is not None and self.is_lost(reply, start):
            reply = None
        took = time.monotonic() - start
        (self.reads if method == "GET" else self.changes).append(took)
        return reply

    def is_lost(self, reply, start):
        """The ctld that was asked has died of it, and the next says so."""
        return reply.status == 503 and REPLACED in reply.body and \
            self.killer.has_hit("ctld", start, time.monotonic())

    def call(self, method, path, body, good, again):
        """again: what is as good, once an attempt's answer has been lost"""
        good = {good}
        while (reply := self.once(method, path, body)) is None:
            self.repeated += 1
            good = good | {again}
        if reply.status not in good:
            self.wrong.append(f"{method} {path}: {reply}")
        return reply

    def look(self):
        reply = self.call("GET", "/proxies", None, 200, 200).json()
        for name in self.toxics:
            if not reply.get(name, {}).get("enabled"):
                self.wrong.append(f"{name} is not there, or disabled")

    def change_weather(self, name):
        kind = self.dice.choice(list(self.weather))
        if kind in self.toxics[name]:
            self.call("DELETE", f"/proxies/{name}/toxics/{kind}", None,
                      204, 404)
            self.toxics[name].discard(kind)
            return
        self.call("POST", f"/proxies/{name}/toxics", {
            "name": kind, "type": kind, "attributes": self.weather[kind],
            "toxicity": TOXICITY.get(kind, 1),
            "stream": self.dice.choice(["upstream", "downstream"])}, 200, 409)
        self.toxics[name].add(kind)

    def come_and_go(self):
        body = {"name": PASSING, "listen": "127.0.0.1:0",
                "upstream": "127.0.0.1:1"}
        self.call("POST", "/proxies", body, 201, 409)
        self.call("DELETE", f"/proxies/{PASSING}", None, 204, 404)

    def step(self):
        self.look()
        self.change_weather(self.dice.choice(list(self.toxics)))
        if self.dice.random() < 0.2:
            self.come_and_go()
        time.sleep(0.005)

    def as_it_was_left(self):
        """what is different from what was acknowledged"""
        found = self.t.request("GET", "/proxies").json()
        return [name for name in found.keys() | self.toxics.keys()
                if {x["name"] for x in found.get(name, {}).get("toxics", [])}
                != self.toxics.get(name)]


def proxies_of_deaths(log):
    """{pid: proxy}: as ctld knew it, whatever the title was"""
    return {line["pid"]: line["proxy"] for line in log
            if line.get("message") == "Child died"}


def unexcused(events, kills, deaths):
    """Of what went wrong with sessions: what no death of a worker explains"""
    def is_hit(event):
        start = event["opened"] / frame.NS - SLACK
        end = event["now"] / frame.NS + SLACK
        name = name_of(event["proxy"])
        return any(start <= at <= end and name in (
            deaths.get(pid), title.removeprefix("relayd [").rstrip("]"))
            for at, pid, title in kills)

    return [event for event in events
            if event["event"] != "cut" or "refused" in event["why"]
            or not is_hit(event)]


def kinds(kills):
    """{"relayd": 3, ...}; a spare may have got its proxy just then"""
    found = {}
    for _, _, title in kills:
        kind = title if title.startswith("relayd [spare") else title.split()[0]
        found[kind] = found.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}" for kind, count in found.items())


def held_off(log):
    return {line["proxy"] for line in log
            if line.get("message") == "Worker restarts too often"}


def judge_log(verdict, log, kills):
    verdict.note(f"killed: {kinds(kills)}")
    excused = {pid for _, pid, _ in kills}
    for line in log:
        message = line.get("message")
        if message == "Child died" and line["proxy"] == PASSING:
            pass  # its end was under way when ctld died: the next one sees it
        elif message == "Child died":
            verdict.expect(line["pid"] in excused, f"died by itself: {line}")
        elif message == "Killing a child" and \
                line["reason"].startswith(UNBEGUN):
            excused.add(line["pid"])  # no session has seen it
        elif message == "Killing a child":
            verdict.expect(line["reason"] == "was stopped", str(line))


def judge_sessions(verdict, load, killer, log):
    total, deaths = load.total, proxies_of_deaths(log)
    for event in unexcused(load.events, killer.kills, deaths)[:20]:
        verdict.expect(False, f"session: {event}")
    verdict.expect(total["wrong"] == 0, f"wrong bytes: {total}")
    verdict.note(
        f"sessions: {total['sessions']:,}, of which {total['whole']:,} came "
        f"to their end and {total['cut']:,} ends were cut with their worker; "
        f"{(total['bytes_up'] + total['bytes_down']) / 1e6:,.0f} MB checked, "
        f"{total['wrong']} wrong")


def later_than_others(spared, is_bounded):
    """Seconds, that a proxy may serve again after those that were not hit: as
    many as these take, on a machine where that is more than it should be"""
    return max(BOUNDED_WITHIN if is_bounded else SERVED_WITHIN,
               frame.quantile(spared, 0.5))


def judge_served(verdict, killer, log, is_bounded=False):
    """Two CPUs have a load to carry as well, and may be busy with more: so
    beside each proxy that was hit one is looked at that was not."""
    both = {**killer.served, **killer.spared}.values()
    lost = [name for name, seconds in both if seconds is None]
    verdict.expect(not lost, f"never served again: {lost}")
    slowed = held_off(log)
    took = {at: seconds for at, (name, seconds) in killer.served.items()
            if seconds is not None and name not in slowed}
    waited = [seconds for at, seconds in took.items()
              if killer.has_no_ctld(at, seconds)]
    took = {at: seconds for at, seconds in took.items()
            if not killer.has_no_ctld(at, seconds)}
    spared = {at: seconds or 0 for at, (_, seconds) in killer.spared.items()}
    more = [seconds - spared[at] for at, seconds in took.items()]
    late = sum(seconds > SERVED_WITHIN for seconds in took.values())
    verdict.note(f"serving again: {frame.told(took.values())}; "
                 f"{late} later than {SERVED_WITHIN * 1000:.0f} ms; "
                 f"restarts slowed down for {len(slowed)} proxies")
    if waited:
        verdict.note(f"beside a death of ctld, which has to be followed "
                     f"before: {frame.told(waited)}")
        verdict.expect(max(waited) < BUSY, f"it took {max(waited):.1f} s")
    verdict.note(f"beside each, one that was not hit: "
                 f"{frame.told(spared.values())}")
    verdict.note(f"how much longer it took: {frame.told(more)}")
    bound = later_than_others(spared.values(), is_bounded)
    if more:  # there may be a death of ctld beside each
        verdict.expect(
            frame.quantile(more, 0.75) < bound, "proxies serve again more "
            f"than {bound * 1000:.0f} ms later than others")
        verdict.expect(max(more) < BUSY,
                       f"serving again took {max(more):.1f} s more")


def tell_slowest(verdict, killer, pulse):
    """What else was slow then?"""
    served = {at: entry for at, entry in killer.served.items() if entry[1]}
    start = killer.kills[0][0]
    for at in sorted(served, key=lambda at: served[at][1])[-3:]:
        name, seconds = served[at]
        machine = [late for when, late in pulse.late
                   if at <= when <= at + seconds + 1]
        hit = [title for other, _, title in killer.kills
               if at - 1 <= other <= at + seconds]
        verdict.note(
            f"slowest: {name}, {seconds * 1000:.0f} ms, after "
            f"{at - start:.1f} s; one not hit "
            f"{(killer.spared[at][1] or 0) * 1000:.0f} ms; machine late "
            f"{max(machine, default=0) * 1000:.0f} ms; hit about then: "
            f"{[title for title in hit if '[p' not in title]}")


def judge_api(verdict, api, failed, is_bounded):
    verdict.expect(failed is None, f"the API's user: {failed!r}")
    for wrong in api.wrong[:20]:
        verdict.expect(False, wrong)
    for took, what in ((api.reads, "reads"), (api.changes, "changes")):
        verdict.expect(
            is_bounded or frame.quantile(took, 0.99) < CHANGED_WITHIN,
            f"{what} take too long")
        verdict.expect(max(took) < BUSY, f"one of the {what} took too long")
    if api.lacks:
        verdict.note(f"tcp_loss, unplug: skipped, {api.lacks}")
    verdict.note(f"reads: {frame.told(api.reads)}")
    verdict.note(f"changes: {frame.told(api.changes)}; "
                 f"{api.repeated} calls repeated, their apid or ctld had died")


def judge_end(verdict, t, before, api):
    """As it was before, but for the ages of the children"""
    verdict.expect(
        rig.wait_until(lambda: frame.counts(t) == before["children"]),
        f"children: {frame.counts(t)}, not {before['children']}")
    verdict.expect(
        rig.wait_until(lambda: frame.descriptors(t.pid) ==
                       before["descriptors"]),
        f"descriptors: {frame.descriptors(t.pid)}, "
        f"not {before['descriptors']}")
    verdict.expect(not frame.zombies(t.pid), "a zombie is left")
    different = api.as_it_was_left()
    verdict.expect(not different, f"not as it was left: {different}")


def judge_proxies(verdict, killer):
    for name, address in killer.addresses.items():
        at = frame.probe(address, time.monotonic() + 5)
        verdict.expect(at is not None, f"{name} does not serve")


def judge_kills(verdict, killer, kills):
    verdict.expect(killer.is_done(kills), f"only {len(killer.kills)} were hit, "
                   f"{len(killer.ctlds())} of them ctld")


def judge_disk(verdict, options, state, left):
    """What another toxid finds there"""
    with frame.start(options, *state) as t:
        found = t.request("GET", "/proxies").json()
        for name in found.keys() | left.keys():
            verdict.expect(found.get(name) == left.get(name),
                           f"on the disk: {found.get(name)}, not "
                           f"{left.get(name)}")


def run(options):
    with frame.folder() as folder:
        state = options.state(folder)
        verdict, left = kill_under_load(options, state)
        if state:
            judge_disk(verdict, options, state, left)
    return verdict


def kill_under_load(options, state):
    """What is lost, and what there is at the end"""
    dice = random.Random(options.seed)
    upstreams = frame.upstreams(HIT + SPARED)
    with frame.start(options, *state, env={"LOG_LEVEL": "warn"}) as t:
        names = [name_of(i) for i in range(HIT + SPARED)]
        listens = [t.proxy(name, upstream)["listen"]
                   for name, upstream in zip(names, upstreams)]
        frame.settle(t, names)
        before = {"children": frame.counts(t),
                  "descriptors": frame.descriptors(t.pid)}
        addresses = dict(zip(names, map(rig.address_of, listens)))
        with frame.Verified(
                options, listens, upstreams, bytes=256 * 1024, pause=10,
                parallel=SESSIONS * len(names), chunk=8192,
                endless=SESSIONS // 2 * len(names)) as load:
            killer = Killer(t, addresses, dice)
            api = Api(t, killer, random.Random(options.seed + 1))
            pulse, calls = frame.Pulse(), frame.Background(api.step)
            start = time.monotonic()
            killer.run(options.kills)
            took = time.monotonic() - start
            failed = calls.stop()
            pulse.stop()
            verdict = frame.Verdict(
                NAME, f"{len(killer.kills)} children killed in {took:.0f} s, "
                      f"{len(killer.ctlds())} of them ctld")
            judge_kills(verdict, killer, options.kills)
            judge_proxies(verdict, killer)
            load.stop()
        judge_end(verdict, t, before, api)
        log = t.log()
        judge_log(verdict, log, killer.kills)
        judge_sessions(verdict, load, killer, log)
        verdict.note("the machine itself was late: " +
                     frame.told([late for _, late in pulse.late]))
        judge_served(verdict, killer, log, options.bounded)
        tell_slowest(verdict, killer, pulse)
        judge_api(verdict, api, failed, options.bounded)
        return verdict, t.request("GET", "/proxies").json()
