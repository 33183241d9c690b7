"""What a company is known by: the kinds of key, and each as it is compared (pure).

The same rule for the keys of the index and of the overrides, and for those that records hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from workflows.domains.customer_names import normalise_customer
from workflows.errors import Words

KINDS: Mapping[str, str] = {
    "plan_code": "计划代码",
    "account_number": "年金账户号",
    "customer_name": "客户名称",
    "account_name": "年金账户名",
    "plan_customer": "计划代码|客户名称",
}
"""The kinds of key with their Chinese names, in the order in which they are asked. ``plan_customer`` is one customer in
one plan: the plan's code, ``|``, and the customer's name."""

BETWEEN = "|"
LONGEST_ID = 50
"""What the column ``company_id`` holds."""

_BY_ANY_NAME = {name: kind for kind, chinese in KINDS.items() for name in (kind, chinese)}
# An account number that a spreadsheet turned into a floating-point number: its last digits are gone.
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?E\+?\d+")
_LETTER_C = re.compile(r"C(?=\d)")
_TEMPORARY = re.compile("IN[A-Z2-7]{16}")


def kind_named(name: str) -> str | None:
    """The kind of key of that English or Chinese name."""
    return _BY_ANY_NAME.get(name.strip())


def compared_key(kind: str, text: str) -> str | None:
    """The key as it is compared; None where nothing is left of it.

    Codes and numbers lose blanks around them, widths and case, an account number its leading C. A customer's name is
    normalised; an account's name keeps all but widths, case and blanks. Raises ValueError for an account number that
    lost its last digits in a spreadsheet.
    """
    if kind == "customer_name":
        return normalise_customer(text)
    if kind == "plan_customer":
        plan_text, _between, customer = text.replace("｜", BETWEEN).partition(BETWEEN)
        plan, name = compared_key("plan_code", plan_text), normalise_customer(customer)
        return f"{plan}{BETWEEN}{name}" if plan and name else None
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    if kind == "account_name":
        return "".join(plain.split()) or None
    if kind == "account_number" and not plain.isdecimal():
        if _LOST_DIGITS.fullmatch(plain):
            raise ValueError(
                Words(
                    f"{text.strip()} 在电子表格中丢失了末几位; 此类列请用文本格式",
                    f"{text.strip()} has lost its last digits in a spreadsheet; keep such columns as text",
                )
            )
        return _LETTER_C.sub("", plain, count=1) or None
    return plain or None


def check_company_id(text: str) -> str:
    """The id without blanks around it; raises ValueError for one that cannot be a company's."""
    company_id = text.strip()
    if not company_id:
        raise ValueError(Words("company_id 为空", "the company_id is blank"))
    if len(company_id) > LONGEST_ID or not company_id.isprintable() or " " in company_id:
        shown = repr(company_id[:60])
        raise ValueError(
            Words(
                f"{shown} 不能作 company_id: 最多 {LONGEST_ID} 个字符, 不含空格",
                f"{shown} cannot be a company_id: up to {LONGEST_ID} characters without blanks",
            )
        )
    return company_id


def is_temporary(company_id: str) -> bool:
    """Whether it is one that stands for a name that nobody knew: no company's own."""
    return _TEMPORARY.fullmatch(company_id) is not None
