"""The four annuity domains the slow, obvious way: row by row, from the page that describes the users' workbooks.

It shares no code and no list with ``workflows``: what both say alike was written twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Row = Mapping[str, Any]
"""What a row's cells hold, by header."""


class RejectedError(Exception):
    """The row is not loaded; ``codes`` are its headers with what is wrong under each."""

    def __init__(self, codes: Sequence[tuple[str, str]]) -> None:
        super().__init__(codes)
        self.codes = set(codes)


PRODUCT_LINES = {
    **{"企年投资": "PL201", "企年受托": "PL202", "职年投资": "PL203", "职年受托": "PL204", "自有险资": "PL205"},
    **{"直投": "PL206", "三方": "PL207", "团养": "PL208", "企康": "PL209", "企业年金": "PL210", "职业年金": "PL211"},
    "其他": "PL301",
}
PLAN_TYPES = ["集合计划", "单一计划", "职业年金"]
_BRANCH_LIST = """
总部 G00, 北京 G01, 上海 G02, 天津 G03, 广东 广州 G04, 深圳 深圳分公司 G05, 辽宁 G06, 大连 G07, 吉林 G08,
湖北 G09, 江苏 G10, 青岛 G11, 浙江 G12, 福建 G13, 广西 G14, 海南 G15, 云南 G16, 陕西 G17, 重庆 G18, 黑龙江 G19,
湖南 G20, 山东 济南 G21, 江西 G22, 新疆 G23, 河北 G24, 安徽 G25, 四川 G26, 青海 G27, 宁夏 G28, 宁波 G29,
厦门 G30, 内蒙古 内蒙 G31, 河南 G32, 山西 G33, 甘肃 G34, 贵州 G35, 西藏 G36, 北总 战略 中国 北京其他 北分 G37
"""
BRANCHES = {name: line.split()[-1] for line in _BRANCH_LIST.split(",") for name in line.split()[:-1]}
_STATUS_LIST = """
已转移终止 保留账户 企业年金计划 转移终止 已转出 待转出 待转移 已终止 已作废 未使用 终止 转出 转移 保留 暂停
注销 清算 解散 吊销 撤销 停业 歇业 关闭 迁出 迁入 变更 合并 分立 破产 重整 托管 接管 整顿 清盘 退出 终结 结束
完结 作废 存量 本部 集合 原
"""
STATUS_WORDS = _STATUS_LIST.split()
_ENTERPRISE_LIST = """
特殊普通合伙 普通合伙 有限合伙 有限公司 个人独资 全民所有制 集体所有制 股份合作 个体工商户
"""
ENTERPRISES = _ENTERPRISE_LIST.split()
NO_NAMES = ["null", "空白", "无", "n/a", "-", "--", "—", "——"]
NO_NUMBERS = ["", "-", "--", "—", "——", "/", "无", "暂无", "N/A"]


def customer_name(written: str | None) -> str | None:
    """The page's steps, one after another."""
    if written is None or written.strip().lower() in NO_NAMES:
        return None
    name = written.strip()
    if name == "保留账户管理":
        return name
    name = "".join(name.split())
    for quote in '「」『』"':
        name = name.replace(quote, "")
    while name[:1] in ("(", "（", ")", "）") and name:
        name = name[1:]
    name = name.replace("及下属子企业", "")
    name = re.sub(r"([(（]团托[)）]|-养老|-福利|-[A-Za-z0-9]+)$", "", name)
    for word in sorted(STATUS_WORDS, key=lambda word: -len(word)):
        for start in (f"（{word}）-", f"({word})-", f"{word}）-", f"{word})-", f"（{word}）", f"({word})"):
            if name.startswith(start):
                name = name[len(start) :]
                break
        else:
            for start in (f"{word}）", f"{word})", f"{word}-"):
                if name.startswith(start):
                    name = name[len(start) :]
                    break
        for end in (f"-{word}", f"（{word}）", f"({word})"):
            if name.endswith(end):
                name = name[: -len(end)]
                break
    ending = re.search(r"[(（]([^()（）]*)[)）]$", name)
    if ending and ending.group(1) not in ENTERPRISES:
        name = name[: ending.start()]
    name = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in name)
    name = name.replace("(", "（").replace(")", "）")
    return name.rstrip("-—–.。").upper() or None


