"""Where the value of a variable comes from. `python -m env.variables.explain [NAME] [--json]`"""

import argparse
import difflib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from env.services.places import ROOT
from env.variables.inventory import TIERS, VARIABLES, Variable
from env.variables.layers import PARTS, Layers, Setting
from env.variables.load import unreadable
from env.variables.masking import shown

EVERY = "all"
READERS = {
    "root": "the tools of env/",
    "backend": "the API, the workers and the migrations",
    "frontend": "Next",
}


def explain(
    name: str, *, as_json: bool, root: Path = ROOT, environment: Mapping[str, str] | None = None
) -> int:
    """Print every layer that sets the variable, for each part that reads it; 1 for a name nobody knows."""
    layers = Layers(root, os.environ if environment is None else environment)
    for problem in unreadable(layers.files):
        print(problem, file=sys.stderr)
    if name == EVERY:
        known = [described(variable, layers) for variable in VARIABLES.values()]
        print(json.dumps({"variables": known}, indent=2) if as_json else _table(known))
        return 0
    variable = VARIABLES.get(name)
    if variable is None:
        print(_unknown(name, layers), file=sys.stderr)
        return 1
    found = described(variable, layers)
    print(json.dumps(found, indent=2) if as_json else "\n".join(_text(found)))
    return 0


def described(variable: Variable, layers: Layers) -> dict[str, Any]:
    tier = next(tier for tier in TIERS if variable in tier.variables)
    return {
        "name": variable.name,
        "tier": tier.name,
        "purpose": variable.purpose,
        "valid": variable.values.phrase,
        "required": variable.required,
        "secret": variable.secret,
        "default": None if variable.required else variable.example,
        "parts": [
            _part(part, variable, layers.of(variable.name, part))
            for part, tiers in PARTS.items()
            if tier in tiers
        ],
    }


def _part(part: str, variable: Variable, settings: Sequence[Setting]) -> dict[str, Any]:
    value = settings[0].value if settings else None if variable.required else variable.example
    return {
        "part": part,
        "value": None if value is None else shown(variable, value),
        "source": str(settings[0]) if settings else None,
        "is_valid": variable.values.accepts(value) if value else not variable.required,
        "is_default": not variable.required and value == variable.example,
        "layers": [_layer(variable, setting) for setting in settings],
    }


def _layer(variable: Variable, setting: Setting) -> dict[str, Any]:
    return {"file": setting.file, "line": setting.line, "value": shown(variable, setting.value)}


def _text(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['name']}  {found['purpose']}"
    need = "Required" if found["required"] else "Optional"
    yield f"  {need}{', secret' if found['secret'] else ''}: {found['valid']}."
    for part in found["parts"]:
        yield f"\n  {part['part']} ({READERS[part['part']]})"
        yield from (f"    {line}" for line in _layer_lines(found, part))


def _layer_lines(found: dict[str, Any], part: dict[str, Any]) -> Iterator[str]:
    width = max((len(_place(layer)) for layer in part["layers"]), default=0)
    for number, layer in enumerate(part["layers"]):
        verdict = "wins" if number == 0 else "    "
        yield f"{verdict}  {_place(layer):<{width}}  {layer['value']}"
    if not part["layers"]:
        default = found["default"]
        yield "not set, and needed" if found["required"] else f"not set; its default is {default or 'empty'}"
    elif not part["is_valid"]:
        yield f"not valid: it must be {found['valid']}"
    elif part["is_default"]:
        yield "the same as its default"


def _place(layer: dict[str, Any]) -> str:
    return layer["file"] if layer["line"] is None else f"{layer['file']}:{layer['line']}"


def _table(known: list[dict[str, Any]]) -> str:
    rows = [
        (found["name"], part["part"], part["source"] or "not set", part["value"] or "-")
        for found in known
        for part in found["parts"]
        if part["part"] == found["tier"]
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _unknown(name: str, layers: Layers) -> str:
    near = difflib.get_close_matches(name.upper(), VARIABLES, 1)
    hint = f"did you mean {near[0]}?" if near else "invoke env.explain all"
    places = sorted({str(setting) for part in PARTS for setting in layers.of(name, part)})
    where = f"; it is set in {', '.join(places)}" if places else ""
    return f"{name}: no variable of PixCrawler{where}\n    -> {hint}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m env.variables.explain", description=__doc__)
    parser.add_argument("name", nargs="?", default=EVERY, help="a variable; all of them when left out")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    options = parser.parse_args(arguments)
    return explain(options.name, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
