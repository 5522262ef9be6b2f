"""Models that must never serve, made from one that may.

Knows an artifact's format; must not know how models are kept.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import Any

import numpy as np

Stored = tuple[bytes, dict[str, Any]]


def sealed(artifact: bytes, manifest: dict[str, Any], **changes: object) -> Stored:
    """As somebody would forge it: the hash fits the bytes."""
    return artifact, {**manifest, **changes, "sha256": hashlib.sha256(artifact).hexdigest()}


def with_arrays(artifact: bytes, **changes: np.ndarray) -> bytes:
    with np.load(io.BytesIO(artifact)) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def bad_models(artifact: bytes, manifest: dict[str, Any]) -> dict[str, Stored]:
    """what is wrong → the bytes and the manifest."""
    flipped = bytearray(artifact)
    flipped[len(flipped) // 2] ^= 1
    name, shape = next(iter(sorted(manifest["arrays"].items())))
    spoiled = with_arrays(artifact, **{name: np.full(shape, np.nan, dtype=np.float32)})
    narrow = with_arrays(artifact, **{name: np.zeros([1, *shape], dtype=np.float32)})
    objects = with_arrays(artifact, **{name: np.array([{}], dtype=object)})
    fewer_items = {**manifest["space"], "items": manifest["space"]["items"][:-1]}
    return {
        "empty": (b"", manifest),
        "truncated": sealed(artifact[: len(artifact) // 2], manifest),
        "bit flip": (bytes(flipped), manifest),
        "pickle": sealed(pickle.dumps({name: 1}), manifest),
        "pickle inside": sealed(objects, manifest),
        "NaN": sealed(spoiled, manifest),
        "wrong shape": sealed(narrow, manifest, arrays={**manifest["arrays"], name: [1, *shape]}),
        "another catalog's shape": sealed(artifact, manifest, space=fewer_items),
        "wrong hash": (artifact, {**manifest, "sha256": "0" * 64}),
    }


def of_an_old_catalog(artifact: bytes, manifest: dict[str, Any], gone: str) -> Stored:
    """A sound model of a time when an item had another code."""
    items = ["GONE_" + code if code == gone else code for code in manifest["space"]["items"]]
    reference = {("GONE_" + code if code == gone else code): share for code, share in manifest["reference"].items()}
    return artifact, {**manifest, "space": {**manifest["space"], "items": items}, "reference": reference}
