# SPDX-License-Identifier: ISC
"""What a server wants to be told of who asks: the first token that there is,
as toxictl looks for it."""

from __future__ import annotations

import os
import pathlib
import re
import stat
from dataclasses import dataclass

VARIABLE = "TOXIPROXY_AUTH_TOKEN"
TOKEN = re.compile(r"[!-~]{1,511}")


@dataclass(frozen=True)
class Given:
    """The header, "" for none, and for people where it is from."""

    authorization: str
    source: str

    def hint(self) -> str:
        """Of who is not known"""
        if self.authorization:
            return f"the token is that of {self.source}"
        return (f"no token was given, {VARIABLE} is not set, and there is no "
                f"{config_file() or '~/.config/toxictl/token'}")


def bearer(text: str, source: str) -> Given:
    if not TOKEN.fullmatch(text):
        raise ValueError(
            f"{source}: a token is one word of visible ASCII characters, 511 "
            "at most")
    return Given("Bearer " + text, source)


def config_file() -> pathlib.Path | None:
    """By the rules of XDG: a path that is not whole does not count."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not base.startswith("/"):
        home = os.environ.get("HOME", "")
        if not home:
            return None
        base = home + "/.config"
    return pathlib.Path(base, "toxictl", "token")


def check_private(path: pathlib.Path, fd: int) -> None:
    """What somebody else can read, or could have put there, is no secret."""
    found = os.fstat(fd)
    if found.st_uid not in (os.geteuid(), 0):
        raise PermissionError(f"{path}: it is somebody else's")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(
            f"{path}: others may read or change it, its mode is "
            f"{stat.S_IMODE(found.st_mode):04o}: 'chmod 600' makes it yours "
            "alone")


def of_config() -> Given:
    """Whose home is somebody else's, as in a container, has none there."""
    path = config_file()
    if path is None:
        return Given("", "")
    try:
        with open(path, "rb") as file:
            check_private(path, file.fileno())
            text = file.read(1024).decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return Given("", "")
    except PermissionError as error:
        if error.errno is None:  # ours
            raise
        return Given("", "")
    return bearer(text.rstrip(" \t\r\n"), str(path))


def find_token(token: str | None, of_url: str | None) -> Given:
    """of_url: the Authorization that the URL has; token: "" is none"""
    if token is not None:
        return bearer(token, "the argument") if token else Given("", "")
    if of_url is not None:
        return Given(of_url, "the url")
    if os.environ.get(VARIABLE):
        return bearer(os.environ[VARIABLE], VARIABLE)
    return of_config()
