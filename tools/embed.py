#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a C source of a text file: embed.py FILE NAME HEADER OUTPUT

NAME becomes a NUL-ended array of const char that HEADER declares. Comments of a
style sheet and the indent of its lines are left out.
"""
import pathlib
import re
import sys

source, name, header, output = sys.argv[1:]
text = pathlib.Path(source).read_text()
if source.endswith(".css"):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
numbers = ",".join(str(byte) for byte in text.encode() + b"\0")
pathlib.Path(output).write_text(f'#include "{header}"\n\nconst char {name}[] = {{ {numbers} }};\n')
