"""Our own Material UI components: where the browser finds them, and the class they share.

They live in ``ui/static`` as plain JavaScript modules without a build step, and use the one copy of React and
Material UI that panel-material-ui loads. The public `MaterialUIComponent` would load a second copy from its import map,
whose addresses are on a foreign host.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import panel_material_ui as pmui
from bokeh.embed.bundle import extension_dirs
from panel.io.state import state

from modelyard.ui.components.lean import Lean

STATIC = Path(__file__).parent.parent / "static"


def _folder() -> str:
    ours = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.glob("*.js")))).hexdigest()[:12]
    theirs = hashlib.md5(
        pmui.__version__.encode(), usedforsecurity=False
    ).hexdigest()  # as in the address of its bundle
    return f"modelyard-{ours}-{theirs}"


FOLDER = _folder()
"""Named by its contents, so that a browser may keep what it has and an upgrade is seen at once."""

extension_dirs[FOLDER] = STATIC


class Component(Lean):
    """A component whose JavaScript is one of ours: the class name is the name exported by ``index.js``.

    A page has some twenty of them and each is made again with its screen, hence `Lean`.
    """

    written: ClassVar[tuple[str, ...]] = ()
    """Parameters that the browser sets; changes of others are not listened to."""

    _esm_base = None
    _bundle_path = None

    __abstract = True

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return self.written

    def _get_properties(self, doc: Any) -> dict[str, Any]:
        properties: dict[str, Any] = super()._get_properties(doc)
        root = state.rel_path or "."
        properties.update(
            bundle="url",
            esm=f"{root}/static/extensions/{FOLDER}/index.js",
            css_bundle=None,
            class_name=type(self).__name__,
            importmap={},
        )
        return properties


class Talking(Component):
    """A component that sends messages, each a dictionary with a ``type``."""

    __abstract = True

    def __init__(self, **params: Any) -> None:
        self._listeners: dict[str, Callable[[dict[str, Any]], None]] = {}
        super().__init__(**params)

    def on(self, type_: str, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call `listener` with each message of this type."""
        self._listeners[type_] = listener

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict) and (listener := self._listeners.get(str(data.get("type")))) is not None:
            listener(data)
