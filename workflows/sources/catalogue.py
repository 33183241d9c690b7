"""The catalogue of domains: YAML -> frozen models, every mistake reported at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflows.errors import CatalogueError, Words, reason_of
from workflows.mistakes import told
from workflows.nearest import did_you_mean
from workflows.sources.entries import Catalogue, DiscoverySource, DomainSource
from workflows.sources.gate_rules import IN_YAML, GateSource

# libyaml's reads the same ten times as fast: a tenth of the time of planning a small file. Not every wheel has it.
_LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS = [key for entry in (DiscoverySource, DomainSource, GateSource) for key in entry.model_fields]


def load_catalogue(path: Path) -> Catalogue:
    """Read and check the catalogue.

    Raises CatalogueError listing every mistake with its path in the YAML, in the file's order of kinds: duplicate
    keys first, then wrong values. A file that is no YAML has one problem, which names the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogueError(str(path), [("(file)", f"无法读取 / cannot be read: {reason_of(error)}")]) from None
    try:
        node = yaml.compose(content, Loader=_LOADER)
        problems = list(_duplicate_keys(node, "", set())) if node else []
        found = yaml.load(content, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CatalogueError(str(path), [_syntax_problem(error)]) from None
    try:
        # Through JSON, where strict still takes a list for a tuple; it has no other types to be lax about.
        catalogue = Catalogue.model_validate_json(json.dumps(found, default=str), context=IN_YAML)
    except ValidationError as error:
        # A default that was not made, because a value before it is wrong, is no mistake of its own.
        mistakes = (found for found in error.errors(include_url=False) if found["type"] != "default_factory_not_called")
        problems += map(_value_problem, mistakes)
    except (TypeError, ValueError) as error:
        problems.append(("(file)", f"不是目录 / cannot be a catalogue ({type(error).__name__})"))
    if problems:
        raise CatalogueError(str(path), problems)
    return catalogue


def _duplicate_keys(node: yaml.Node, path: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    """Keys that one mapping holds twice; YAML itself would silently keep the last."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, f"{path}[{index}]", seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            here = f"{path}.{name}" if path else name
            if name in lines:
                yield (
                    here,
                    f"写了两次, 第 {lines[name]} 行和第 {line} 行 / given twice, in line {lines[name]} and line {line}",
                )
            lines.setdefault(name, line)
            yield from _duplicate_keys(value, here, seen)


_NOT_YAML = Words(
    "不是 YAML: 请检查缩进、冒号后的空格、引号是否成对",
    "not YAML: look at indents, blanks behind colons, pairs of quotes",
)


def _syntax_problem(error: Exception) -> tuple[str, str]:
    mark = getattr(error, "problem_mark", None)
    text = getattr(error, "problem", None) or str(error).splitlines()[0]
    return (f"line {mark.line + 1}, column {mark.column + 1}" if mark else "(file)"), f"{_NOT_YAML} (yaml: {text})"


def _value_problem(error: ErrorDetails) -> tuple[str, str]:
    path = ""
    for part in error["loc"]:
        if part != "[key]":
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    if error["type"] == "extra_forbidden":
        meant = did_you_mean(str(error["loc"][-1]), _KEYS)
        return path or "(file)", f"没有这个键 / unknown key{meant}"
    return path or "(file)", told(error)
