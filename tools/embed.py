#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a C source of a text file: embed.py FILE NAME HEADER OUTPUT

NAME becomes a NUL-ended array of const char that HEADER declares, NAME_hash its digest as a
Content-Security-Policy names it. Comments and the indent of lines are left out.
"""
import base64
import hashlib
import pathlib
import re
import sys

source, name, header, output = sys.argv[1:]
text = pathlib.Path(source).read_text()
if source.endswith(".css"):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip())
elif source.endswith(".js"):
    text = re.sub(r"^\s*/\*.*?\*/\s*$", "", text, flags=re.S | re.M)
    text = "\n".join(line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("//"))
digest = "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
numbers = ",".join(str(byte) for byte in text.encode() + b"\0")
pathlib.Path(output).write_text(f'#include "{header}"\n\nconst char {name}[] = {{ {numbers} }};\n'
                                f'const char {name}_hash[] = "{digest}";\n')
