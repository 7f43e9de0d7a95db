#!/usr/bin/env python3
"""Fail if a line of C is wider than the style's 100 columns, a tab to every 8th.

Usage: check_columns.py ROOT. Below ROOT, each folder of WHERE is looked at. EXEMPT is what is not cleaned
yet: a room leaves it once it is, and none comes in.
"""
import pathlib, sys

WIDTH = 100
WHERE = ["src", "tests/sim", "tests/fuzz"]
EXEMPT = ["src/loop", "src/health", "src/expr", "src/proxy", "tests/fuzz/expr", "tests/fuzz/health",
          "tests/fuzz/proxy"]

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
exempt = [root / place for place in EXEMPT]
files = [path for where in WHERE for path in sorted((root / where).rglob("*"))
         if path.suffix in (".c", ".h", ".def") and not any(room in path.parents for room in exempt)]
bad = [f"{path}:{n}: {width} columns, {WIDTH} is the limit"
       for path in files for n, line in enumerate(path.read_text().splitlines(), 1)
       if (width := len(line.expandtabs(8))) > WIDTH]

print("\n".join(bad) or f"columns: {len(files)} files, clean")
sys.exit(bool(bad) or not files)
