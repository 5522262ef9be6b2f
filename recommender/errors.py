"""What can go wrong with models and training, each with what to do about it.

It knows one tree of errors; it must not know who reports them.
"""

from __future__ import annotations


class RecommenderError(Exception):
    """The root: a message for operators, English first."""


class BadModel(RecommenderError):
    """These bytes are not a model that may serve; `reason` says why. The model before it serves on."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"this model cannot serve: {reason}; promote another (jishi models list) or run jishi train "
            "模型未通过检查，请改用其他版本或重新训练"
        )
        self.reason = reason


class NoSuchModel(RecommenderError):
    """The version does not exist, or there is none to go back to."""


class NothingToLearn(RecommenderError):
    """There are no offerings or no customers yet."""


class CannotJudge(RecommenderError):
    """The protocol asked for does not fit the data; the message says which one does."""
