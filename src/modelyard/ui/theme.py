"""The look: one accent, quiet neutrals, the system's own fonts, compact controls; light and dark."""

from __future__ import annotations

from modelyard.core.common.types import Json

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Ubuntu, Cantarell, 'Helvetica Neue', Arial, sans-serif"
)

_LIGHT: Json = {
    "primary": {"main": "#0b6b66", "light": "#2f8f89", "dark": "#084d4a", "contrastText": "#ffffff"},
    "secondary": {"main": "#5b6a68", "contrastText": "#ffffff"},
    "success": {"main": "#2d7a4b", "contrastText": "#ffffff"},
    "warning": {"main": "#9a6200", "contrastText": "#ffffff"},
    "error": {"main": "#b3372f", "contrastText": "#ffffff"},
    "info": {"main": "#2b648f", "contrastText": "#ffffff"},
    "background": {"default": "#f5f7f6", "paper": "#ffffff"},
    "text": {"primary": "#17211f", "secondary": "#586663", "disabled": "#93a09d"},
    "divider": "#e0e6e4",
    "action": {
        "hover": "rgba(11, 60, 56, 0.05)",
        "selected": "rgba(11, 107, 102, 0.09)",
        "focus": "rgba(11, 107, 102, 0.16)",
    },
}
_DARK: Json = {
    "primary": {"main": "#5cc4b8", "light": "#86d8cf", "dark": "#38a095", "contrastText": "#06211e"},
    "secondary": {"main": "#9aa8a5", "contrastText": "#0e1413"},
    "success": {"main": "#6cc38b", "contrastText": "#06210f"},
    "warning": {"main": "#e0ad55", "contrastText": "#241800"},
    "error": {"main": "#ef8b82", "contrastText": "#2b0603"},
    "info": {"main": "#7fb6e0", "contrastText": "#04192a"},
    "background": {"default": "#0e1413", "paper": "#151d1b"},
    "text": {"primary": "#e3eae8", "secondary": "#98a6a3", "disabled": "#5f6d6a"},
    "divider": "#26302e",
    "action": {
        "hover": "rgba(200, 240, 234, 0.06)",
        "selected": "rgba(92, 196, 184, 0.13)",
        "focus": "rgba(92, 196, 184, 0.22)",
    },
}

_TYPOGRAPHY: Json = {
    "fontFamily": FONT,
    "fontSize": 13,
    "h1": {"fontSize": "1.5rem", "fontWeight": 650, "lineHeight": 1.25, "letterSpacing": "-0.015em"},
    "h2": {"fontSize": "1rem", "fontWeight": 650, "lineHeight": 1.35, "letterSpacing": "-0.005em"},
    "h3": {"fontSize": "0.9375rem", "fontWeight": 650, "lineHeight": 1.4},
    "body1": {"fontSize": "0.875rem", "lineHeight": 1.5},
    "body2": {"fontSize": "0.8125rem", "lineHeight": 1.45},
    "button": {"fontWeight": 600, "letterSpacing": 0, "textTransform": "none"},
}


def _components(palette: Json) -> Json:
    return {
        "MuiButton": {
            "defaultProps": {"disableElevation": True, "disableRipple": True},
            "styleOverrides": {"root": {"borderRadius": 6, "fontSize": "0.8125rem"}},
        },
        "MuiButtonBase": {"defaultProps": {"disableRipple": True}},
        "MuiPaper": {"styleOverrides": {"root": {"backgroundImage": "none"}, "rounded": {"borderRadius": 10}}},
        "MuiOutlinedInput": {"styleOverrides": {"root": {"borderRadius": 6, "fontSize": "0.875rem"}}},
        "MuiTooltip": {"defaultProps": {"enterDelay": 400}},
        "MuiChip": {"styleOverrides": {"root": {"fontWeight": 600, "height": 20, "fontSize": "0.75rem"}}},
        "MuiLinearProgress": {"styleOverrides": {"root": {"backgroundColor": palette["action"]["focus"]}}},
    }


def _theme(palette: Json) -> Json:
    return {
        "palette": {
            **palette,
            "default": {"dark": palette["text"]["secondary"]},
        },  # icon buttons: its own is hardly seen
        "typography": _TYPOGRAPHY,
        "shape": {"borderRadius": 6},
        "components": _components(palette),
    }


THEME: Json = {"light": _theme(_LIGHT), "dark": _theme(_DARK)}
"""What `theme_config` of the shell is; every component below it inherits it."""


def palette(dark: bool) -> Json:
    """Return the colors of one mode, for what is drawn outside of Material UI.

    Examples
    --------
    >>> palette(False)["primary"]["main"]
    '#0b6b66'
    """
    return _DARK if dark else _LIGHT
