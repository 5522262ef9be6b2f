"""RecTools over (user, item) pairs in a Parquet file: EASE and its wrapper of implicit's ALS; seconds as JSON.

Knows RecTools and nothing else: it wants an older NumPy, so it runs in a virtual environment of its own.

    python rectools_models.py PAIRS.parquet RANK ITERATIONS
"""

from __future__ import annotations

import json
import sys
import time

import pandas as pd
from implicit.als import AlternatingLeastSquares
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import EASEModel, ImplicitALSWrapperModel


def main() -> None:
    path, rank, iterations = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    begin = time.perf_counter()
    frame = pd.read_parquet(path).rename(columns={"user": Columns.User, "item": Columns.Item})
    frame[Columns.Weight] = 1.0
    frame[Columns.Datetime] = pd.Timestamp("2026-01-01")
    data = Dataset.construct(frame)
    users = frame[Columns.User].unique()
    seconds = {"read": time.perf_counter() - begin}
    als = AlternatingLeastSquares(rank, regularization=0.05, alpha=10.0, iterations=iterations, random_state=1)
    for name, model in (("als", ImplicitALSWrapperModel(als)), ("ease", EASEModel(regularization=100.0))):
        begin = time.perf_counter()
        model.fit(data)
        fitted = time.perf_counter()
        model.recommend(users, data, k=10, filter_viewed=True)
        seconds |= {f"{name}_fit": fitted - begin, f"{name}_score": time.perf_counter() - fitted}
    print(json.dumps({"pairs": len(frame), "users": len(users), "seconds": seconds}))


if __name__ == "__main__":
    main()
