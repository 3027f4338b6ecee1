# SPDX-License-Identifier: ISC
"""Constants as the sources have them: a test that repeats one may go on with a
number that is not so any more."""

import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAST = re.compile(r"\((?:s?size_t|u?int\d+_t|unsigned int|off_t)\)")
SIZED = re.compile(r"U?INT\d+_C\((\w+)\)")
COMMENT = re.compile(r"/\*.*?\*/", re.S)


@functools.lru_cache(maxsize=None)
def texts(path):
    """{name: what it is defined as}"""
    text = COMMENT.sub("", (ROOT / path).read_text())
    return dict(re.findall(r"^#define (\w+) (\S.*)$", text, re.M))


def constant(name, path="proto/agreed.h"):
    """The number that a #define in that file is: made of numbers, and of names
    in it or in shared/clock.h"""
    known = {**texts("shared/clock.h"), **texts(path)}

    def number(word):
        return str(value(known[word.group()]))

    def value(text):
        text = SIZED.sub(r"\1", CAST.sub("", text))
        text = re.sub(r"[A-Za-z_]\w*", number, text)
        assert re.fullmatch(r"[\d\s()*+/<>-]+", text), (name, text)
        return eval(text.replace("/", "//"))  # pylint: disable=eval-used

    return value(known[name])