def text(cell: Any, longest: int | None = 255) -> str | None:
    if cell is None:
        return None
    found = cell.strip() if isinstance(cell, str) else str(int(cell)) if float(cell) == int(cell) else repr(cell)
    if longest is not None and len(found) > longest:
        raise ValueError("text_too_long")
    return found or None


def code(cell: Any, longest: int = 255) -> str | None:
    if cell is None:
        return None
    if not isinstance(cell, str):
        if cell < 0 or cell != int(cell):
            raise ValueError("not_a_code")
        return str(int(cell))
    found = unicodedata.normalize("NFKC", cell).strip().upper()
    if len(found) > longest:
        raise ValueError("code_too_long")
    return found or None


def long_code(cell: Any) -> str | None:
    if cell is not None and not isinstance(cell, str):
        raise ValueError("code_digits_lost")
    return code(cell, 50)


def month(cell: Any) -> date | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, datetime):
        return date(cell.year, cell.month, 1)
    plain = unicodedata.normalize("NFKC", str(cell)).strip()
    for form in (
        r"(\d{4})(\d\d)(\d\d)?",
        r"(\d{4}|\d\d)年(\d{1,2})月(?:(\d{1,2})日)?",
        r"(\d{4})-(\d{1,2})(?:-(\d\d))?",
    ):
        match = re.fullmatch(form, plain)
        if match:
            try:
                day = date(
                    int(match[1].rjust(4, "0")) + (2000 if len(match[1]) == 2 else 0), int(match[2]), int(match[3] or 1)
                )
            except ValueError:
                break
            return day.replace(day=1)
    raise ValueError("invalid_month")


def day(cell: Any) -> date | None:
    if cell is None or (isinstance(cell, str) and cell.strip() in ("", "-", "无")):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    plain = str(cell).strip()
    match = re.fullmatch(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?", plain) or re.fullmatch(
        r"(\d{4})(\d\d)(\d\d)", plain
    )
    if match is None:
        raise ValueError("invalid_day")
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        raise ValueError("invalid_day") from None


def number(cell: Any, digits: int, per: Decimal = Decimal(1)) -> str | None:
    """Rounded half up; ``per`` is what one of the sheet's numbers counts in the table."""
    if cell is None:
        return None
    if isinstance(cell, str):
        plain = unicodedata.normalize("NFKC", cell).strip().replace(",", "")
        if plain in NO_NUMBERS:
            return None
        if plain.endswith("%"):
            plain, per = plain[:-1], per / 100
        if plain.startswith("(") and plain.endswith(")"):
            plain = "-" + plain[1:-1]
        try:
            exact = Decimal(plain)
        except InvalidOperation:
            raise ValueError("not_a_number") from None
    else:
        exact = Decimal(format(float(cell), ".15g"))
    rounded = (exact * per).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return str(abs(rounded) if rounded == 0 else rounded)


def money(cell: Any, per: Decimal = Decimal(1)) -> str | None:
    found = number(cell, 4, per)
    if found is not None and abs(Decimal(found)) >= 10**14:
        raise ValueError("out_of_range")
    return found


def rate(cell: Any) -> str | None:
    found = number(cell, 6)
    if found is not None and not -1 <= Decimal(found) <= 10:
        raise ValueError("out_of_range")
    return found


def whole(cell: Any) -> int | None:
    if cell is None or (isinstance(cell, str) and cell.strip() in NO_NUMBERS):
        return None
    try:
        exact = Decimal(cell.strip()) if isinstance(cell, str) else Decimal(str(cell))
    except InvalidOperation:
        raise ValueError("not_a_whole_number") from None
    if exact != exact.to_integral_value():
        raise ValueError("not_a_whole_number")
    return int(exact)


