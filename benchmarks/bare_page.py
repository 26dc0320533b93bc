"""The least that panel-material-ui can serve: a switch and a text that follows it. The floor for our own pages.

python benchmarks/bare_page.py PORT
"""

import sys


def view() -> object:
    import panel as pn
    import panel_material_ui as pmui

    switch, seen = pmui.Switch(label="Switch"), pmui.Typography("seen 0")
    changes = []

    def follow(event: object) -> None:
        changes.append(event)
        seen.object = f"seen {len(changes)}"

    switch.param.watch(follow, "value")
    assert pn.state.curdoc is not None
    return pmui.Page(title="Bare", main=[pmui.Column(switch, seen)])


def main() -> None:
    import panel as pn
    import uvicorn
    from fastapi import FastAPI
    from panel.io.fastapi import add_applications

    port = int(sys.argv[1])
    pn.extension()
    app = FastAPI(docs_url=None)
    add_applications({"/": view}, app=app, websocket_origin=[f"127.0.0.1:{port}"], warm=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
