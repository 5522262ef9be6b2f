"""Plots of the results as small SVG files, the same bytes for the same figures.

Knows matplotlib and the shape of the results; must not know how they were measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks import results
from benchmarks.peers.queries import QUERIES
from benchmarks.peers.servers import SERVERS
from benchmarks.verdicts import Cells

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = list[dict[str, Any]]
Line = tuple[str, str, str]
OURS, PEER, LIMIT = "#1f6feb", "#8c959f", "#bf8700"
SETTINGS = {
    "svg.fonttype": "none", "svg.hashsalt": "jishi", "font.family": "sans-serif", "font.size": 8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
}  # fmt: skip


def _figure(rows: int, columns: int, width: float, height: float) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    mpl.rcParams.update(SETTINGS)
    return pyplot.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")


def _save(figure: Any, name: str) -> None:
    from matplotlib import pyplot

    figure.savefig(results.FOLDER / f"{name}.svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def graphql(figures: dict[str, Any]) -> None:
    """CPU of a request, by server: a row for repeated questions, a row for variables never seen."""
    cells = Cells(figures)
    picture, axes = _figure(2, len(QUERIES), 13, 6)
    for row, how in enumerate(("repeated", "variables")):
        for column, query in enumerate(QUERIES):
            # A server that has no figure keeps its line, so that lines stand at one height in all of them.
            shown = [one for one in reversed(SERVERS) if row == 0 or one.kind != "constant"]
            found = [(one, cells.median(one.name, query.name, how, "cpu_us") or 0.0) for one in shown]
            axis: Axes = axes[row][column]
            colours = {"jishi": OURS, "peer": PEER, "constant": LIMIT}
            axis.barh([one.name for one, _ in found], [cpu for _, cpu in found],
                      color=[colours[one.kind] for one, _ in found])  # fmt: skip
            axis.set(
                xscale="log", xlim=(10, None), title=f"{query.title[:2]}, {'repeated' if row == 0 else 'never seen'}"
            )
            axis.minorticks_off()
            if column:
                axis.tick_params(labelleft=False)
            if row:
                axis.set_xlabel("CPU µs a request")
    _save(picture, "graphql")


def costs(figures: dict[str, Any]) -> None:
    """One plot a curve, limits dashed."""
    _lines(
        "costs-snapshot",
        figures["snapshot"],
        "offerings",
        "seconds",
        [("load_s", "snapshot with its indexes", OURS), ("copy_s", "limit: COPY of its rows", LIMIT)],
    )
    _lines(
        "costs-customers",
        figures["customers"],
        "customers",
        "CPU seconds",
        [
            ("train_all", "train, with PostgreSQL", OURS),
            ("score_all", "score, with PostgreSQL", PEER),
            ("copy_s", "limit: COPY of the products", LIMIT),
        ],
    )
    by_customers = [one for one in figures["products"] if one["holdings"] == 7]
    by_holdings = sorted(
        (one for one in figures["products"] if one["customers"] == 200_000), key=lambda one: one["holdings"]
    )
    lines = [
        ("cpu_s", "X'X", OURS),
        ("dense_s", "limit: dense product", PEER),
        ("pass_s", "limit: one pass over X", LIMIT),
    ]
    _lines("costs-products", by_customers, "customers", "CPU seconds", lines)
    _lines("costs-holdings", by_holdings, "holdings", "CPU seconds", lines)
    _lines(
        "costs-solving",
        figures["solving"],
        "items",
        "CPU seconds",
        [("cpu_s", "solve for EASE", OURS), ("limit_s", "limit: multiplications", LIMIT)],
    )
    _lines(
        "costs-eligibility",
        figures["eligibility"],
        "offerings",
        "CPU µs a customer",
        [("one_us", "one customer", OURS), ("many_us", "of 20,000 at once", PEER)],
    )
    _answers(figures["answers"])  # fmt: skip


def _lines(name: str, points: Points, across: str, up: str, lines: list[Line]) -> None:
    picture, axes = _figure(1, 1, 4.6, 3)
    axis: Axes = axes[0][0]
    for key, label, colour in lines:
        values = [_value(point, key) for point in points]
        axis.plot([point[across] for point in points], values, "o--" if "limit" in label else "o-",
                  color=colour, label=label, markersize=3)  # fmt: skip
    axis.set(xscale="log", yscale="log", xlabel=across, ylabel=up)
    axis.minorticks_off()
    axis.set_xticks([point[across] for point in points], labels=[f"{point[across]:,}" for point in points])
    axis.legend(frameon=False)
    _save(picture, name)


def _value(point: dict[str, Any], key: str) -> float:
    if key == "copy_s" and "copy_rows_per_s" in point:
        return float(point["products"] / point["copy_rows_per_s"])
    if key.endswith("_all"):
        work = key.removesuffix("_all")
        return float(point[f"{work}_cpu"] + point[f"{work}_postgres"])
    return float(point[key])


def _answers(points: Points) -> None:
    """CPU by the objects on a page."""
    picture, axes = _figure(1, 1, 4.6, 3)
    axis: Axes = axes[0][0]
    lines = (("jishi", "variables", "variables never seen", OURS), ("jishi", "repeated", "repeated", PEER),
             ("constant-asgi", "repeated", "limit: constant answer", LIMIT))  # fmt: skip
    for server, how, label, colour in lines:
        found = sorted(
            (int(one["query"].removeprefix("page-")), one["cpu_us"])
            for one in points
            if (one["server"], one["how"], one["offerings"]) == (server, how, 2000) and one["query"].startswith("page-")
        )
        axis.plot([size for size, _ in found], [cpu for _, cpu in found], "o--" if "limit" in label else "o-",
                  color=colour, label=label, markersize=3)  # fmt: skip
    axis.set(xlabel="offerings on the page", ylabel="server CPU µs", yscale="log")
    axis.legend(frameon=False)
    _save(picture, "costs-answers")