def choice(cell: Any, values: Sequence[str], aliases: Mapping[str, str]) -> str | None:
    found = text(cell)
    if found is None:
        return None
    plain = "".join(unicodedata.normalize("NFKC", found).split())
    if plain in ("-", "无", "/"):
        return None
    plain = aliases.get(plain, plain)
    if plain not in values:
        raise ValueError("not_in_list")
    return plain


class Cells:
    """One row's cells read by header; what is wrong with any of them is remembered."""

    def __init__(self, row: Row) -> None:
        self.row, self.wrong = row, list[tuple[str, str]]()

    def get(self, header: str, read: Any, *more: Any) -> Any:
        try:
            return read(self.row.get(header), *more)
        except ValueError as error:
            if (header, str(error)) not in self.wrong:
                self.wrong.append((header, str(error)))
            return None

    def need(self, header: str, value: Any) -> None:
        if value is None and header not in {where for where, _code in self.wrong}:
            self.wrong.append((header, "missing_value"))


def plan_code(cells: Cells, header: str, plan_type: str | None) -> str | None:
    found = cells.get(header, code)
    found = {"1P0290": "P0290", "1P0807": "P0807"}.get(found, found)
    if found is None and header not in {where for where, _code in cells.wrong}:
        found = {"集合计划": "AN001", "单一计划": "AN002"}.get(plan_type or "")
    return str(found) if found else None


def portfolio_code(cells: Cells, business: str | None, plan_type: str | None) -> str | None:
    found = cells.get("组合代码", code)
    if found is not None:
        found = found.removeprefix("F")
        if not found:
            cells.wrong.append(("组合代码", "not_a_code"))
            return None
    elif ("组合代码", "not_a_code") not in cells.wrong:
        if business in ("职年受托", "职年投资"):
            return "QTAN003"
        return {"集合计划": "QTAN001", "单一计划": "QTAN002"}.get(plan_type or "")
    return str(found) if found else None


def name_as_written(cells: Cells, header: str) -> str | None:
    return cells.get(header, text)  # type: ignore[no-any-return]


def iso(found: date | None) -> str | None:
    return found.isoformat() if found else None


def annuity_performance(row: Row, period: date, codes_at: str = "计划代码") -> dict[str, Any]:
    """One row of 规模明细; raises RejectedError."""
    cells = Cells(row)
    reported = cells.get("月度", month)
    if reported and reported > period:
        cells.wrong.append(("月度", "later_month"))
    business = cells.get("业务类型", choice, list(PRODUCT_LINES), {})
    plan_type = cells.get("计划类型", choice, PLAN_TYPES, {})
    plan = plan_code(cells, codes_at, plan_type)
    for header, value in (("月度", reported), ("业务类型", business), ("计划类型", plan_type), (codes_at, plan)):
        cells.need(header, value)
    written = name_as_written(cells, "客户名称")
    group = cells.get("集团企业客户号", long_code)
    branch = cells.get("机构", text)
    amounts = ["期初资产规模", "期末资产规模", "供款", "流失(含待遇支付)", "流失", "待遇支付", "投资收益"]
    found = {
        "月度": iso(reported),
        "业务类型": business,
        "计划类型": plan_type,
        "计划代码": plan,
        "计划名称": cells.get("计划名称", text),
        "组合类型": cells.get("组合类型", text),
        "组合代码": portfolio_code(cells, business, plan_type),
        "组合名称": cells.get("组合名称", text),
        "客户名称": customer_name(written),
        "年金账户名": written,
        **{name.replace("(", "_").replace(")", ""): cells.get(name, money) for name in amounts},
        "当期收益率": cells.get("当期收益率", rate),
        "机构名称": branch,
        "机构代码": BRANCHES.get("".join((branch or "").split()), "G00"),
        "产品线代码": PRODUCT_LINES.get(business or ""),
        "年金账户号": (group[1:] if group.startswith("C") else group) if group else None,
        "子企业号": cells.get("子企业号", long_code),
        "子企业名称": cells.get("子企业名称", text),
        "集团企业客户号": group,
        "集团企业客户名称": cells.get("集团企业客户名称", text),
    }
    if cells.wrong:
        raise RejectedError(cells.wrong)
    return found


