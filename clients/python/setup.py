# SPDX-License-Identifier: ISC
"""All but the version is in pyproject.toml."""

import pathlib
import re
import subprocess

import setuptools

HERE = pathlib.Path(__file__).resolve().parent


def version():
    """Of the whole project; in a folder that was copied out of it, VERSION has
    it.  What comes before 0.1.0 is 0.1.0~dev there, and .dev0 here."""
    said = HERE / "VERSION"
    text = said.read_text() if said.exists() else subprocess.run(
        [HERE.parent.parent / "scripts" / "version.sh"], check=True,
        stdout=subprocess.PIPE, text=True).stdout
    return re.sub("~dev$", ".dev0", text.strip())


setuptools.setup(version=version())
