"""The compiled register map as JSON on stdout; `cargo xtask gen` runs this (the compiler of SystemRDL is a Python library)."""

import json
import sys

from systemrdl import RDLCompiler
from systemrdl.node import FieldNode, RegNode


def registers(node):
    for child in node.children(unroll=False):
        if child.is_array:
            sys.exit(f"{child.inst_name}: arrays are not supported")
        elif isinstance(child, RegNode):
            yield child
        else:
            yield from registers(child)


def name(register):
    parts = [register.inst_name]
    while register.parent.parent.parent is not None:
        register = register.parent
        parts.insert(0, register.inst_name)
    return "_".join(parts)


def docs(register):
    texts = [register.get_property("desc") or ""]
    if register.parent.parent.parent is not None:
        texts.insert(0, register.parent.get_property("desc") or "")
    return ", ".join(text for text in texts if text)


def field(node: FieldNode):
    return {
        "name": node.inst_name,
        "lsb": node.lsb,
        "width": node.width,
        "sw": node.get_property("sw").name,
        "reset": node.get_property("reset"),
        "singlepulse": bool(node.get_property("singlepulse")),
        "doc": node.get_property("desc") or "",
    }


compiler = RDLCompiler()
compiler.compile_file(sys.argv[1])
top = compiler.elaborate().top
json.dump(
    [
        {
            "name": name(register),
            "offset": register.raw_absolute_address,
            "bytes": register.size,
            "doc": docs(register),
            "fields": [field(node) for node in register.fields()],
        }
        for register in registers(top)
    ],
    sys.stdout,
)
