"""A bad model never serves."""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import Any

import numpy as np
import pytest

from recommender.artifact import BadModel, Contents, Served, pack, unpack
from recommender.calibration import Calibration
from recommender.inputs import Attribute, InputSpace
from recommender.models.als import Als
from recommender.models.linear import Linear, constant

SPACE = InputSpace(("A", "B", "C"), (Attribute("plan", "categorical", ("blue", "gold")),))


def contents() -> Contents:
    rng = np.random.default_rng(1)
    linear = Linear(rng.normal(size=(SPACE.width, 3)).astype(np.float32), np.zeros(3, dtype=np.float32))
    popular = constant(np.array([0.5, 0.2, 0.1]))
    roles = {
        "warm": Served("ease", linear, Calibration((0.0, 1.0), (0.0, 0.5))),
        "cold": Served("als", Als(rng.normal(size=(3, 2)).astype(np.float32), 10.0, 1.0), None),
        "popularity": Served("popularity", popular, None),
    }
    return Contents(SPACE, roles, {"A": 0.5, "B": 0.2, "C": 0.1})


@pytest.fixture
def packed() -> tuple[bytes, dict[str, Any]]:
    return pack(contents(), {"createdAt": "2026-05-01T00:00:00+00:00"})


def resealed(artifact: bytes, manifest: dict[str, Any], **changes: object) -> tuple[bytes, dict[str, Any]]:
    """As somebody would forge it: the hash fits the bytes."""
    return artifact, {**manifest, **changes, "sha256": hashlib.sha256(artifact).hexdigest()}


def rewritten(artifact: bytes, **changes: np.ndarray) -> bytes:
    with np.load(io.BytesIO(artifact)) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_a_packed_model_comes_back_whole(packed: tuple[bytes, dict[str, Any]]) -> None:
    found, expected = unpack(*packed), contents()
    assert (found.space, found.reference) == (expected.space, expected.reference)
    for role, served in expected.roles.items():
        assert (found.roles[role].name, found.roles[role].calibration) == (served.name, served.calibration)
        for name, array in served.model.to_arrays().items():
            np.testing.assert_array_equal(found.roles[role].model.to_arrays()[name], array)


def bad_models(artifact: bytes, manifest: dict[str, Any]) -> dict[str, tuple[bytes, dict[str, Any]]]:
    flipped = bytearray(artifact)
    flipped[len(flipped) // 2] ^= 1
    nan = rewritten(artifact, **{"warm.bias": np.array([np.nan, 0, 0], dtype=np.float32)})
    narrow = rewritten(artifact, **{"warm.bias": np.zeros(2, dtype=np.float32)})
    shapes = {**manifest["arrays"], "warm.bias": [2]}
    objects = rewritten(artifact, **{"warm.bias": np.array([{}], dtype=object)})
    other_items = {**manifest["space"], "items": ["A", "B"]}
    return {
        "empty": (b"", manifest),
        "truncated": resealed(artifact[: len(artifact) // 2], manifest),
        "bit flip": (bytes(flipped), manifest),
        "pickle": resealed(pickle.dumps({"warm.bias": 1}), manifest),
        "pickle inside": resealed(objects, manifest),
        "not finite": resealed(nan, manifest),
        "other shape than its manifest": resealed(narrow, manifest),
        "shape that fits nothing": resealed(narrow, manifest, arrays=shapes),
        "other items": resealed(artifact, manifest, space=other_items),
        "wrong hash": (artifact, {**manifest, "sha256": "0" * 64}),
        "unknown schema": (artifact, {**manifest, "schema": 99}),
        "missing role": resealed(artifact, manifest, roles={}),
    }


NAMES = list(bad_models(*pack(contents(), {})))


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_model_is_refused_with_its_reason(name: str, packed: tuple[bytes, dict[str, Any]]) -> None:
    with pytest.raises(BadModel, match="jishi train") as refused:
        unpack(*bad_models(*packed)[name])
    assert refused.value.reason
