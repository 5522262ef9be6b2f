"""The first sheet of the workbook: what it is, and what happens to an edit.

Knows the words for product managers; must not know Excel.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.workbook.sheets import SHEETS

_LINES = (
    ("产品目录", "The catalog"),
    (
        "修改单元格后运行：jishi import catalog 文件.xlsx。加 --dry-run 可先查看结果而不写入。",
        "Change cells, then run: jishi import catalog FILE.xlsx. With --dry-run you see first what would come of it.",
    ),
    (
        "已上线产品的修改成为下一版本草稿（IN_DESIGN），并附检查报告；未改动的行不产生任何变化。",
        "A change to what is launched becomes a draft of its next version (IN_DESIGN), with a report of what stands "
        "against its launch. Rows that are as they were change nothing.",
    ),
    (
        "删除整行产品不会下架产品；删除价格、成员等行则从该产品中去掉。",
        "Removing an offering's row retires nothing. Removing a row of a price, a part or a tier takes it out of its "
        "offering.",
    ),
    (
        "整张表或整列缺失时，其内容保持不变；单元格留空则清除该值。",
        "A sheet or a column that is missing leaves things as they are. A cell that is blank empties the value.",
    ),
    (
        "新产品：新增一行，version 与 etag 留空。灰色列由系统填写：他人在导出后改过的行会被拒绝。",
        "A new offering is a new row without version and etag. Grey columns are ours: a row that somebody else changed "
        "since the export is refused.",
    ),
    (
        "时间按运营商时区；公式请粘贴为数值；列的顺序随意。类目、渠道、政策等没有版本，修改立即生效。",
        "Times are in the operator's zone; paste formulas as values; columns may stand in any order. Categories, "
        "channels, policies and the like have no versions: a change holds at once.",
    ),
)


def guide() -> Iterator[tuple[str, str]]:
    """The lines, (Chinese, English)."""
    yield from _LINES
    for sheet in SHEETS:
        yield f"{sheet.title}：{sheet.help.zh}", f"{sheet.title}: {sheet.help.en}"
