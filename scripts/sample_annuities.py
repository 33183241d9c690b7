"""What stands in the sample workbooks of annuities (年金): invented customers and figures, in the managers' shapes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from wps_workbook import Sheet, Value

Row = Mapping[str, Value]

# 甲子, 甲丑 ... 癸亥: names nobody can take for a customer's.
NAMES = tuple(f"{stem}{branch}公司" for stem in "甲乙丙丁戊己庚辛壬癸" for branch in "子丑寅卯辰巳午未申酉戌亥")
_KINDS = (
    *(("企年受托", "单一计划"), ("企年受托", "集合计划"), ("企年投资", "单一计划"), ("企年投资", "集合计划")),
    *(("职年受托", "职业年金"), ("职年投资", "职业年金")),
)
_BRANCHES = {"北京": "G01", "上海": "G02", "深圳分公司": "G05", "大连": "G07", "内蒙": "G31", "战略": "G37"}
_WRITTEN = ("{}", "{}", "{}", "{}-已转出", "（原）{}", "{}(存量)", "{}及下属子企业")

_PERFORMANCE = (
    *("月度", "业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称"),
    *("期初资产规模", "期末资产规模", "供款", "流失（含待遇支付）", "流失", "待遇支付", "投资收益", "当期收益率"),
    *("机构代码", "机构", "子企业号", "子企业名称", "集团企业客户号", "集团企业客户名称"),
)
_INCOME = (
    *("月度", "业务类型", "计划类型", "计划号", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称"),
    *("机构", "机构名称", "固费"),
)
_OTHER_FEES = ("浮费", "回补", "税")
# What columns were called before.
_OLDER = {
    "计划代码": "计划号",
    "流失（含待遇支付）": "流失(含待遇支付)",
    "当期收益率": "年化收益率",
    "机构": "机构名称",
}


def performance_sheet(month: Value, count: int, *, seed: str, last: int = 0, older: bool = False) -> Sheet:
    """规模明细 of ``count`` rows, five of which say again what their plan, portfolio and customer are."""
    chance = random.Random(f"规模明细 {seed}")
    rows = [_performance_row(chance, month, number) for number in range(count - 5)]
    again = [{**row, "供款": Decimal(index) / 10_000} for index, row in enumerate(rows[8:12])]
    headers = [_OLDER.get(header, header) if older else header for header in _PERFORMANCE]
    return _sheet("规模明细", _PERFORMANCE, [*rows, *again, rows[7]], last, headers)


def _performance_row(chance: random.Random, month: Value, number: int) -> Row:
    business, plan_type = _KINDS[number % len(_KINDS)]
    name = NAMES[number % len(NAMES)]
    begin = Decimal(chance.randrange(-(10**8), 33 * 10**13)) / 10_000 if number % 40 else Decimal("-1250.5")
    paid, lost, spent = (Decimal(chance.randrange(10**10)) / 10_000 for _ in range(3))
    gain = None if number % 3 else Decimal(chance.randrange(-(10**9), 10**10)) / 10_000
    known = number % 9 != 5
    return {
        **{"月度": month, "业务类型": business, "计划类型": plan_type},
        "计划代码": _plan_code(number, plan_type),
        "计划名称": f"{name}企业年金计划" if plan_type == "单一计划" else f"{NAMES[number % 7]}集合企业年金计划",
        "组合类型": ("固定收益", "权益", None)[number % 3],
        "组合代码": _portfolio_code(number),
        "组合名称": f"第{number % 50 + 1}号组合",
        "客户名称": _WRITTEN[number % len(_WRITTEN)].format(name) if known else None,
        **{"期初资产规模": begin, "期末资产规模": begin + paid - lost - spent + (gain or 0), "供款": paid},
        **{"流失（含待遇支付）": -lost - spent, "流失": -lost, "待遇支付": -spent, "投资收益": gain},
        **{"当期收益率": None, "机构代码": None, "机构": [*_BRANCHES, None][number % 7] if number != 100 else "星海"},
        "子企业号": f"{10**17 + number * 7919}" if known else None,
        "子企业名称": f"{name}分部" if known and number % 4 == 0 else None,
        "集团企业客户号": account_of(name) if known else None,
        "集团企业客户名称": f"{name}集团" if known and number % 2 else None,
    }


def _plan_code(number: int, plan_type: str) -> Value:
    if number % 50 == 14:
        return "1P0290"
    blank = number % 17 == 3 and plan_type != "职业年金"
    return None if blank else f"P{number % 90 + 1:04d}"


def _portfolio_code(number: int) -> Value:
    """Numbers and texts, some with the F that the table does without, some blank."""
    return (10_000 + number % 50, f"F{10_000 + number % 50}", f"QT{number % 50:04d}", None)[number % 4]


def account_of(name: str) -> str:
    """The number of the group's customer: C and 17 digits."""
    return f"C{10**16 + NAMES.index(name) * 104_729}"


