"""What every object with a global id has, and the stages and kinds that several types share.

Knows names; must not know any object.
"""

from __future__ import annotations

import strawberry

from catalog.complexity import Complexity
from catalog.lifecycle import LifecycleStatus
from catalog.offering import RelationshipType

LifecycleStatusEnum = strawberry.enum(
    LifecycleStatus, description="The stage in the life cycle (TMF620). 生命周期状态。"
)
ComplexityEnum = strawberry.enum(Complexity, description="How much explaining it needs. 复杂度。")
RelationshipTypeEnum = strawberry.enum(RelationshipType, description="How two offerings relate. 关系类型。")


@strawberry.interface(description="An object with a global id. 具有全局标识的对象。")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque, stable. 全局标识。")
