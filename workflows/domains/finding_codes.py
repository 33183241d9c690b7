"""Every code of a finding that any domain may meet: what it means and what to do, in Chinese and English (pure).

Codes are stable, messages may improve. docs/reject-codes.md is made from this.
"""

from __future__ import annotations

REJECT_CODES: dict[str, tuple[str, str]] = {
    "missing_value": ("必填单元格为空", "a required cell is blank"),
    "error_cell": ("单元格为 Excel 错误值", "the cell holds an Excel error"),
    "not_a_number": ("不是数字", "not a number"),
    "ambiguous_unit": (
        "货币符号与单位矛盾, 或数字格式缩小显示而无单位, 无法确定是元还是万元",
        "a currency sign in a column of 万元, or a format that shows thousands where nothing says so: in which unit?",
    ),
    "unit_mismatch": (
        "该行单位或数字格式中的单位不适用于此列",
        "the unit that the row or the number format shows does not fit the column",
    ),
    "merged_amount": (
        "一个金额的单元格合并了多行, 无法确定各行金额",
        "one amount in a cell that is merged over several rows: which is whose?",
    ),
    "other_currency": ("不是人民币", "an amount in another currency"),
    "not_a_code": ("不是代码", "not a code"),
    "totals_word": ("合计类字样不是代码", "a totals word (合计, 小计, Total, 全部) is no code"),
    "not_a_record": (
        "该行既不是数据, 也无法识别为说明",
        "the row is no data, and not understood as a note",
    ),
    "code_digits_lost": (
        "数字单元格超过 15 位, 代码已失真",
        "a numeric cell of more than 15 digits has lost some of them",
    ),
    "code_too_long": ("代码过长", "the code is too long"),
    "text_too_long": ("文字过长", "the text is too long"),
    "not_a_text": ("含有无法保存的字符", "the text holds characters that cannot be kept"),
    "not_in_list": ("不在清单内", "not a value of the list"),
    "not_a_whole_number": ("不是整数", "not a whole number"),
    "not_a_flag": ("不是“是”或“否”", "neither yes nor no"),
    "invalid_day": ("无法识别的日期", "not a day"),
    "invalid_month": ("无法识别的年月", "not a month"),
    "ambiguous_month": (
        "年月有歧义 (2024.1 可能是 1 月或 10 月)",
        "an ambiguous month (2024.1 is January or October)",
    ),
    "several_months": ("期间跨越多个月份", "the period spans several months"),
    "month_conflict": ("同一行的年月互相矛盾", "the row's year, month and period disagree"),
    "later_month": ("月度晚于文件的月份", "the month is later than the file's"),
    "out_of_range": ("数值超出允许范围", "the value is out of range"),
    "duplicate_conflict": ("同一主键的行内容不同", "rows of one key differ"),
    "period_mismatch": ("报告期与文件名的期间不一致", "the report date differs from the file name's period"),
}
"""Why a row is not loaded."""

CAUTION_CODES: dict[str, tuple[str, str]] = {
    "period_mismatch": REJECT_CODES["period_mismatch"],
    "not_in_list": REJECT_CODES["not_in_list"],
    "unusual_code": ("代码形式异常", "the code does not look as such codes do"),
    "struck_through": ("有删除线", "struck through"),
    "code_shown_otherwise": ("代码的显示与存储不同", "the code is shown otherwise than it is stored"),
    "code_zeros_lost": (
        "同列有带前导零的代码, 此数字代码可能丢失了零",
        "a number beside codes with leading zeros: it may have lost its own",
    ),
    "code_spelled_twice": (
        "同列的文本代码与数字代码数值相同, 无法确定是否同一代码",
        "a text and a number of this column spell the same number: one code, or two?",
    ),
    "totals_mismatch": ("合计行与明细之和不符", "the totals row differs from the sum of the rows"),
    "title_month_mismatch": ("标题中的期间与文件名不一致", "the title's month differs from the file name's"),
    "unused_lookalike": ("有一列与已知列名相似但未读取", "a column that looks like a known one is not read"),
    "file_note": ("文件提示", "a note on the file"),
}
"""What is odd while the row is loaded. A period mismatch rejects its row where whole months are replaced, and a value
that is not in its list where the domain says so."""

