#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Each answer of ctld's to a request (proto/payload_api.h) has a word for the log
in ctld/audit.c, another than all others have; and each that is a failure has a
text in apid/ask.c, with the status that its comment says.

    answers.py [ROOT]
"""

import collections
import pathlib
import re
import sys

DONE = {"ANSWER_OK", "ANSWER_UNCHANGED"}  # which are no failures


def main():
    root = pathlib.Path(sys.argv[1] if sys.argv[1:] else
                        pathlib.Path(__file__).resolve().parents[2])
    codes, audit, ask = ((root / name).read_text() for name in (
        "proto/payload_api.h", "ctld/audit.c", "apid/ask.c"))
    codes = re.search(r"enum answer_code \{(.*?)ANSWER_CODE_MAX\n\};", codes,
                      re.S)
    codes = codes and dict(re.findall(
        r"^\t(ANSWER_\w+),\s*(?:/\*(.*?)\*/)?", codes[1], re.M | re.S))
    if not codes:
        sys.exit("proto/payload_api.h: no answers are found")
    words = re.findall(r'\[(ANSWER_\w+)\] =\s*"([^"]+)"', audit)
    count = collections.Counter(word for _, word in words)
    rows = dict(re.findall(r'\[(ANSWER_\w+)\] = \{ (\d+),\s*"[^"]', ask))
    texts = set(rows) | set(re.findall(r"\bcase (ANSWER_\w+):", ask))
    wrong = [f"ctld/audit.c: no word for {code}"
             for code in codes if code not in dict(words)]
    wrong += [f'ctld/audit.c: "{word}" is said of more than one'
              for word, n in count.items() if n > 1]
    wrong += [f"apid/ask.c: no status and text for {code}"
              for code in codes if code not in texts | DONE]
    wrong += [f"proto/payload_api.h: {code} is a {status}"
              for code, status in rows.items()
              if not re.search(rf"\b{status}\b", codes.get(code, ""))]
    for text in wrong:
        print(text, file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
