"""The wire format of GraphQL over HTTP: media types, languages, bodies and query strings become one `GraphQLRequest`.

It must not know the schema, the caller or what the operation means.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson

from api.graphql.errors import BadRequest, LimitExceeded

RESPONSE_JSON = "application/graphql-response+json"
PLAIN_JSON = "application/json"
_OFFERED = {RESPONSE_JSON: RESPONSE_JSON, PLAIN_JSON: PLAIN_JSON, "application/*": PLAIN_JSON, "*/*": PLAIN_JSON}
_LARGEST_INTEGER = 2**63

# A text with this character can be stored nowhere.
_NUL_ESCAPE = re.compile(r"\\u(0000|\{0+\})")


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """The parameters of one request; `variables` are as received, before coercion.

    Either `query` is there or `document_id`, which names a document that was uploaded.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any]
    document_id: str | None = None


def response_type(accept: str | None) -> str | None:
    """The media type to answer with; None when the caller accepts neither of the two.

    A missing header and wildcards mean application/json, as the specification asks of servers until its watershed.
    """
    if accept is None or not accept.strip():
        return PLAIN_JSON
    return _preferred(accept, _OFFERED)


def language(accept_language: str | None) -> str:
    """ "zh" or "en" (without a preference), for texts that people read."""
    languages = {name.split("-")[0]: quality for name, quality in reversed(_weighted(accept_language or ""))}
    return "zh" if languages.get("zh", 0.0) > languages.get("en", 0.0) else "en"


def is_json(content_type: str | None) -> bool:
    """Whether a body so labelled is JSON in UTF-8."""
    return content_type == PLAIN_JSON or _is_json(content_type)


def _is_json(content_type: str | None) -> bool:
    essence, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = {part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")}
    return essence == PLAIN_JSON and charsets <= {"utf-8", "utf8"}


def names_etag(if_none_match: str | None, etag: bytes) -> bool:
    """Whether the caller has what this entity tag stands for (RFC 9110, 13.1.2: the weak comparison)."""
    if if_none_match is None:
        return False
    known = {name.strip().removeprefix("W/") for name in if_none_match.split(",")}
    return "*" in known or etag.decode() in known


def from_body(body: bytes, *, max_depth: int, max_values: int) -> GraphQLRequest:
    """The request in a JSON body; BadRequest when it is not one JSON object with well-typed parameters."""
    found = _as_written(body)
    return _request(found if found is not None else _json_object(body, "the body"), max_depth, max_values)


def from_query_string(query_string: bytes, *, max_depth: int, max_values: int) -> GraphQLRequest:
    """The request in a URL: `variables` and `extensions` are JSON texts, an empty parameter is absent."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), errors="strict", max_num_fields=16)
    except ValueError:
        raise BadRequest(en="the query string is malformed", zh="查询字符串格式不正确") from None
    parameters: dict[str, Any] = dict(pairs)
    if len(parameters) < len(pairs):
        raise BadRequest(en="a parameter occurs twice in the query string", zh="查询字符串中有重复的参数")
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = _json_object(parameters[name].encode(), name)
    return _request(parameters, max_depth, max_values)


def _request(parameters: Mapping[str, Any], max_depth: int, max_values: int) -> GraphQLRequest:
    query, name, document_id = (parameters.get(key) for key in ("query", "operationName", "documentId"))
    if document_id is not None:
        if not isinstance(document_id, str) or not document_id or query:
            raise BadRequest(
                en="send either `query` or `documentId`, a text", zh="`query` 与 `documentId` 只能发送其一，且应为文本"
            )
        query = document_id
    if not isinstance(query, str) or not query:
        raise BadRequest(en="`query` must be a text with a GraphQL document", zh="`query` 必须是 GraphQL 文档文本")
    if "\0" in query or ("\\u" in query and _NUL_ESCAPE.search(query)):
        raise _with_nul()
    if name is not None and not isinstance(name, str):
        raise BadRequest(en="`operationName` must be a text", zh="`operationName` 必须是文本")
    for other in ("variables", "extensions"):
        if parameters.get(other) is not None and not isinstance(parameters[other], dict):
            raise BadRequest(en=f"`{other}` must be an object", zh=f"`{other}` 必须是对象")
    variables = parameters.get("variables") or {}
    _check_values(variables, max_depth, max_values)
    if document_id is not None:
        return GraphQLRequest("", name or None, variables, document_id)
    return GraphQLRequest(query, name or None, variables)


def _as_written(body: bytes) -> dict[str, Any] | None:
    """The object in a body that is written as every browser writes it, None for any other.

    What gives the same bytes when it is written again holds no key twice and no number that JSON does not have.
    """
    if b"\\u" in body:
        return None
    try:
        value = orjson.loads(body)
    except ValueError:
        return None
    return value if type(value) is dict and orjson.dumps(value) == body else None


def _json_object(text: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
        if b"\\u" in text:
            orjson.loads(text)  # the standard library lets half a surrogate pair pass, which nothing can encode
    except (ValueError, RecursionError):
        raise BadRequest(
            en=f"{where} must be JSON in UTF-8, without repeated keys or numbers out of range",
            zh=f"{where} 必须是 UTF-8 编码的 JSON，不得有重复的键或超出范围的数字",
        ) from None
    if not isinstance(value, dict):
        raise BadRequest(
            en=f"{where} must be one JSON object; batches are not served",
            zh=f"{where} 必须是单个 JSON 对象，不支持批量请求",
        )
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key occurs twice")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number out of range")
    return number


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _check_values(variables: dict[str, Any], max_depth: int, max_values: int) -> None:
    """Bounds what coercion will have to do: how many values there are, how deep they lie, how long a number is."""
    if len(variables) < max_values and all(map(_is_plain, variables.values())):
        return
    level: list[Any] = [variables]
    count = 0
    for _ in range(max_depth):
        if any(isinstance(value, str) and "\0" in value for value in level):
            raise _with_nul()
        count += len(level)
        if count > max_values:
            raise LimitExceeded(
                en=f"the variables hold more than {max_values} values; send them in several requests",
                zh=f"变量中的值超过 {max_values} 个，请分多次发送",
                limit="values",
            )
        level = [inner for value in level for inner in _inner(value)]
        if not level:
            return
    raise LimitExceeded(
        en=f"the variables are nested deeper than {max_depth} levels",
        zh=f"变量嵌套超过 {max_depth} 层",
        limit="variable_depth",
    )


def _is_plain(value: object) -> bool:
    """Whether a value needs no further look."""
    kind = type(value)
    if kind is str:
        return "\0" not in value  # type: ignore[operator]
    return kind is bool or value is None or (kind is int and abs(value) < _LARGEST_INTEGER)  # type: ignore[arg-type]


def _with_nul() -> BadRequest:
    return BadRequest(en="a text holds the character U+0000; take it out", zh="文本中含有 U+0000 字符，请去掉")


def _inner(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list):
        return value
    if isinstance(value, int) and abs(value) >= _LARGEST_INTEGER:
        raise BadRequest(en="a number has more than 64 bits; send it as text", zh="数字超过 64 位，请以文本形式发送")
    return ()


def _preferred(header: str, offered: Mapping[str, str]) -> str | None:
    accepted = [(name, quality) for name, quality in _weighted(header) if name in offered and quality > 0]
    if not accepted:
        return None
    return offered[max(accepted, key=lambda item: item[1])[0]]


def _weighted(header: str) -> list[tuple[str, float]]:
    """The items of an Accept-like header with their weights, in the order given (RFC 9110, 12.4.2)."""
    items = []
    for part in header.lower().split(",")[:32]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        items.append((name, _quality(parameters)))
    return items


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
