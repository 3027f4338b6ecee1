#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What manuals and completions say of the toxics, from the one table.

usage: scripts/toxics.py [--write] build/toxics.json

Between two lines that have "toxics: begin" and "toxics: end" in them, each of
the FILES says what the table of proto/toxics.h says.  Without --write: exits
with 1, and names the files, where one does not."""

import json
import pathlib
import sys

BEGIN, END = "toxics: begin", "toxics: end"


def cell(attribute):
    unit = attribute["unit"]
    if unit == "KB/s":
        unit = "KB/s (1000 bytes)"
    return f"`{attribute['name']}` {unit}".strip()


def markdown(toxics):
    yield "| type | attributes | what it does |"
    yield "|---|---|---|"
    for t in toxics:
        attributes = ", ".join(cell(a) for a in t["attributes"])
        yield f"| `{t['name']}` | {attributes} | {t['does']} |".replace(
            "|  |", "| |")


def sentence(text):
    return text[0].upper() + text[1:] + "."


def about(attribute):
    """ "ms", "list, text", "fin | reset; default: fin" """
    said = " | ".join(attribute.get("words", [])) or attribute["unit"]
    if attribute["kind"] in ("integers", "texts"):
        said = "list, " + (said or attribute["kind"])
    if attribute["default"] not in (0, "", []):
        said = f"{said or attribute['kind']}; default: {attribute['default']}"
    return (said or attribute["kind"]).replace("\\", "\\e")


def mdoc(toxics):
    for t in toxics:
        yield f".It Cm {t['name']}"
        yield sentence(t["does"])
        for a in t["attributes"]:
            yield f".Va {a['name']}"
            yield f"({about(a)}):"
            yield a["help"] + "."


def names(toxics):
    return " ".join(t["name"] for t in toxics)


def keys(toxic):
    """ "latency= jitter=", and each word of an enum: "way=fin way=reset" """
    return " ".join(a["name"] + "=" + word for a in toxic["attributes"]
                    for word in a.get("words", [""]))


def bash(toxics):
    yield f"_toxictl_types='{names(toxics)}'"
    yield ""
    yield "_toxictl_attributes() { # TYPE"
    yield "\tcase $1 in"
    for t in toxics:
        if t["attributes"]:
            yield f"\t{t['name']}) echo {keys(t)} ;;"
    yield "\tesac"
    yield "}"


def zsh(toxics):
    yield "_toxictl_types() {"
    yield f"\tcompadd -- {names(toxics)}"
    yield "}"
    yield ""
    yield "_toxictl_attributes() {"
    yield "\tlocal -A of=("
    for t in toxics:
        yield f"\t\t{t['name']} '{keys(t)}'"
    yield "\t)"
    yield "\tlocal i=${words[(I)(-t|--type)]}"
    yield "\t((i == 0 || i >= $#words)) || " \
        "compadd -S '' -- ${=of[$words[i+1]]}"
    yield "}"


def fish(toxics):
    every = dict.fromkeys(key for t in toxics for key in keys(t).split())
    yield f"set -l types {names(toxics)}"
    yield f"set -l attributes {' '.join(every)}"


PYTHON = {"integer": "int", "fraction": "float", "text": "str",
          "integers": "typing.Tuple[int, ...]",
          "texts": "typing.Tuple[str, ...]"}


def field(attribute):
    """ "rate: int = 0  # KB/s: ..."; what has to be given has no default"""
    default, least = attribute["default"], attribute.get("min")
    kind = PYTHON.get(attribute["kind"]) or \
        f"typing.Literal[{', '.join(map(repr, attribute['words']))}]"
    if least is None or default >= least:
        kind += f" = {tuple(default) if default == [] else repr(default)}"
    unit = attribute["unit"] + ": " if attribute["unit"] else ""
    return f"{attribute['name']}: {kind}  # {unit}{attribute['help']}"


def class_of(toxic):
    return toxic["name"].title().replace("_", "")


def python(toxics):
    for t in toxics:
        yield "@dataclass(frozen=True)"
        yield f"class {class_of(t)}(Kind):"
        yield f'    """{sentence(t["does"])}"""'
        yield ""
        yield f"    type: str = field(default={json.dumps(t['name'])}, " \
            "init=False, repr=False)"
        own = tuple(a["name"] for a in t["attributes"] if a["own"])
        if own:
            yield f"    own: typing.ClassVar = {own!r}"
        yield from ("    " + field(a) for a in t["attributes"])
        yield ""
        yield ""
    yield "KINDS: typing.Dict[str, typing.Type[Kind]] = {"
    yield from (f"    {json.dumps(t['name'])}: {class_of(t)},"
                for t in toxics)
    yield "}"
    yield ""
    yield '__all__ = ["KINDS", "Kind", "Other", "Value",'
    yield from (f'           "{class_of(t)}",' for t in toxics)
    yield "           ]"


FILES = {
    "README.md": markdown,
    "apid/toxid-api.7": mdoc,
    "clients/python/toxid/kinds.py": python,
    "client/toxi.3": mdoc,
    "toxictl/completion/toxictl.bash": bash,
    "toxictl/completion/_toxictl": zsh,
    "toxictl/completion/toxictl.fish": fish,
}


def rewritten(text, lines):
    """the text, with these lines between the marks"""
    out, inside = [], False
    for line in text.splitlines():
        if END in line:
            inside = False
        if not inside:
            out.append(line)
        if BEGIN in line:
            inside = True
            out += lines
    return "\n".join(out) + "\n"


def main(argv):
    write = argv[:1] == ["--write"]
    toxics = [t for t in json.loads(pathlib.Path(argv[-1]).read_text())
              if t["whose"] != "debug"]
    differ = 0
    for name, lines in FILES.items():
        path = pathlib.Path(name)
        was = path.read_text()
        now = rewritten(was, list(lines(toxics)))
        if BEGIN not in was:
            sys.exit(f"{name}: no line has \"{BEGIN}\"")
        if now == was:
            continue
        differ = 1
        if write:
            path.write_text(now)
        print(f"{name}: {'written' if write else 'make toxics-publish'}")
    return 0 if write else differ


sys.exit(main(sys.argv[1:]))
