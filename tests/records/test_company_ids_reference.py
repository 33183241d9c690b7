"""Company ids against a plain reference, row by row, written from the users' page and sharing no code with ours."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson
from hypothesis import given
from hypothesis import strategies as st

from workflows.companies.index import FetchedRow, gather
from workflows.companies.resolver import KnownCompanies
from workflows.companies.temporary import TemporaryIds
from workflows.domains.domain import CompanyKeys, Domain, Record
from workflows.records.company_ids import CompanyIds
from workflows.records.json_files import record_lines

SALT = b"a salt that only tests know"
Row = tuple[str | None, str | None, str | None, str | None]


class Holding(Record):
    plan: str | None
    account: str | None
    name: str | None
    account_name: str | None
    company_id: str | None


DOMAIN = Domain(
    name="holdings",
    record=Holding,
    primary_key=("plan",),
    period_field="plan",
    derived={},
    company=CompanyKeys("name", "plan", "account", "account_name"),
)

_plans, _accounts = st.sampled_from(["P1", "P2", "P3"]), st.sampled_from(["11111111111111111", "222222222222222222"])
_names = st.sampled_from(["甲公司", "乙公司", "丙（特殊普通合伙）"])
_account_names = st.sampled_from(["甲公司", "乙公司-已转出", "丙 公司"])
_rows = st.lists(st.tuples(*(st.none() | each for each in (_plans, _accounts, _names, _account_names))), max_size=12)
_ids = st.sampled_from(["C1", "C2", "C3"])
_plan_customers = st.tuples(_plans, _names).map("|".join)
_four = {"plan_code": _plans, "account_number": _accounts, "customer_name": _names, "account_name": _account_names}
_overrides = st.fixed_dictionaries({kind: st.dictionaries(keys, _ids, max_size=1) for kind, keys in _four.items()})
_index = st.fixed_dictionaries(
    {
        kind: st.dictionaries(keys, _ids, max_size=2)
        for kind, keys in {**_four, "plan_customer": _plan_customers}.items()
    }
)
Known = dict[str, dict[str, str]]


def plainly(row: Row, overrides: Known, index: Known) -> str | None:
    """The page's last word on a row."""
    plan, account, name, account_name = row
    if plan in overrides["plan_code"]:
        return overrides["plan_code"][plan]
    if account in overrides["account_number"]:
        return overrides["account_number"][account]
    if name in overrides["customer_name"]:
        return overrides["customer_name"][name]
    if account_name in overrides["account_name"]:
        return overrides["account_name"][account_name]
    for kind, key in (("plan_code", plan), ("account_number", account), ("customer_name", name)):
        if key in index[kind]:
            return index[kind][key]
    if account_name in index["account_name"]:
        return index["account_name"][account_name]
    if f"{plan}|{name}" in index["plan_customer"]:
        return index["plan_customer"][f"{plan}|{name}"]
    if name is None:
        return None
    digest = hmac.new(SALT, name.encode("utf-8"), hashlib.sha256).digest()
    return "IN" + base64.b32encode(digest).decode()[:16]


def compared(known: Known) -> Known:
    """As the files are read: through the same rule as everything."""
    rows = [FetchedRow(1, kind, key, value) for kind, keys in known.items() for key, value in keys.items()]
    gathered = gather(rows)
    assert not gathered.problems
    found: Known = {}
    for (kind, key), value in gathered.companies.items():
        found.setdefault(kind, {})[key] = value
    return found


@given(_rows, _overrides, _index)
def test_every_row_gets_the_company_that_a_plain_walk_finds(rows: list[Row], overrides: Known, index: Known) -> None:
    columns = [[row[at] for row in rows] for at in range(4)]
    numbers = list(range(2, 2 + len(rows)))
    warnings: list[list[str]] = [[] for _row in rows]
    empty, file, sheet = ([value] * len(rows) for value in (None, "a.xlsx", "表"))
    known = KnownCompanies(compared(overrides), compared(index), TemporaryIds(SALT))
    ids = CompanyIds(DOMAIN, known)
    made = b"".join(ids.filled(record_lines([*columns, empty, file, sheet, numbers, warnings])))
    found = [record[4] for record in orjson.loads(b"[" + made.removesuffix(b",\n") + b"]")]
    assert found == [plainly(row, overrides, index) for row in rows]
    assert ids.account(len(rows)).records == len(rows)
    unresolved = sum(found is None or found.startswith("IN") for found in found)
    assert sum(each.rows for each in ids.unresolved()) == unresolved
