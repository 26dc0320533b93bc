"""The built site: complete, without a dead link, and without anything that a browser would load from elsewhere."""

import inspect
import re
import threading
from functools import cache, cached_property, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
import typer
from scripts.docs_pages import GENERATED, MARK

import modelyard
from modelyard.cli.main import app
from modelyard.core import ml_engine
from modelyard.core.common.errors import ModelyardError
from modelyard.core.ml_engine.registry import ESTIMATORS
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.experiments import Candidate, Run
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.models import Model
from tests.docs.pages import DOCS, ROOT

RETURNED = [Dataset, Run, Candidate, Model, JobHandle]
LOADS = {"img": "src", "script": "src", "source": "src", "iframe": "src", "embed": "src", "object": "data"}
LINKS_LOADED = {"stylesheet", "icon", "preconnect", "preload", "modulepreload", "dns-prefetch", "prefetch", "manifest"}


class Html(HTMLParser):
    """Collects what a page links to, what it loads, and the places in it."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if values.get(LOADS.get(tag)):
            self.loads.append(values[LOADS[tag]])
        if tag == "link" and LINKS_LOADED & set(values.get("rel", "").split()):
            self.loads.append(values["href"])
        self.loads += re.findall(r"url\(([^)]+)\)", values.get("style") or "")


@cache
def parsed(path):
    return Html(path.read_text())


def pages(site):
    found = sorted(site.rglob("*.html"))
    assert len(found) > 20
    return [path for path in found if path.name != "404.html"]  # it alone links from the root of a server


def foreign(address):
    return bool(urlsplit(address).netloc) or address.startswith("//")


def test_links_within_the_site_lead_somewhere(site):
    dead = []
    for page in pages(site):
        for link in [*parsed(page).links, *parsed(page).loads]:
            if foreign(link) or urlsplit(link).scheme:
                continue
            target, _, place = urljoin(page.as_uri(), link).partition("#")
            path = Path(unquote(urlsplit(target).path))
            if not path.is_file() or (place and path.suffix == ".html" and unquote(place) not in parsed(path).ids):
                dead.append(f"{page.relative_to(site)}: {link}")
    assert not dead


def test_nothing_is_loaded_from_elsewhere(site):
    loaded = {f"{page.name}: {address}" for page in pages(site) for address in parsed(page).loads if foreign(address)}
    assert not loaded
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s)['\"]?(https?:)?//", sheet.read_text()), sheet.name


def test_every_public_name_is_in_the_reference(site, tmp_path):
    ids = set().union(*(parsed(page).ids for page in pages(site)))
    for name in set(modelyard.__all__) - {"__version__"}:
        found = getattr(modelyard, name)
        assert {f"modelyard.{name}", f"{found.__module__}.{name}"} & ids, name
    groups = [name for name, value in vars(modelyard.Workspace).items() if isinstance(value, cached_property)]
    assert {"datasets", "experiments", "models", "jobs"} <= set(groups)
    with modelyard.open(tmp_path / "yard") as yard:
        verbs = [type(getattr(yard, name)) for name in groups]
    for cls in [*verbs, *RETURNED]:
        for name, _ in inspect.getmembers(cls):
            if not name.startswith("_"):
                assert f"{cls.__module__}.{cls.__qualname__}.{name}" in ids, f"{cls.__name__}.{name}"
    classes_and_functions = [name for name in ml_engine.__all__ if hasattr(getattr(ml_engine, name), "__qualname__")]
    assert len(classes_and_functions) > 25
    for name in classes_and_functions:
        home = getattr(ml_engine, name).__module__
        assert {f"{home}.{name}", f"{home.rpartition('.')[0]}.{name}"} & ids, name


def test_every_command_option_and_error_is_described(site):
    text = (site / "reference" / "command-line.html").read_text()
    for name, command in typer.main.get_command(app).commands.items():
        assert f"modelyard {name}" in text
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert max(parameter.opts, key=len) in text, f"{name} {parameter.opts}"
    errors = (site / "reference" / "errors.html").read_text()
    for cls in ModelyardError.__subclasses__():
        assert re.search(rf"<code>{cls.__name__}</code></td>\s*<td[^>]*>{cls.exit_code}</td>", errors), cls
    engine = (site / "reference" / "engine.html").read_text()
    assert all(f"<code>{name}</code>" in engine for name in ESTIMATORS.names())


def test_every_generated_part_is_used_and_known():
    used = [name for page in DOCS.rglob("*.md") for name in MARK.findall(page.read_text())]
    assert sorted(used) == sorted(GENERATED)


def test_the_package_that_is_described_is_the_one_that_is_tested():
    assert (ROOT / "src" / "modelyard" / "__init__.py").is_file()
    assert Path(modelyard.__file__).parents[2] == ROOT


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
def test_the_site_is_read_and_searched_offline(page, address):
    """The fixture `page` fails the test at the first request to a foreign host."""
    page.goto(f"{address}/index.html")
    page.get_by_role("link", name="Quick start", exact=True).first.click()
    page.get_by_role("heading", name="In the browser").wait_for()
    page.goto(f"{address}/reference/workspace.html#modelyard.core.workspace.experiments.ExperimentVerbs.automl")
    page.get_by_placeholder("Search").click()
    page.get_by_placeholder("Search").press_sequentially("leaderboard")
    page.locator(".md-search-result__link").first.wait_for()
    assert page.locator("a.md-search-result__link", has_text="leaderboard").count()
