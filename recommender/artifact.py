"""A trained model as bytes and a manifest, and the checks without which it never serves.

It knows formats, hashes and shapes; it must not know how the bytes are kept or who is served.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.calibration import Calibration
from recommender.errors import BadModel
from recommender.inputs import InputSpace
from recommender.models.contract import Arrays, Model
from recommender.models.registry import restore
from recommender.upsell import Upsell

SCHEMA = 2
__all__ = ["BadModel", "Contents", "Served", "pack", "unpack"]

# Who is served by which: `warm` has history, `cold` has none, `popularity` is what the unpersonalised are shown.
ROLES = ("warm", "cold", "popularity")


@dataclass(frozen=True, slots=True)
class Served:
    """One model in its role, with the calibration of its scores (None: undated data, no probability)."""

    name: str
    model: Model
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What an artifact holds: the input space, a model per role, and the share of customers holding each item.

    `upsell` is None where nobody is known to have gone up a step.
    """

    space: InputSpace
    roles: Mapping[str, Served]
    reference: Mapping[str, float]
    upsell: Upsell | None = None


def pack(contents: Contents, about: Mapping[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The npz bytes and the manifest. `about` (figures, data window, created_at …) joins the manifest as it is."""
    arrays = {
        f"{role}.{name}": np.ascontiguousarray(array, dtype=np.float32)
        for role, served in contents.roles.items()
        for name, array in served.model.to_arrays().items()
    }
    if contents.upsell:
        arrays |= {f"upsell.{name}": array for name, array in contents.upsell.to_arrays().items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    artifact = buffer.getvalue()
    manifest = {
        **about,
        "schema": SCHEMA,
        "space": contents.space.to_dict(),
        "roles": {
            role: {
                "name": served.name,
                "kind": served.model.kind,
                "calibration": served.calibration.to_dict() if served.calibration else None,
            }
            for role, served in contents.roles.items()
        },
        "reference": dict(contents.reference),
        "upsell": contents.upsell.ladders() if contents.upsell else None,
        "arrays": {name: list(array.shape) for name, array in arrays.items()},
        "sha256": hashlib.sha256(artifact).hexdigest(),
    }
    return artifact, manifest


def unpack(artifact: bytes, manifest: Mapping[str, Any]) -> Contents:
    """The inverse of `pack`, after every check. Raises BadModel; never runs code from the bytes."""
    if not artifact:
        raise BadModel("it is empty")
    if manifest.get("schema") != SCHEMA:
        raise BadModel(f"its schema is {manifest.get('schema')!r} and this code reads {SCHEMA}")
    if hashlib.sha256(artifact).hexdigest() != manifest.get("sha256"):
        raise BadModel("its bytes do not match the sha256 of its manifest")
    arrays = _read(artifact)
    if {name: list(array.shape) for name, array in arrays.items()} != manifest.get("arrays"):
        raise BadModel("its arrays have other names or shapes than its manifest says")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BadModel(f"{name} holds values that are not finite")
    try:
        return _assemble(arrays, manifest)
    except (KeyError, TypeError, ValueError) as error:
        raise BadModel(f"its manifest does not fit: {error}") from error


def _read(artifact: bytes) -> Arrays:
    try:
        with np.load(io.BytesIO(artifact), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BadModel(f"its bytes are not an npz of plain arrays ({error})") from error
    for name, array in arrays.items():
        if array.dtype != np.float32:
            raise BadModel(f"{name} is {array.dtype}, not float32")
    return arrays


def _assemble(arrays: Arrays, manifest: Mapping[str, Any]) -> Contents:
    space = InputSpace.from_dict(manifest["space"])
    roles = {}
    for role in ROLES:
        entry = manifest["roles"][role]
        own = {name.removeprefix(f"{role}."): array for name, array in arrays.items() if name.startswith(f"{role}.")}
        model = restore(entry["kind"], own, inputs=space.width, items=len(space.items))
        calibration = Calibration.from_dict(entry["calibration"]) if entry["calibration"] else None
        roles[role] = Served(entry["name"], model, calibration)
    reference = {code: float(share) for code, share in manifest["reference"].items()}
    return Contents(space, roles, reference, _upsell(arrays, manifest.get("upsell"), space))


def _upsell(arrays: Arrays, ladders: Any, space: InputSpace) -> Upsell | None:
    if not ladders:
        return None
    own = {name.removeprefix("upsell."): array for name, array in arrays.items() if name.startswith("upsell.")}
    upsell = Upsell.from_arrays(own, ladders["above"], ladders["family"])
    if len(upsell.above) != len(space.items) or len(upsell.shared) != space.width - space.item_columns:
        raise ValueError("up-sell has other items or attributes than the inputs")
    return upsell
