"""The colours of the stylesheet for what we draw ourselves."""

from rich.style import Style
from textual.widget import Widget


def ink(widget: Widget, name: str) -> Style:
    """Of a component class, over whatever lies behind it; a background only where the class names one."""
    style = widget.get_component_rich_style(name)
    has_ground = widget.get_component_styles(name).has_rule("background")
    return Style(
        color=style.color,
        bgcolor=style.bgcolor if has_ground else None,
        bold=style.bold,
        reverse=style.reverse,
        underline=style.underline,
    )