def income_sheet(month: Value, count: int, *, seed: str, last: int = 0, fees: bool = True, only: str = "") -> Sheet:
    """收入明细 of ``count`` rows, half of which repeat the one above; ``fees``: also those that 2026 has no more."""
    chance = random.Random(f"收入明细 {seed}")
    kinds = [kind for kind in _KINDS if kind[0] == (only or kind[0])]
    rows: list[Row] = []
    for number in range(count):
        row = _income_row(chance, month, number, kinds[number // 2 % len(kinds)])
        rows.append({**rows[-1], **({} if number % 8 == 1 else {"固费": row["固费"]})} if number % 2 else row)
    return _sheet("收入明细", (*_INCOME, *(_OTHER_FEES if fees else ())), rows, last)


def _income_row(chance: random.Random, month: Value, number: int, kind: tuple[str, str]) -> Row:
    business, plan_type = kind
    name, branch = NAMES[number % len(NAMES)], [*_BRANCHES][number % len(_BRANCHES)]
    single = plan_type == "单一计划"
    return {
        **{"月度": month, "业务类型": business, "计划类型": plan_type},
        "计划号": f"p{number % 90 + 1:04d}" if number % 10 == 4 else f"P{number % 90 + 1:04d}",
        "计划名称": f"{name}企业年金计划" if single else f"{NAMES[number % 7]}集合企业年金计划",
        **{"组合类型": None, "组合代码": _portfolio_code(number // 2), "组合名称": f"第{number % 50 + 1}号组合"},
        # Blank in most single plans, a formula's 0 in some, and blank in all plans of many customers.
        "客户名称": (0 if number % 14 == 6 else name if number % 16 == 8 else None) if single else None,
        **{"机构": _BRANCHES[branch], "机构名称": branch},
        "固费": Decimal(chance.randrange(-(10**8), 10**9)) / 10_000,
        **{fee: Decimal(chance.randrange(10**7)) / 10_000 if number % 3 == 0 else None for fee in _OTHER_FEES},
    }


def ledger_sheets(month: int, before: int) -> Iterator[Sheet]:
    """The four sheets of a 台账 (won and lost, entrusted and invested), each with rows of two months."""
    for what, note, day in (("中标", "空白", "中标日期"), ("流失", "解约", "流失日期")):
        for long, short in (("受托", "受托"), ("投资", "投管")):
            headers = (
                *("序号", "上报月份", "业务类型", "区域", "年金中心", "机构", "客户全称", "年金计划号", "客户类型"),
                *(
                    "计划类型",
                    day,
                    "计划规模（亿元）",
                    "年缴规模（亿元）",
                    "受托人",
                    "证明材料",
                    "考核有效",
                    "备注",
                    "上报人",
                ),
            )
            rows = [_ledger_row(what + long, month if n % 3 else before, n, short, day) for n in range(14)]
            yield _sheet(f"企年{long}{what}({note})", headers, rows, 0)


def _ledger_row(seed: str, month: int, number: int, business: str, day: str) -> Row:
    chance = random.Random(f"{seed} {number}")
    year, of_year = divmod(month, 100)
    return {
        **{"序号": number + 1, "上报月份": f"{year}年{of_year}月" if number % 2 else month, "业务类型": business},
        **{"区域": "北区", "年金中心": "第一中心", "机构": [*_BRANCHES][number % len(_BRANCHES)]},
        "客户全称": _WRITTEN[number % 5].format(chance.choice(NAMES)),
        "年金计划号": f"P{chance.randrange(1, 90):04d}" if number % 3 == 0 else None,
        **{"客户类型": ("新客", "老客")[number % 2], "计划类型": ("集合", "单一计划")[number % 2]},
        day: f"{year}-{of_year:02d}-{number + 5:02d}",
        **{"计划规模（亿元）": Decimal(chance.randrange(10**5)) / 10_000, "年缴规模（亿元）": Decimal(number) / 100},
        **{
            "受托人": "某受托人",
            "证明材料": "中标通知书" if number % 2 else None,
            "考核有效": 1,
            "备注": None,
            "上报人": "审核员",
        },
    }


def _sheet(
    name: str, columns: Sequence[str], rows: Sequence[Row], last: int, headers: Sequence[str] | None = None
) -> Sheet:
    return Sheet(name, [list(headers or columns), *([row[column] for column in columns] for row in rows)], last)


def companies() -> Iterator[tuple[str, str, str]]:
    """(kind, key, company id) of the known customers: two of three, by name or by their group's number."""
    for number, name in enumerate(NAMES):
        if number % 3 == 0:
            yield "customer_name", name, f"C{number + 1:06d}"
        elif number % 3 == 1:
            yield "account_number", account_of(name), f"C{number + 1:06d}"
