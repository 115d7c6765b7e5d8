"""A lab as a graph: PoPs as boxes with their instances, links as lines between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from tacker_lite.pop.graph_layout import Box, placed
from tacker_lite.pop.links import in_words
from tacker_lite.pop.topology import Impairment

Graph = dict[str, Any]
#: Instances of a PoP that are named; of more, the number is told.
_NAMED = 6
_LINE = 16
_LETTER = 6.6
_MARGIN = 30
_COLOURS = {"ACTIVE": "#1a7f37", "ERROR": "#b42318"}
_STYLE = (
    "text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}"
    ".pop{font-weight:bold;font-size:13px}"
    ".box{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}"
    ".link{stroke:#57606a;stroke-width:1.6}.down{stroke:#b42318;stroke-dasharray:6 4}"
    ".note{fill:#fff;fill-opacity:.92}.quiet{fill:#57606a}"
)


def of_answers(
    topology: Mapping[str, Any],
    links: Sequence[Mapping[str, Any]],
    instances: Sequence[Mapping[str, Any]],
) -> Graph:
    """The graph of a lab, from the answers of its own API."""
    kept = ("kind", "name", "id", "status")
    return {
        "lab": topology["lab"],
        "runtime": topology["runtime"],
        "pops": [
            {
                "name": pop["name"],
                "instances": [
                    {
                        **{key: row[key] for key in kept},
                        "addresses": [entry["address"] for entry in row["addresses"]],
                    }
                    for row in instances
                    if row["pop"] == pop["name"]
                ],
            }
            for pop in topology["pops"]
        ],
        "links": [
            {
                "left": link["left"],
                "right": link["right"],
                "up": link["up"],
                "impairment": in_words(
                    Impairment(
                        link["delay_ms"],
                        link["jitter_ms"],
                        link["loss_percent"],
                        link["rate_mbit"],
                    )
                ),
            }
            for link in links
        ],
    }


def dot(graph: Graph) -> str:
    """The graph in the language of Graphviz."""
    lines = [f"graph {_quoted(graph['lab'])} {{", "  node [shape=box];"]
    for pop in graph["pops"]:
        name = _quoted(pop["name"])
        label = _quoted(pop["name"], *(text for text, _ in _named(pop)))
        lines.append(f"  {name} [label={label}];")
    for link in graph["links"]:
        ends = f"{_quoted(link['left'])} -- {_quoted(link['right'])}"
        label = _quoted(_words(link))
        style = "" if link["up"] else ", style=dashed"
        lines.append(f"  {ends} [label={label}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(*lines: str) -> str:
    """Lines as one string of Graphviz, to which a backslash is special too."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _words(link: Mapping[str, Any]) -> str:
    words = "" if link["impairment"] == "plain" else str(link["impairment"])
    return words if link["up"] else f"down {words}".strip()


def _named(pop: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of a PoP's box, each with the status that colours it."""
    rows = pop["instances"]
    shown = rows if len(rows) <= _NAMED else rows[: _NAMED - 1]
    lines = []
    for row in shown:
        sign = "⚖ " if row["kind"] == "load_balancer" else ""
        address = f" {row['addresses'][0]}" if row["addresses"] else ""
        lines.append(
            (f"{sign}{_short(row['name'] or row['id'])}{address}", row["status"])
        )
    if len(shown) < len(rows):
        lines.append((f"and {len(rows) - len(shown)} more", ""))
    return lines


def _short(text: str) -> str:
    """A name for a picture, in which XML allows no control characters."""
    text = "".join(letter if letter.isprintable() else "�" for letter in text)
    return text if len(text) <= 20 else text[:19] + "…"


def svg(graph: Graph) -> str:
    """The graph as a picture; the same graph gives the same picture."""
    texts = {pop["name"]: _named(pop) for pop in graph["pops"]}
    sizes = {name: _size(name, lines) for name, lines in texts.items()}
    ends = [(link["left"], link["right"]) for link in graph["links"]]
    boxes = placed(sizes, ends)
    width = max(box.x + box.width / 2 for box in boxes.values()) + _MARGIN
    height = max(box.y + box.height / 2 for box in boxes.values()) + _MARGIN
    title = f"Lab {graph['lab']} ({graph['runtime']}): {len(boxes)} PoPs"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} '
        f'{height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    parts += [_line(link, boxes) for link in graph["links"]]
    parts += [_note(link, boxes) for link in graph["links"] if _words(link)]
    parts += [_box(name, boxes[name], lines) for name, lines in texts.items()]
    return "\n".join([*parts, "</svg>", ""])


def _size(name: str, lines: Sequence[tuple[str, str]]) -> tuple[float, float]:
    longest = max([len(name) * 1.2, *(len(text) + 2 for text, _ in lines)])
    return max(90.0, longest * _LETTER + 20), 30.0 + _LINE * len(lines)


def _line(link: Mapping[str, Any], boxes: Mapping[str, Box]) -> str:
    left, right = boxes[link["left"]], boxes[link["right"]]
    kind = "link" if link["up"] else "link down"
    return (
        f'<line class="{kind}" x1="{left.x:.1f}" y1="{left.y:.1f}" '
        f'x2="{right.x:.1f}" y2="{right.y:.1f}"/>'
    )


def _note(link: Mapping[str, Any], boxes: Mapping[str, Box]) -> str:
    """What a link does to packets, in the middle of what is seen of it."""
    left, right = boxes[link["left"]], boxes[link["right"]]
    (x1, y1), (x2, y2) = left.edge_towards(right), right.edge_towards(left)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    lines = _words(link).split(", ")
    width = max(map(len, lines)) * _LETTER + 8
    top = y - 7 * len(lines)
    parts = [
        f'<rect class="note" x="{x - width / 2:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{14 * len(lines)}" rx="3"/>'
    ]
    parts += [
        f'<text class="quiet" text-anchor="middle" x="{x:.1f}" '
        f'y="{top + 11 + 14 * number:.1f}">{escape(text)}</text>'
        for number, text in enumerate(lines)
    ]
    return "".join(parts)


def _box(name: str, box: Box, lines: Sequence[tuple[str, str]]) -> str:
    x, y = box.x - box.width / 2, box.y - box.height / 2
    parts = [
        f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="6"/>',
        f'<text class="pop" x="{x + 10:.1f}" y="{y + 20:.1f}">{escape(name)}</text>',
    ]
    for number, (text, status) in enumerate(lines, 1):
        bottom = y + 20 + _LINE * number
        indent = 10
        if status:
            colour = _COLOURS.get(status, "#9a6700")
            parts.append(
                f'<circle cx="{x + 14:.1f}" cy="{bottom - 4:.1f}" r="3.5" '
                f'fill="{colour}"><title>{escape(status)}</title></circle>'
            )
            indent = 22
        parts.append(
            f'<text x="{x + indent:.1f}" y="{bottom:.1f}">{escape(text)}</text>'
        )
    return "".join(parts)