CODES: dict[str, tuple[str, str]] = REJECT_CODES | CAUTION_CODES

REMEDIES: dict[str, tuple[str, str]] = {
    "missing_value": ("请填写该单元格", "fill the cell in"),
    "error_cell": ("请修正公式或改填数值", "mend the formula, or type the value"),
    "not_a_number": ("请填写数字; 无数据请留空", "type a number; leave the cell blank where there is none"),
    "ambiguous_unit": (
        "请去掉货币符号, 或在单元格或表头内写明单位 (元、万元)",
        "leave out the currency sign, or write the unit in the cell or the header",
    ),
    "unit_mismatch": ("请在该行填写单位 (元、万元)", "write the row's unit (元, 万元), or take it out of the format"),
    "merged_amount": ("请取消合并并填写每行的金额", "unmerge the cell and type each row's own amount"),
    "other_currency": ("请换算为人民币", "convert it to yuan"),
    "not_a_code": ("请填写代码文本", "type the code as text"),
    "totals_word": (
        "合计行的其他代码请留空或填 -; 数据行请填写真实代码",
        "leave the other codes of a totals row blank, or write -; give a row of data its own code",
    ),
    "not_a_record": (
        "请删除该行, 或以 注: 开头, 或补全数据",
        "delete the row, begin it with 注：, or complete its data",
    ),
    "code_digits_lost": ("请将单元格设为文本格式后重新录入代码", "format the cell as text and type the code again"),
    "code_too_long": ("请核对代码", "check the code"),
    "text_too_long": ("请缩短文字", "shorten the text"),
    "not_a_text": ("请重新录入文字", "type the text again"),
    "not_in_list": (
        "请改为清单内的值; 若为新值, 请维护人员加入清单",
        "write a value of the list; a new one is added to it by those who keep it",
    ),
    "not_a_whole_number": ("请填写整数; 无数据请留空", "type a whole number; leave the cell blank where there is none"),
    "not_a_flag": ("请填写“是”或“否”", "write 是 or 否"),
    "invalid_day": ("请填写日期, 如 2024-11-30", "type the day, as in 2024-11-30"),
    "invalid_month": ("请填写年月, 如 2024年11月 或 2024-11", "type the month, as in 2024-11"),
    "ambiguous_month": ("请改填文本, 如 2024-10", "type it as text, as in 2024-10"),
    "several_months": ("请按月分行填写", "give each month rows of its own"),
    "month_conflict": ("请统一该行的年、月与报告期", "make the row's year, month and period agree"),
    "later_month": ("请核对月度, 或将该行放入对应月份的文件", "check the month, or move the row to its month's file"),
    "out_of_range": ("请核对数值及其单位", "check the value and its unit"),
    "duplicate_conflict": ("请保留正确的一行, 删除其余行", "keep the right row and delete the others"),
    "period_mismatch": (
        "请核对报告期, 或将该行放入对应月份的文件",
        "check the month, or move the row to its month's file",
    ),
    "unusual_code": ("请核对代码", "check the code"),
    "struck_through": (
        "请删除作废的行, 或取消删除线",
        "delete the row if it no longer holds, or take the line away",
    ),
    "code_shown_otherwise": ("请将单元格设为文本格式后重新录入代码", "format the cell as text and type the code again"),
    "code_zeros_lost": ("请将单元格设为文本格式后重新录入代码", "format the cell as text and type the code again"),
    "code_spelled_twice": (
        "请将该列统一为文本格式, 并核对两个代码",
        "format the column as text and write both codes as they are",
    ),
    "totals_mismatch": ("请核对合计数与明细", "check the total against the rows"),
    "title_month_mismatch": ("请确认文件是否为该月份", "confirm that the file is that month's"),
    "unused_lookalike": (
        "若应读取, 请在目录的 headers 中写明; 若否, 写入 ignored_headers",
        "if it is meant, name it under headers in the catalogue, if not under ignored_headers",
    ),
    "file_note": ("无需处理, 仅供参考", "for information only"),
}
"""What the provider of the workbook is to do about each code, in Chinese and English."""
