"""Channels, places and policies as GraphQL shows them, and how an offering names them.

Knows one entry of a register; must not know customers, or which offerings name it.
"""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from api.graphql.common import Language, TimePeriod, View, global_id
from api.graphql.node import ComplexityEnum, Node
from catalog import channel, place
from catalog.offering import ChannelUse
from catalog.policies import policy
from catalog.policies.document import write_condition
from catalog.policies.policy import Visibility

VisibilityEnum = strawberry.enum(
    Visibility, description="What a channel does with what a policy refuses. 不符合规则时的展示方式。"
)


@strawberry.type(description="A sales channel of the operator. 渠道。")
class Channel(Node):
    one: strawberry.Private[channel.Channel]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, one: channel.Channel, view: View) -> Channel:
        return cls(id=global_id("Channel", one.code), one=one, view=view)

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.one.name, language)

    @strawberry.field(description="What is more complex than this becomes a lead here. 可办理的最高复杂度。")
    def handles(self) -> ComplexityEnum:  # type: ignore[valid-type]
        return self.one.handles

    @strawberry.field(description="Whether customers serve themselves. 是否电子渠道。")
    def is_electronic(self) -> bool:
        return self.one.is_electronic

    @strawberry.field(description="When it is open. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.one.valid)

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)


@strawberry.type(description="A place of the operator's tree. 地点。")
class Place(Node):
    one: strawberry.Private[place.Place]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, one: place.Place, view: View) -> Place:
        return cls(id=global_id("Place", one.code), one=one, view=view)

    @strawberry.field(description="The path of codes from the root, like shanxi/taiyuan. 路径。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.one.name, language)

    @strawberry.field(description="Like province, city, campus. 类型。")
    def kind(self) -> str | None:
        return self.one.kind

    @strawberry.field(description="When it is in use. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.one.valid)

    @strawberry.field(description="The place around it. 上级地点。")
    def parent(self) -> Place | None:
        above = self.view.moment.snapshot.places.get(self.one.parent or "")
        return Place.of(above, self.view) if above else None

    @strawberry.field(description="The places directly in it, by path. 下级地点。")
    def children(self) -> list[Place]:
        known = self.view.moment.snapshot.places
        inside = (known[code] for code in sorted(known) if known[code].parent == self.one.code)
        return [Place.of(one, self.view) for one in inside if one.valid.contains(self.view.at)]

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)


@strawberry.type(description="Who may buy what names it, as a condition that is data (TMF679). 受理规则。")
class Policy(Node):
    one: strawberry.Private[policy.Policy]
    view: strawberry.Private[View]

    @classmethod
    def of(cls, one: policy.Policy, view: View) -> Policy:
        return cls(id=global_id("Policy", one.code), one=one, view=view)

    @strawberry.field(description="The key for imports and people. 代码。")
    def code(self) -> str:
        return self.one.code

    @strawberry.field(description="What people call it. 名称。")
    def name(self, language: Language | None = None) -> str:
        return self.view.say(self.one.name, language)

    @strawberry.field(description='Like {"all": [{"fact": "customer.kind", "eq": "PERSON"}]}. 条件。')
    def condition(self) -> JSON:
        return JSON(write_condition(self.one.condition))

    @strawberry.field(description="What a channel does with what it refuses. 展示方式。")
    def visibility(self) -> VisibilityEnum:  # type: ignore[valid-type]
        return self.one.visibility

    @strawberry.field(description="What is said when it does not hold. 不符合时的说明。")
    def message(self, language: Language | None = None) -> str | None:
        return self.view.say_if(self.one.message, language)

    @strawberry.field(description="When it holds; before and after it asks for nothing. 有效期。")
    def valid_for(self) -> TimePeriod:
        return TimePeriod.of(self.one.valid)

    @strawberry.field(description="Changes with every edit; edits give it back. 版本标记。")
    def etag(self) -> str:
        return str(self.one.etag)


@strawberry.type(description="A channel that sells the offering. 渠道。")
class ChannelRef:
    id: str
    valid_for: TimePeriod
    view: strawberry.Private[View]

    @classmethod
    def of(cls, use: ChannelUse, view: View) -> ChannelRef:
        return cls(id=use.channel, valid_for=TimePeriod.of(use.valid), view=view)

    @strawberry.field(description="The channel, when it is in the register. 渠道信息。")
    def channel(self) -> Channel | None:
        found = self.view.moment.snapshot.channels.get(self.id)
        return Channel.of(found, self.view) if found else None


@strawberry.type(description="A place where the offering is sold. 销售地点。")
class PlaceRef:
    id: str = strawberry.field(description="The path of codes. 路径。")
    view: strawberry.Private[View]

    @strawberry.field(description="The place, when it is in the register. 地点信息。")
    def place(self) -> Place | None:
        found = self.view.moment.snapshot.places.get(self.id)
        return Place.of(found, self.view) if found else None
