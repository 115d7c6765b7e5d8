"""Where the boxes of a graph go: linked ones near each other, none on another.

Springs between linked boxes and a push between all, after T. Fruchterman and
E. Reingold, "Graph Drawing by Force-directed Placement", Software: Practice and
Experience 21 (11), 1991; then boxes that overlap are moved apart.  Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: Pixels around and between boxes.
_MARGIN = 30.0
_GAP_X, _GAP_Y = 100.0, 50.0
#: The drawing's area in those of boxes with their gaps.
_ROOM = 2.2
#: Of more boxes than this, rows are made: springs take the square of their number.
_MOST_SPRINGS = 150
_ROUNDS = 300


@dataclass
class Box:
    """A box in the drawing; ``x`` and ``y`` are of its middle."""

    x: float
    y: float
    width: float
    height: float

    def edge_towards(self, other: Box) -> tuple[float, float]:
        """Where a line from the middle to another box's leaves this one."""
        dx, dy = other.x - self.x, other.y - self.y
        reach = [
            half / abs(way)
            for half, way in ((self.width / 2, dx), (self.height / 2, dy))
            if way
        ]
        share = min([1.0, *reach])
        return self.x + dx * share, self.y + dy * share


def placed(
    sizes: Mapping[str, tuple[float, float]], ends: Sequence[tuple[str, str]]
) -> dict[str, Box]:
    """Boxes by name, with their places.

    :param sizes: width and height of each.
    :param ends: names of the boxes that lines join.
    """
    names = list(sizes)
    if len(names) > _MOST_SPRINGS or not ends:
        places = _rows(names)
    else:
        places = _springs(names, ends)
    wide = max(width for width, _ in sizes.values()) + _GAP_X
    high = max(height for _, height in sizes.values()) + _GAP_Y
    scale = _scale(list(places.values()))
    boxes = {
        name: Box(x * wide * scale, y * high * scale, *sizes[name])
        for name, (x, y) in places.items()
    }
    _move_apart(list(boxes.values()))
    left = min(box.x - box.width / 2 for box in boxes.values())
    top = min(box.y - box.height / 2 for box in boxes.values())
    for box in boxes.values():
        box.x += _MARGIN - left
        box.y += _MARGIN - top
    return boxes


def _scale(places: Sequence[tuple[float, float]]) -> float:
    """What makes the area of places that of their boxes and some room."""
    xs, ys = [x for x, _ in places], [y for _, y in places]
    area = max(max(xs) - min(xs), 1.0) * max(max(ys) - min(ys), 1.0)
    return math.sqrt(_ROOM * len(places) / area)


def _rows(names: Sequence[str]) -> dict[str, tuple[float, float]]:
    columns = math.ceil(math.sqrt(len(names)))
    return {
        name: (float(number % columns), float(number // columns))
        for number, name in enumerate(names)
    }


def _springs(
    names: Sequence[str], ends: Sequence[tuple[str, str]]
) -> dict[str, tuple[float, float]]:
    count = len(names)
    index = {name: number for number, name in enumerate(names)}
    pairs = [(index[left], index[right]) for left, right in ends]
    radius = max(1.0, count / 6)
    xs = [radius * math.cos(2 * math.pi * i / count) for i in range(count)]
    ys = [radius * math.sin(2 * math.pi * i / count) for i in range(count)]
    for turn in range(_ROUNDS):
        moves_x, moves_y = _forces(xs, ys, pairs)
        limit = 0.3 * radius * (1 - turn / _ROUNDS) + 0.01
        for i in range(count):
            length = math.hypot(moves_x[i], moves_y[i]) or 1.0
            step = min(length, limit) / length
            xs[i] += moves_x[i] * step
            ys[i] += moves_y[i] * step
    return {name: (xs[i], ys[i]) for i, name in enumerate(names)}


def _forces(
    xs: Sequence[float], ys: Sequence[float], pairs: Sequence[tuple[int, int]]
) -> tuple[list[float], list[float]]:
    """The pushes and pulls on each box; one unit is the length of a line at rest."""
    count = len(xs)
    moves_x = [-0.02 * x for x in xs]
    moves_y = [-0.02 * y for y in ys]
    for i in range(count):
        for j in range(i):
            dx, dy = xs[i] - xs[j], ys[i] - ys[j]
            square = max(dx * dx + dy * dy, 1e-4)
            push_x, push_y = dx / square, dy / square
            moves_x[i] += push_x
            moves_y[i] += push_y
            moves_x[j] -= push_x
            moves_y[j] -= push_y
    for i, j in pairs:
        dx, dy = xs[i] - xs[j], ys[i] - ys[j]
        distance = math.hypot(dx, dy)
        moves_x[i] -= dx * distance
        moves_y[i] -= dy * distance
        moves_x[j] += dx * distance
        moves_y[j] += dy * distance
    return moves_x, moves_y


def _move_apart(boxes: Sequence[Box]) -> None:
    for _ in range(200):
        moved = False
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                moved |= _separate(one, other)
        if not moved:
            return


def _separate(one: Box, other: Box) -> bool:
    """Move two boxes apart along the shorter way; whether they were too near."""
    over_x = (one.width + other.width) / 2 + _GAP_X - abs(one.x - other.x)
    over_y = (one.height + other.height) / 2 + _GAP_Y - abs(one.y - other.y)
    if over_x <= 0.01 or over_y <= 0.01:
        return False
    if over_x < over_y:
        way = over_x / 2 if one.x >= other.x else -over_x / 2
        one.x, other.x = one.x + way, other.x - way
    else:
        way = over_y / 2 if one.y >= other.y else -over_y / 2
        one.y, other.y = one.y + way, other.y - way
    return True
