"""The overrides that operators keep: ``company_overrides.yml`` beside the catalogue; without the file there are none.

::

    计划代码:
      P0001: C0001
    年金账户号:
      "12345678901234567": C0002
    客户名称: …
    年金账户名: …

A YAML file rather than a CSV: what spreadsheets save has lost the last digits of account numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from workflows.companies.keys import KINDS, check_company_id, compared_key, is_temporary, kind_named
from workflows.companies.resolver import OVERRIDE_KINDS, CompaniesByKey
from workflows.errors import CatalogueError, Words, reason_of

# Every value as the text that stands there: YAML would make 0123 the number 83.
_LOADER: type[yaml.BaseLoader | yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_overrides(path: Path) -> CompaniesByKey:
    """The overrides by kind and compared key; raises CatalogueError naming every mistake with its line."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError) as error:
        raise CatalogueError(str(path), [("(file)", f"无法读取 / cannot be read: {reason_of(error)}")]) from None
    try:
        root = yaml.compose(content, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "(file)"
        raise CatalogueError(
            str(path), [(place, f"不是 YAML / not YAML: {getattr(error, 'problem', None) or error}")]
        ) from None
    problems: list[tuple[int, str]] = []
    companies: dict[str, dict[str, str]] = {}
    lines: dict[tuple[str, str], int] = {}
    for line, kind, key, company_id in _entries(root, problems):
        if (kind, key) in lines:
            problems.append(
                (line, f"{KINDS[kind]} {key} 已在第 {lines[kind, key]} 行 / stands in line {lines[kind, key]} already")
            )
        lines.setdefault((kind, key), line)
        companies.setdefault(kind, {})[key] = company_id
    if problems:
        raise CatalogueError(str(path), [(f"line {line}", text) for line, text in sorted(problems)])
    return companies


def overrides_digest(overrides: CompaniesByKey) -> str:
    """What tells overrides that answer differently apart; comments, order and spelling of keys are nothing to it."""
    said = sorted([kind, key, company_id] for kind, keys in overrides.items() for key, company_id in keys.items())
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:16]


def _entries(root: yaml.Node | None, problems: list[tuple[int, str]]) -> Iterator[tuple[int, str, str, str]]:
    """(line, kind, compared key, company_id) of each override that has no mistake of its own."""
    for kind_node, keys in _pairs(root, problems):
        kind = kind_named(kind_node.value) if isinstance(kind_node, yaml.ScalarNode) else None
        if kind not in OVERRIDE_KINDS or kind is None:
            wanted = ", ".join(KINDS[kind] for kind in OVERRIDE_KINDS)
            said = Words(
                f"不能按 {kind_node.value!r} 指定公司; 应为 {wanted}",
                f"no company is overridden by {kind_node.value!r}; {wanted} wanted",
            )
            problems.append((_line(kind_node), str(said)))
            continue
        for key_node, id_node in _pairs(keys, problems):
            if not isinstance(key_node, yaml.ScalarNode) or not isinstance(id_node, yaml.ScalarNode):
                problems.append((_line(key_node), "应为 key: company_id / key: company_id wanted"))
                continue
            try:
                key, company_id = compared_key(kind, key_node.value), check_company_id(id_node.value)
            except ValueError as error:
                problems.append((_line(key_node), str(error)))
                continue
            if key is None:
                problems.append((_line(key_node), f"归一后为空 / nothing is left of {key_node.value!r}"))
            elif is_temporary(company_id):
                problems.append((_line(key_node), f"{company_id} 是临时编号 / is a temporary id, no company's"))
            else:
                yield _line(key_node), kind, key, company_id


def _pairs(node: yaml.Node | None, problems: list[tuple[int, str]]) -> list[tuple[yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return list(node.value)
    # A kind without a line below it is left for later use.
    if node is not None and node.value != "":
        problems.append((_line(node), "应为多行 `key: company_id` / lines of `key: company_id` wanted"))
    return []


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
