"""The tree of failures a caller may read, and the translation of every failure into one entry of GraphQL `errors`.

It must not know HTTP: a failure carries the status code it asks for, and others decide whether it may be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from graphql import GraphQLError

from api.logs import scrub
from sql.pool import DatabaseUnavailable

Text = dict[str, str]

_LONGEST = 500


class Expected(Exception):
    """A failure whose text may be shown: a code for programs, and a sentence in zh and en that says what to do.

    `detail` is added to the entry's `extensions`; it must hold no personal data, as logs and callers see it.
    """

    code: ClassVar[str] = "BAD_REQUEST"
    status: int = 400

    def __init__(self, *, en: str, zh: str, status: int | None = None, **detail: str | int) -> None:
        super().__init__(en)
        self.text: Text = {"en": en, "zh": zh}
        self.detail = detail
        self.status = self.status if status is None else status


class BadRequest(Expected):
    """The request itself cannot be understood."""


class ParseFailed(Expected):
    code = "PARSE_ERROR"


class ValidationFailed(Expected):
    code = "VALIDATION_ERROR"


class Unauthenticated(Expected):
    code = "UNAUTHENTICATED"
    status = 401


class Forbidden(Expected):
    code = "FORBIDDEN"
    status = 403


class LimitExceeded(Expected):
    """A document or request that would cost too much; `detail["limit"]` names the limit."""

    code = "LIMIT_EXCEEDED"


class RateLimited(Expected):
    code = "RATE_LIMITED"
    status = 429


class DeadlineExceeded(Expected):
    code = "DEADLINE_EXCEEDED"
    status = 504


class Unavailable(Expected):
    code = "UNAVAILABLE"
    status = 503


class Internal(Expected):
    code = "INTERNAL"
    status = 500


def internal() -> Internal:
    return Internal(
        en="something went wrong here; give the requestId to the operator",
        zh="系统内部出错，请将 requestId 告知运维人员",
    )


def unavailable(*, outcome_unknown: bool = False) -> Unavailable:
    """The database is not to be had; when the outcome is unknown, an edit may or may not have been made."""
    if outcome_unknown:
        return Unavailable(
            en="the database did not answer in time; repeat an edit only with the same idempotencyKey",
            zh="数据库未及时响应；如需重试修改操作，请使用相同的 idempotencyKey",
            outcome="unknown",
        )
    return Unavailable(
        en="the database cannot be reached at the moment; try again shortly",
        zh="数据库暂时无法访问，请稍后重试",
    )


def translate(error: BaseException) -> Expected | None:
    """The failure that may be shown for this exception; None for a surprise, which must be logged and masked."""
    if isinstance(error, Expected):
        return error
    if isinstance(error, DatabaseUnavailable):
        return unavailable(outcome_unknown=error.outcome_unknown)
    return None


def entry(error: Expected, *, language: str, request_id: str) -> dict[str, Any]:
    """One entry of `errors` for a failure that concerns the request as a whole."""
    return {
        "message": error.text.get(language) or error.text["en"],
        "extensions": {"code": error.code, "requestId": request_id, **error.detail},
    }


def request_entries(errors: Iterable[GraphQLError], code: str, *, request_id: str) -> list[dict[str, Any]]:
    """Entries for what graphql-core found wrong with the caller's document or variables, in its own words."""
    return [_located(error.message, error, code, request_id) for error in errors]


def field_entry(
    error: GraphQLError, *, language: str, request_id: str, report: Callable[[BaseException], None]
) -> dict[str, Any]:
    """The entry for a failure of one field: shown when expected or when the caller's argument is wrong, else masked.

    `report` receives each surprise once, for the log.
    """
    cause = _root_cause(error)
    if _is_argument_error(cause):
        return _located(error.message, error, BadRequest.code, request_id)
    shown = translate(cause)
    if shown is None:
        report(cause)
        shown = internal()
    shown_entry = entry(shown, language=language, request_id=request_id)
    return _located("", error, shown.code, request_id) | shown_entry


def _is_argument_error(cause: BaseException) -> bool:
    """Whether graphql-core refused the caller's argument; its other errors quote what a resolver returned."""
    return isinstance(cause, GraphQLError) and bool(cause.nodes) and cause.message.startswith("Argument '")


def _located(message: str, error: GraphQLError, code: str, request_id: str) -> dict[str, Any]:
    # graphql-core repeats the caller's values, however long they are, and phone numbers among them.
    shown = scrub(message if len(message) <= _LONGEST else message[:_LONGEST] + "…")
    body: dict[str, Any] = {"message": shown}
    if error.locations:
        body["locations"] = [location.formatted for location in error.locations]
    if error.path:
        body["path"] = list(error.path)
    body["extensions"] = {"code": code, "requestId": request_id}
    return body


def _root_cause(error: BaseException) -> BaseException:
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error
