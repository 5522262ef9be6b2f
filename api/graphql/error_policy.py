"""The policy of bulk edits as GraphQL names it.

Knows the name and the description; must not know any bulk edit.
"""

from __future__ import annotations

import strawberry

from catalog.desk.error_policy import ErrorPolicy

ErrorPolicyEnum = strawberry.enum(
    ErrorPolicy,
    description="What a bulk edit does when rows fail: nothing at all, the sound rows, or of a failed row what is "
    "sound by itself. 批量修改出错时的处理方式：全部放弃、仅放弃出错行、出错行中可执行的部分照常执行。",
)
