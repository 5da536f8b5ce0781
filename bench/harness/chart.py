"""The medians of all peers as horizontal bars, one panel a question."""
from xml.sax.saxutils import escape

WIDTH, LABEL, BAR, GAP, TITLE = 760, 150, 20, 8, 34
COLOURS = {"sluice": "#1f6f78", "null": "#b9b9b9"}


def panel(title, figures, unit, top):
    """The elements of one panel and the height it takes."""
    longest = max(figures.values()) or 1
    parts = [f'<text x="12" y="{top + 20}" class="title">{escape(title)}</text>']
    y = top + TITLE
    for peer, figure in figures.items():
        length = (WIDTH - LABEL - 130) * figure / longest
        parts.append(f'<text x="{LABEL - 8}" y="{y + 15}" class="peer">{escape(peer)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{length:.1f}" height="{BAR}" '
                     f'fill="{COLOURS.get(peer, "#d8a657")}"/>')
        parts.append(f'<text x="{LABEL + length + 6:.1f}" y="{y + 15}">'
                     f'{figure:,.2f} {escape(unit)}</text>')
        y += BAR + GAP
    return parts, y - top


def draw(panels):
    """panels: (title, {peer: figure}, unit)."""
    parts, top = [], 8
    for title, figures, unit in panels:
        elements, height = panel(title, figures, unit, top)
        parts += elements
        top += height + 10
    style = ("text{font:13px sans-serif;fill:#333}.title{font-weight:bold}"
             ".peer{text-anchor:end}")
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}">'
            f'<rect width="100%" height="100%" fill="#fff"/><style>{style}</style>'
            + "\n".join(parts) + "</svg>\n")
