"""What insight makes of the demo operator, against the truth that made it up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from api import demo, insight
from api.commands.demo_setup import import_files
from api.settings import Settings
from recommender.insight.kmeans import adjusted_rand
from sql.pool import Database

UNTIL = date(2026, 3, 15)
AT = datetime(2026, 3, 16, tzinfo=UTC)
CUSTOMERS, SEED = 12_000, 3


@pytest.mark.slow
async def test_segments_recover_planted_needs_and_churn_that_is_chance_is_called_so(dsn: str, tmp_path: Path) -> None:
    db = await Database.open(dsn, command_timeout=None)
    zone = ZoneInfo("Asia/Shanghai")
    settings = Settings(tmp_path, None, "127.0.0.1", 0, zone, None, None)
    await import_files(db, settings, customers=CUSTOMERS, seed=SEED, until=UNTIL, at=AT)
    done = await insight.refresh(db, at=AT)
    rows = await db.fetch(
        "select c.code, i.segment, i.data_use from insight_serving s join customer_insight i using (slot) "
        "join customer c on c.id = i.customer_id where i.segment like 'P%'"
    )
    await db.close()
    (truth,) = demo.truth(customers=CUSTOMERS, seed=SEED, until=UNTIL)
    planted = dict(zip(truth.customers, truth.segments, strict=True))
    names, found = sorted(set(truth.segments)), sorted({row["segment"] for row in rows})
    needs = np.array([names.index(planted[row["code"]]) for row in rows])
    label = np.array([found.index(row["segment"]) for row in rows])
    # A classifier that is shown the truth reaches 0.42 on the same columns: needs overlap by their making.
    assert adjusted_rand(label, needs) > 0.2
    purity = sum(max(Counter(needs[label == one]).values()) for one in range(len(found))) / len(rows)
    assert purity > 0.5
    # Over-spenders are planted in one customer of seven, and use more than their packages bring.
    over = [row["data_use"] for row in rows if planted[row["code"]] == "OVER_SPENDER"]
    assert over.count("OVER") / len(over) > 0.7
    churn = done.report["churn"]
    assert churn["model"] is None
    assert churn["why"] in ("NO_BETTER", "TOO_FEW")
