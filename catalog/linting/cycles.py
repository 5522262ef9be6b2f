"""Circles in what refers to what, found in one walk over everything.

Knows graphs; must not know what their nodes are. Source: R. Tarjan, Depth-first search and linear graph algorithms,
1972.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def circular(graph: Graph) -> frozenset[str]:
    """The nodes from which a walk leads back to themselves; time and memory grow with nodes and edges."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    found = {code for code, targets in graph.items() if code in targets}
    for start in graph:
        if start in order:
            continue
        # An explicit stack, so that a chain of any length costs no recursion.
        stack: list[tuple[str, Iterator[str]]] = []
        _enter(start, graph, order, low, path, on_path, stack)
        while stack:
            code, targets = stack[-1]
            for target in targets:
                if target not in order:
                    _enter(target, graph, order, low, path, on_path, stack)
                    break
                if target in on_path:
                    low[code] = min(low[code], order[target])
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[code])
                if low[code] == order[code]:
                    found |= _leave(code, path, on_path)
    return frozenset(found)


def leads_back(start: str, targets: Callable[[str], Iterable[str]]) -> bool:
    """Whether a walk from `start` comes back to it; it visits what can be reached and nothing else."""
    seen, waiting = set[str](), list(targets(start))
    while waiting:
        code = waiting.pop()
        if code == start:
            return True
        if code not in seen:
            seen.add(code)
            waiting += targets(code)
    return False


def _enter(
    code: str,
    graph: Graph,
    order: dict[str, int],
    low: dict[str, int],
    path: list[str],
    on_path: set[str],
    stack: list[tuple[str, Iterator[str]]],
) -> None:
    order[code] = low[code] = len(order)
    path.append(code)
    on_path.add(code)
    stack.append((code, iter(graph.get(code, ()))))


def _leave(code: str, path: list[str], on_path: set[str]) -> set[str]:
    """The nodes that reach each other, of which `code` was met first; one alone is no circle."""
    together = set[str]()
    while code not in together:
        together.add(path.pop())
    on_path -= together
    return together if len(together) > 1 else set()
