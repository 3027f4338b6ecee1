#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""README.md and the files that it shows, the same text; and what it says to
type.

    scripts/readme.py check            fails if README.md shows another text
    scripts/readme.py write            puts the files' text there
    scripts/readme.py blocks SECTION LANGUAGE
                                       the code of that language in a section

A file is shown by a code block behind a line "<!-- file: PATH -->".
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
SHOWN = re.compile(r"(<!-- file: (\S+) -->\n+```\w*\n)(.*?)(^```$)",
                   re.DOTALL | re.MULTILINE)


def with_files(text):
    def put(match):
        return match[1] + (ROOT / match[2]).read_text() + match[4]

    return SHOWN.sub(put, text)


def check(text):
    wrong = [m[2] for m in SHOWN.finditer(text)
             if m[3] != (ROOT / m[2]).read_text()]
    named = text.count("<!-- file: ")
    if len(SHOWN.findall(text)) != named:
        wrong.append("a file without a code block")
    # A heading without a line in the contents, or the other way round.
    contents = re.findall(r"^\* \[(.*?)\]\(#", text, re.MULTILINE)
    headings = re.findall(r"^## (.*)$", re.sub(r"^```.*?^```", "", text,
                          flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    wrong += sorted(set(contents) ^ set(headings) - {"Contents"})
    for name in wrong:
        print(f"README.md is not up to date: {name}", file=sys.stderr)
    return bool(wrong)


def blocks(text, section, language):
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text,
                      re.DOTALL | re.MULTILINE)
    code = re.findall(rf"^```{re.escape(language)}\n(.*?)^```$",
                      found[1] if found else "", re.DOTALL | re.MULTILINE)
    if not code:
        print(f"README.md has no {language} in {section}", file=sys.stderr)
        return True
    print("".join(code), end="")
    return False


def main(words):
    text = README.read_text()
    match words:
        case ["check"]:
            return check(text)
        case ["write"]:
            README.write_text(with_files(text))
            return False
        case ["blocks", section, language]:
            return blocks(text, section, language)
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
