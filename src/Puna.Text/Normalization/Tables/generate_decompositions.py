"""Makes decompositions.txt beside this file from Python's unicodedata. Not part of the build; run it by hand, in this folder.

A line a character: its number, its combining class, its decomposition, all but the class in hexadecimal. «~» before a decomposition: compatibility
only. «!»: canonical, but nothing composes to it. Hangul is left out: it is arithmetic.
"""

import sys
import unicodedata

with open("decompositions.txt", "w", encoding="ascii", newline="\n") as output:
    for code in range(1, 0x110000):
        if 0xD800 <= code <= 0xDFFF or 0xAC00 <= code <= 0xD7A3:
            continue
        character = chr(code)
        parts = unicodedata.decomposition(character)
        combining = unicodedata.combining(character)
        if not parts and not combining:
            continue
        mark = ""
        if parts.startswith("<"):
            mark, parts = "~", parts.split("> ")[1]
        elif parts and unicodedata.normalize("NFC", character) != character:
            mark = "!"
        fields = " ".join(f"{int(part, 16):X}" for part in parts.split())
        output.write(f"{code:X} {combining}{' ' + mark + fields if fields else ''}\n")
print(unicodedata.unidata_version, file=sys.stderr)
