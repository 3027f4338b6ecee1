#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The picture of README.md: `toxictl top`, as a terminal has it in a real run.

toxid, three upstreams and their clients are started; top is watched in tmux
while a toxic comes and goes; what the terminal has then shown becomes an SVG
that plays by itself, and stands still where pictures may not move.

    scripts/picture.py [--out toxictl/top.svg] [--seconds 12]
"""

import argparse
import contextlib
import html
import itertools
import json
import pathlib
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

COLUMNS, ROWS = 100, 16
CELL, LINE, MARGIN = 7.8, 17, 14  # of a glyph at 13 pixels, in pixels
FRAME_S = 0.5

# ---- what there is to see


class Upstream(socketserver.ThreadingTCPServer):
    """Answers each line with `size` bytes."""
    daemon_threads = allow_reuse_address = True

    def __init__(self, size):
        super().__init__(("127.0.0.1", 0), Answer)
        self.size = size
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            while self.rfile.readline():
                self.wfile.write(b"x" * self.server.size + b"\n")


def ask_for_ever(listen, pause):
    """A client: one question after the other, sometimes on a new session."""
    host, port = listen.rsplit(":", 1)
    while True:
        with contextlib.suppress(OSError), \
                socket.create_connection((host, int(port)), 10) as sock:
            lines = sock.makefile("rb")
            for n in itertools.count(1):
                sock.sendall(b"?" * 60 + b"\n")
                if not lines.readline():
                    break
                time.sleep(pause * (1 + 3 * (int(time.monotonic() * 2) % 3)))
        time.sleep(pause)


class Stage:
    """toxid with proxies, and somebody who uses them."""

    def __init__(self, toxid, folder):
        log = folder / "log"
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [toxid, "-port", "0"], stdout=out, stderr=out)
        self.api = self.wait_for_api(log)
        for name, size, clients, pause in (("broker", 300, 2, 0.05),
                                           ("redis", 900, 8, 0.01),
                                           ("web", 20000, 4, 0.04)):
            up = "127.0.0.1:%d" % Upstream(size).server_address[1]
            made = self.call("POST", "/proxies", {
                "name": name, "listen": "127.0.0.1:0", "upstream": up})
            for _ in range(clients):
                threading.Thread(target=ask_for_ever, daemon=True,
                                 args=(made["listen"], pause)).start()

    @staticmethod
    def wait_for_api(log):
        for _ in range(200):
            found = re.search(r'"address":"[^"]*:(\d+)"', log.read_text())
            if found:
                return "127.0.0.1:" + found[1]
            time.sleep(0.05)
        raise SystemExit("picture.py: toxid does not start: " + log.read_text())

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://{self.api}{path}", method=method,
            data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or "null")

    def close(self):
        self.process.terminate()
        self.process.wait()


def story(stage, seconds):
    """What happens meanwhile."""
    time.sleep(seconds * 0.3)
    stage.call("POST", "/proxies/web/toxics", {
        "type": "bandwidth", "attributes": {"rate": 150}})
    time.sleep(seconds * 0.4)
    stage.call("DELETE", "/proxies/web/toxics/bandwidth_downstream")


# ---- the terminal

class Terminal:
    def __init__(self, folder, command):
        self.tmux = ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux")]
        self.run("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS),
                 "env", "TERM=xterm-256color", "LC_ALL=C.UTF-8", *command)
        self.run("set", "status", "off")
        self.run("resize-window", "-x", str(COLUMNS), "-y", str(ROWS))

    def run(self, *words):
        return subprocess.run([*self.tmux, *words], check=True,
                              capture_output=True, text=True).stdout

    def press(self, *keys):
        self.run("send-keys", *keys)

    def frame(self):
        return self.run("capture-pane", "-p", "-e", "-N").splitlines()

    def close(self):
        self.run("kill-server")


def film(stage, toxictl, folder, seconds):
    """[lines with escapes], one each FRAME_S"""
    terminal = Terminal(folder, [toxictl, "-h", stage.api, "top"])
    time.sleep(4)  # the little graphs begin
    terminal.press("Down", "Down")
    threading.Thread(target=story, args=(stage, seconds), daemon=True).start()
    frames = []
    for _ in range(int(seconds / FRAME_S)):
        frames.append(terminal.frame())
        time.sleep(FRAME_S)
    terminal.close()
    return frames


# ---- its picture

COLOURS = ["#414868", "#f7768e", "#9ece6a", "#e0af68", "#7aa2f7", "#bb9af7",
           "#7dcfff", "#c0caf5"]
PLAIN, GROUND = "#c0caf5", "#1a1b26"
GROUND_RECT = f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>'


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.fore, self.back = None, None
        self.bold = self.dim = self.reverse = False

    def take(self, code):
        """One parameter of an SGR escape."""
        if code == 0:
            self.reset()
        elif code in (1, 22):
            self.bold, self.dim = code == 1, False
        elif code == 2:
            self.dim = True
        elif code in (7, 27):
            self.reverse = code == 7
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self.fore = COLOURS[code % 10]
        elif 40 <= code <= 47:
            self.back = COLOURS[code % 10]
        elif code == 39:
            self.fore = None
        elif code == 49:
            self.back = None

    def colours(self):
        fore, back = self.fore or PLAIN, self.back
        return (back or GROUND, fore) if self.reverse else (fore, back)


def runs(line):
    """(column, text, fill, background, how else) of one line"""
    style, column = Style(), 0
    for part in re.split(r"(\x1b\[[\d;]*m)", line):
        if part.startswith("\x1b"):
            for code in part[2:-1].split(";"):
                style.take(int(code or 0))
        elif part:
            fore, back = style.colours()
            how = ' font-weight="bold"' if style.bold else ""
            how += ' opacity=".6"' if style.dim else ""
            yield column, part, fore, back, how
            column += len(part)


def draw_line(y, line):
    out = []
    for column, text, fore, back, how in runs(line):
        x = MARGIN + column * CELL
        if back is not None:
            out.append(f'<rect x="{x:.1f}" y="{y - 13}" '
                       f'width="{len(text) * CELL:.1f}" height="{LINE}" '
                       f'fill="{back}"/>')
        if text.strip():
            out.append(f'<text x="{x:.1f}" y="{y}" fill="{fore}"{how} '
                       f'textLength="{len(text) * CELL:.1f}">'
                       f'{html.escape(text, quote=False)}</text>')
    return "".join(out)


def draw_frame(frame):
    """It covers the one before."""
    return GROUND_RECT + "".join(draw_line(MARGIN + 13 + i * LINE, line)
                                 for i, line in enumerate(frame))


def draw(frames):
    """Each frame has its share of one turn; the last is there all the time,
    below, for who shows no movement."""
    turn, share = len(frames) * FRAME_S, 100 / len(frames)
    width = 2 * MARGIN + COLUMNS * CELL
    height = 2 * MARGIN + ROWS * LINE
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" '
             f'viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
             f'height="{height}" role="img" '
             f'aria-label="toxictl top: a table of proxies, live">',
             "<style>text{font:13px ui-monospace,'DejaVu Sans Mono',Menlo,"
             "Consolas,monospace;white-space:pre}"
             f".f{{visibility:hidden;animation:f {turn}s step-end infinite}}"
             f"@keyframes f{{0%{{visibility:visible}}"
             f"{share:.3f}%{{visibility:hidden}}}}"
             "@media (prefers-reduced-motion:reduce){.f{animation:none}"
             ".f:last-child{visibility:visible}}</style>",
             GROUND_RECT]
    for i, frame in enumerate(frames):
        parts.append(f'<g class="f" style="animation-delay:{i * FRAME_S}s">'
                     f"{draw_frame(frame)}</g>")
    return "\n".join([*parts, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--toxid", default="build/toxid")
    parser.add_argument("--toxictl", default="build/toxictl")
    parser.add_argument("--out", default="toxictl/top.svg", type=pathlib.Path)
    parser.add_argument("--seconds", default=12, type=float)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stage = Stage(args.toxid, folder)
        try:
            frames = film(stage, str(pathlib.Path(args.toxictl).resolve()),
                          folder, args.seconds)
        finally:
            stage.close()
    args.out.write_text(draw(frames), encoding="utf-8")
    print(f"{args.out}: {len(frames)} frames")


if __name__ == "__main__":
    sys.exit(main())
