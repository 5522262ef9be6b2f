"""Spark MLlib's ALS over (user, item) pairs in a Parquet file: read, fit, ten items for everybody; seconds as JSON.

Knows Spark and nothing else: it runs as a program of its own, with a Java of its own.

    python spark_als.py PAIRS.parquet RANK ITERATIONS
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import psutil
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql.functions import lit


def main() -> None:
    path, rank, iterations = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    begin = time.perf_counter()
    cores = len(os.sched_getaffinity(0))
    session = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", str(2 * cores))
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    started = time.perf_counter()
    pairs = session.read.parquet(path).withColumn("rating", lit(1.0)).cache()
    count = pairs.count()
    read = time.perf_counter()
    model = ALS(
        rank=rank, maxIter=iterations, regParam=0.05, alpha=10.0, implicitPrefs=True, userCol="user", itemCol="item",
        seed=1, numUserBlocks=2 * cores, numItemBlocks=cores,
    ).fit(pairs)  # fmt: skip
    model.itemFactors.count()
    model.userFactors.count()
    fitted = time.perf_counter()
    rows = model.recommendForAllUsers(10).write.format("noop").mode("overwrite")
    rows.save()
    scored = time.perf_counter()
    java = max(psutil.Process().children(recursive=True), key=lambda one: one.memory_info().rss)
    cpu = java.cpu_times().user + java.cpu_times().system
    peak = int(Path(f"/proc/{java.pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    session.stop()
    seconds = {"start": started - begin, "read": read - started, "fit": fitted - read, "score": scored - fitted}
    print(json.dumps({"pairs": count, "seconds": seconds, "cpu": cpu, "peak_mib": peak}))


if __name__ == "__main__":
    main()