def annuity_income(row: Row, _period: date) -> dict[str, Any]:
    """One row of 收入明细; raises RejectedError."""
    cells = Cells(row)
    reported = cells.get("月度", month)
    business = cells.get("业务类型", choice, list(PRODUCT_LINES), {})
    plan_type = cells.get("计划类型", choice, PLAN_TYPES, {})
    plan = plan_code(cells, "计划号", plan_type)
    for header, value in (("月度", reported), ("业务类型", business), ("计划类型", plan_type), ("计划号", plan)):
        cells.need(header, value)
    written, plan_name = name_as_written(cells, "客户名称"), cells.get("计划名称", text)
    name = customer_name(written)
    if name in (None, "0") and plan_type == "单一计划" and plan_name and plan_name.endswith("企业年金计划"):
        # Of a plan that is called so and nothing else, no name is left.
        name = customer_name(plan_name[: -len("企业年金计划")] or None) or name
    found = {
        "月度": iso(reported),
        "业务类型": business,
        "计划类型": plan_type,
        "计划代码": plan,
        "计划名称": plan_name,
        "组合类型": cells.get("组合类型", text),
        "组合代码": portfolio_code(cells, business, plan_type),
        "组合名称": cells.get("组合名称", text),
        "客户名称": name,
        "年金账户名": written,
        "机构代码": cells.get("机构", code),
        "机构名称": cells.get("机构名称", text),
        "产品线代码": PRODUCT_LINES.get(business or ""),
        **{fee: cells.get(fee, money) or "0.0000" for fee in ("固费", "浮费", "回补", "税")},
    }
    if cells.wrong:
        raise RejectedError(cells.wrong)
    return found


def ledger(row: Row, day_column: str, unit: str | None) -> dict[str, Any]:
    """One row of a 台账 whose sums are in ``unit``; raises RejectedError."""
    cells = Cells(row)
    per = {None: Decimal(1), "亿元": Decimal(1), "万元": Decimal("0.0001"), "元": Decimal("0.00000001")}[unit]
    reported = cells.get("上报月份", month)
    aliases = {"受托": "企年受托", "投资": "企年投资", "投管": "企年投资"}
    business = cells.get("业务类型", choice, list(PRODUCT_LINES), aliases)
    written = name_as_written(cells, "客户全称")
    for header, value in (("上报月份", reported), ("业务类型", business), ("客户全称", written)):
        cells.need(header, value)
    branch = cells.get("机构", text)
    plan_type = cells.get("计划类型", text)
    known = "".join(unicodedata.normalize("NFKC", plan_type or "").split())
    known = {"集合": "集合计划", "单一": "单一计划"}.get(known, known)
    suffix = f"({unit})" if unit else ""
    found = {
        "上报月份": iso(reported),
        "业务类型": business,
        "产品线代码": PRODUCT_LINES.get(business or ""),
        "上报客户名称": written,
        "客户名称": customer_name(written),
        "年金计划号": cells.get("年金计划号", code, 50),
        "机构名称": branch,
        "机构代码": BRANCHES.get("".join((branch or "").split()), "G00"),
        "计划规模": cells.get(f"计划规模{suffix}", money, per),
        "年缴规模": cells.get(f"年缴规模{suffix}", money, per),
        "客户类型": cells.get("客户类型", text, 50),
        "原受托人": cells.get("受托人", text),
        "计划类型": known if known in PLAN_TYPES else None if known in ("-", "无", "/") else plan_type,
        "证明材料": cells.get("证明材料", text),
        "考核有效": cells.get("考核有效", whole),
        "备注": cells.get("备注", text, None),
        day_column: iso(cells.get(day_column, day)),
    }
    if cells.wrong:
        raise RejectedError(cells.wrong)
    return found
