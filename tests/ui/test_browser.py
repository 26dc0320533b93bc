"""The workbench in a real browser, against `modelyard up`."""

import re
import sqlite3

import pytest
import xlsxwriter
from playwright.sync_api import expect

from modelyard.samples import sample
from tests.services import brokers
from tests.streams.contract import numbered
from tests.ui.workbench import Workbench

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    running = Workbench(tmp_path_factory.mktemp("workbench") / "yard")
    yield running
    running.close()


@pytest.fixture
def visit(page, workbench):
    """Opens a place; the test fails if anything is logged as an error or answered with one."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("response", lambda answer: said.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)

    def go(query=""):
        page.goto(workbench.url + query)
        page.get_by_role("heading", level=1).wait_for()
        return page

    go.may_say = lambda *patterns: said.__setitem__(
        slice(None), [text for text in said if not any(re.search(pattern, text) for pattern in patterns)]
    )
    yield go
    assert said == []


def send(page, name, content):
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def test_the_main_job(visit, browser, workbench, tmp_path):
    page = visit()

    # A sample becomes a dataset with a profile.
    page.get_by_role("button", name="Try the flights sample").click()
    page.get_by_role("heading", name="flights", level=1).wait_for()
    columns = page.get_by_role("table", name="Columns")
    expect(columns.get_by_text("wind_gust")).to_be_visible()
    expect(page.get_by_text("6,000", exact=True)).to_be_visible()
    columns.get_by_text("distance", exact=True).click()
    expect(page.locator(".js-plotly-plot")).to_be_visible()

    # Training is started and watched.
    page.get_by_role("button", name="Train a model").click()
    expect(page.get_by_text("which of 2 classes late has")).to_be_visible()
    page.get_by_role("button", name="20 s").click()
    expect(page.get_by_label("The same in Python")).to_contain_text('target="late", time_budget="20s"')
    page.get_by_role("button", name="Start training").click()
    board = page.get_by_role("table", name="Leaderboard")
    places = board.get_by_role("row").filter(has_text="Trial ")
    expect(places).to_have_count(1, timeout=30_000)
    expect(page.get_by_text("Running", exact=True)).to_be_visible()
    expect(places).not_to_have_count(1, timeout=30_000)  # it moves while one watches

    # A second browser sees the same.
    with browser.new_context() as other:
        second = other.new_page()
        second.goto(page.url)
        rows = second.get_by_role("table", name="Leaderboard").get_by_role("row").filter(has_text="Trial ")
        expect(rows.first).to_be_visible()
        page.get_by_role("button", name="Register the winner").wait_for(timeout=60_000)
        expect(second.get_by_role("button", name="Register the winner")).to_be_visible()
        expect(rows).to_have_count(places.count())

    # The winner is registered.
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    page.get_by_role("button", name="Register the winner").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name of the model")).to_have_value("flights-late")
    dialog.get_by_role("button", name="Register", exact=True).click()
    page.get_by_role("heading", name="flights-late", level=1).wait_for()
    expect(page.get_by_role("table", name="Aliases").get_by_text("champion")).to_be_visible()

    # It predicts one row.
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(page.get_by_text("Prediction of late")).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile(r"\d %$")).first).to_be_visible()

    # It predicts a file, which is downloaded.
    send(page, "tomorrow.csv", b"".join(sample("flights").path.read_bytes().splitlines(keepends=True)[:50]))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the predictions").click(timeout=60_000)
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 50
    assert "prediction" in lines[0]

    # The dark mode stays.
    page.get_by_role("button", name="Switch to dark mode").click()
    expect(page.locator("main").locator("..")).to_have_css("background-color", "rgb(14, 20, 19)")
    page.reload()
    expect(page.get_by_role("button", name="Switch to light mode")).to_be_visible()
    expect(page.locator("main").locator("..")).to_have_css("background-color", "rgb(14, 20, 19)")


def test_places_have_addresses_and_the_back_button_works(visit, workbench):
    page = visit("?tab=jobs")
    rail = page.get_by_role("navigation", name="Tabs")
    expect(rail.get_by_role("link", name="Jobs")).to_have_attribute("aria-current", "page")
    rail.get_by_role("link", name="Models").click()
    page.get_by_role("heading", name="Models", level=1).wait_for()
    assert page.url.endswith("?tab=models")
    page.go_back()
    page.get_by_role("heading", name="Jobs", level=1).wait_for()
    page.go_forward()
    page.get_by_role("heading", name="Models", level=1).wait_for()


def test_the_keyboard_reaches_the_rail(visit):
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.get_by_role("link", name="Experiments", exact=True).evaluate("link => link.matches(':focus')"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Experiments", level=1).wait_for()


def test_a_place_that_is_not_there_says_what_to_do(visit):
    page = visit("?tab=data&dataset=absent")
    expect(page.get_by_role("alert")).to_contain_text("There is no dataset 'absent'.")
    page = visit("?tab=experiments&run=run_0")
    expect(page.get_by_role("alert")).to_contain_text("run_0")


def test_a_narrow_window_keeps_the_rail_as_icons(visit):
    page = visit()
    rail = page.get_by_role("navigation", name="Tabs")
    assert rail.bounding_box()["width"] > 150
    page.set_viewport_size({"width": 900, "height": 800})
    assert rail.bounding_box()["width"] < 70
    expect(rail.get_by_role("link", name="Data")).to_be_visible()


def test_what_is_in_the_data_never_becomes_markup(visit):
    page = visit("?tab=data")
    rows = "\n".join(f'"{HOSTILE.replace(chr(34), chr(34) * 2)}",{place},<b>x</b>' for place in range(60))
    header = '"{}",number,<i>other</i>'.format(HOSTILE.replace('"', '""'))
    page.get_by_label("Name of the dataset").fill("<u>hostile & co")
    send(page, "hostile.csv", f"{header}\n{rows}\n".encode())
    page.get_by_role("heading", name="<u>hostile & co", level=1).wait_for()
    columns = page.get_by_role("table", name="Columns")
    expect(columns.get_by_text(HOSTILE).first).to_be_visible()
    columns.get_by_text("<i>other</i>").first.click()
    expect(page.get_by_role("heading", name="<i>other</i>")).to_be_visible()
    expect(page.get_by_role("table", name="Rows").get_by_text(HOSTILE).first).to_be_visible()
    page.get_by_role("button", name="Train a model").click()
    page.get_by_role("heading", name="New experiment").wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "1"


def test_rows_are_turned_sorted_and_searched_and_a_role_is_kept(visit):
    page = visit("?tab=data")
    send(page, "numbers.csv", ("number,word\n" + "".join(f"{i},word{i}\n" for i in range(100))).encode())
    page.get_by_role("heading", name="numbers", level=1).wait_for()
    rows = page.get_by_role("table", name="Rows")
    first = rows.get_by_role("row").nth(1)
    expect(first).to_contain_text("word0")
    page.get_by_role("button", name="Next page").click()
    expect(first).to_contain_text("word25")
    rows.get_by_role("button", name="number").click()
    expect(first).to_contain_text("word0")
    rows.get_by_role("button", name="number").click()
    expect(first).to_contain_text("word99")
    page.get_by_role("searchbox", name="Search texts").fill("word7")
    expect(page.get_by_text("of 11")).to_have_count(0)  # all on one page
    expect(first).to_contain_text("word79")
    page.get_by_role("combobox", name="Role of word").click()
    page.get_by_role("option", name="Id").click()
    expect(page.get_by_role("combobox", name="Role of word")).to_have_text("Id")
    page.reload()
    expect(page.get_by_role("combobox", name="Role of word")).to_have_text("Id")


def test_a_question_in_a_row_does_not_open_the_row_and_a_version_is_added(visit):
    page = visit("?tab=data")
    rows = "".join(f"{i},{i % 3}\n" for i in range(50))
    for extra in ("", "7,1\n"):
        page.get_by_role("navigation", name="Tabs").get_by_role("link", name="Data").click()
        page.get_by_role("heading", name="Data", level=1).wait_for()
        send(page, "gone.csv", f"a,b\n{rows}{extra}".encode())
        page.get_by_role("heading", name="gone", level=1).wait_for()
    expect(page.get_by_text("Added as version 2 of gone.")).to_be_visible()
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("table", name="Versions").get_by_role("link", name="Version 1").click()
    page.get_by_role("table", name="Columns").get_by_text("b", exact=True).click()
    expect(page.get_by_role("heading", name="b", exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="Lineage").click()
    expect(page.get_by_text("read from gone.csv; nothing has been made from it yet.")).to_be_visible()
    page.get_by_role("group", name="What came from what").get_by_role("link", name="gone Version 2").press("Enter")
    page.get_by_role("table", name="Columns").wait_for()
    page.get_by_role("navigation", name="Tabs").get_by_role("link", name="Data").click()
    page.get_by_role("button", name="Delete gone").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Delete gone").click()
    page.get_by_role("button", name="Delete the dataset").click()
    expect(page.get_by_text("gone is deleted.")).to_be_visible()
    assert page.url.endswith("?tab=data")


def test_a_file_is_read_as_said(visit, tmp_path):
    page = visit("?tab=data")
    page.get_by_role("checkbox", name="Say how the file is read").check()
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        for name in ("First", "Second"):
            book.add_worksheet(name).write_column(0, 0, [f"in {name}", 1, 2])
    page.locator("input[type=file]").set_input_files(tmp_path / "book.xlsx")
    page.get_by_label("Columns of text").fill("nothing")
    page.get_by_label("Rows to skip").fill("many")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The option 'skip' cannot be 'many'")).to_be_visible()
    page.get_by_label("Rows to skip").fill("")
    page.get_by_label("Columns of text").fill("")
    page.get_by_role("combobox", name="Sheet").click()
    page.get_by_role("menuitem", name="Second").click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="book", level=1).wait_for()
    expect(page.get_by_role("table", name="Columns").get_by_text("in Second")).to_be_visible()


def test_another_dataset_brings_its_target_to_field_and_code(visit):
    for name, last in (("pets", "color"), ("trips", "late")):
        page = visit("?tab=data")
        send(
            page,
            f"{name}.csv",
            f"kind,size,{last}\n".encode() + b"".join(b"a,%d,x\nb,%d,y\n" % (i, i * 7) for i in range(40)),
        )
        page.get_by_role("heading", name=name, level=1).wait_for()
    page = visit("?tab=experiments&new=trips")
    for name, last in (("pets", "color"), ("trips", "late"), ("pets", "color")):
        page.get_by_role("combobox", name="Dataset").click()
        page.locator(".MuiPopover-paper").get_by_text(name, exact=True).click()
        expect(page.get_by_label("The same in Python")).to_contain_text(f'automl("{name}", target="{last}"')
        expect(page.get_by_role("combobox", name="Column to predict")).to_contain_text(last)
        expect(page.get_by_text(f"{last} is suggested")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "picture.csv"),
        ("empty.csv", b"", "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_says_so(visit, name, content, words):
    page = visit("?tab=data")
    send(page, name, content)
    expect(page.get_by_role("alert")).to_contain_text(words, timeout=20_000)  # a job says it
    expect(page.get_by_role("button", name="Choose a file")).to_be_visible()
    visit.may_say("422")  # the browser itself logs an upload that is refused


def test_a_training_is_cancelled_after_a_question(visit):
    page = visit("?tab=data")
    rows = "".join(f"{i},{i * 7 % 13},{i % 3}\n" for i in range(500))
    send(page, "three.csv", f"a,b,c\n{rows}".encode())
    page.get_by_role("button", name="Train a model").click()
    page.get_by_role("button", name="5 min").click()
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("table", name="Jobs").get_by_text("Cancelled", exact=True)).to_be_visible()


def test_the_settings_are_looked_at_and_changed(visit):
    page = visit("?tab=settings")
    expect(page.get_by_text("sqlite:///")).to_be_visible()
    parts = page.get_by_role("navigation", name="Parts")

    parts.get_by_role("link", name="Storage").click()
    expect(page.get_by_role("table", name="Disk use").get_by_text("Database")).to_be_visible()
    page.get_by_role("button", name="See what can go").click()
    expect(page.get_by_text(re.compile("can go[.]$"))).to_be_visible()
    page.get_by_role("button", name="Write a backup").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Download backup-")).click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    page.get_by_role("button", name=re.compile("Delete backup-")).click()
    page.get_by_role("button", name="Delete the backup").click()
    expect(page.get_by_text("No backup was written here yet.")).to_be_visible()

    parts.get_by_role("link", name="Workers and checks").click()
    workers = page.get_by_role("table", name="Workers")
    expect(workers.get_by_text("Alive")).to_be_visible()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("table", name="Checks").get_by_text("10. Key of secrets")).to_be_visible()

    parts.get_by_role("link", name="Secrets").click()
    page.get_by_label("Name").fill("warehouse")
    page.get_by_label("Value").fill("not-a-real-password")
    page.get_by_role("button", name="Set the secret").click()
    expect(page.get_by_role("table", name="Secrets").get_by_text("warehouse")).to_be_visible()
    expect(page.get_by_label("Value")).to_have_value("")
    page.reload()
    expect(page.get_by_role("table", name="Secrets").get_by_text("warehouse")).to_be_visible()
    assert "not-a-real-password" not in page.content()

    parts.get_by_role("link", name="Audit trail").click()
    trail = page.get_by_role("table", name="Audit trail")
    expect(trail.get_by_text("secrets.set").first).to_be_visible()  # what is typed before it is there may be lost
    page.get_by_role("textbox", name="Of", exact=True).fill("secret/warehouse")
    page.keyboard.press("Enter")
    expect(trail.get_by_role("row")).to_have_count(2)
    expect(trail.get_by_text("secrets.set")).to_be_visible()


def test_a_source_is_added_looked_into_and_imported_from(visit, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    connection.execute("CREATE TABLE orders (id INTEGER, city TEXT, price REAL)")
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(n, ("Ulm", HOSTILE)[n % 2], n) for n in range(90)])
    connection.commit()
    connection.close()
    page = visit("?tab=data")
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("link", name="SQLite").click()
    page.get_by_label("Name *").fill("shop")
    page.get_by_label("File *").fill(str(tmp_path / "none.db"))
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("none.db", timeout=20_000)
    page.get_by_label("File *").fill(str(tmp_path / "shop.db"))
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("It answers and lets us in")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Save").click()

    page.get_by_role("heading", name="shop", level=1).wait_for()
    expect(page.get_by_text("Good", exact=True).first).to_be_visible(timeout=20_000)
    item = page.get_by_role("table", name="Items").get_by_role("row").filter(has_text="orders")
    item.focus()
    page.keyboard.press("Enter")
    rows = page.get_by_role("table", name="First rows")
    expect(rows.get_by_text(HOSTILE).first).to_be_visible(timeout=20_000)  # the first one loads pyarrow
    expect(page.get_by_role("table", name="Columns of it").get_by_text("int64")).to_be_visible()
    page.get_by_label("Name of the dataset").fill("ulm")
    page.get_by_label("Only rows that meet").fill("city = Ulm")
    page.get_by_role("button", name="Show these rows").click()
    expect(rows.get_by_text(HOSTILE)).to_have_count(0, timeout=20_000)
    expect(page.get_by_label("The same in Python")).to_contain_text('filter=["city = Ulm"], name="ulm"')
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("heading", name="ulm", level=1).wait_for()
    expect(page.get_by_text("shop: orders")).to_be_visible()
    assert page.title() == "Modelyard"

    page = visit("?tab=data&sources=1")
    page.get_by_role("button", name="Remove shop").click()
    page.get_by_role("button", name="Remove the source").click()
    expect(page.get_by_text("There is no source yet")).to_be_visible()


def test_a_topic_is_followed_and_stopped(visit):
    redis = brokers.redis()
    redis.send("seen", numbered(0, 40))
    page = visit("?tab=data&sources=new")
    page.get_by_role("link", name="Redis streams").click()
    page.get_by_label("Name *").fill("bus")
    page.get_by_label("Port").fill(str(redis.port))
    page.get_by_label("Password", exact=True).fill(redis.password)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="bus", level=1).wait_for()
    expect(page.get_by_text("Nothing of it is followed yet.")).to_be_visible()
    page.get_by_role("table", name="Items").get_by_text("seen").click()
    expect(page.get_by_role("textbox", name="Topic")).to_have_value("seen")
    expect(page.get_by_role("table", name="First rows").get_by_text("Ulm").first).to_be_visible(timeout=20_000)
    page.get_by_role("combobox", name="Begin").click()
    page.get_by_role("menuitem", name="With the oldest").click()
    page.get_by_role("button", name="Follow", exact=True).click()
    stream = page.get_by_role("table", name="Streams").get_by_role("row").filter(has_text="seen")
    expect(stream.get_by_text("Running")).to_be_visible(timeout=20_000)
    expect(stream.get_by_text("40", exact=True)).to_be_visible(timeout=20_000)  # nobody has asked for it

    page = visit("?tab=data&sources=1")
    page.get_by_role("button", name="Stop seen").click()
    expect(page.get_by_role("button", name="Remove seen")).to_be_enabled(timeout=20_000)
    page.get_by_role("link", name="seen", exact=True).click()
    page.get_by_role("heading", name="seen", level=1).wait_for()
    expect(page.get_by_text("bus: seen")).to_be_visible()
    page = visit("?tab=data&sources=1")
    page.get_by_role("button", name="Remove seen").click()
    page.get_by_role("button", name="Remove the stream").click()
    expect(page.get_by_role("table", name="Streams")).to_have_count(0)
    page.get_by_role("button", name="Remove bus").click()
    page.get_by_role("button", name="Remove the source").click()
    expect(page.get_by_text("There is no source yet")).to_be_visible()


def test_the_bell_tells_what_has_ended(visit):
    page = visit("?tab=jobs")
    page.get_by_role("button", name=re.compile("[Nn]otice")).click()
    page.get_by_role("button", name="Mark all as read").or_(page.get_by_text("Nothing yet.")).first.wait_for()
    if page.get_by_role("button", name="Mark all as read").is_enabled():
        page.get_by_role("button", name="Mark all as read").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Notices", exact=True)).to_be_visible()
    visit("?tab=data")
    send(page, "bells.csv", b"a,b\n1,x\n2,y\n")
    page.get_by_role("heading", name="bells", level=1).wait_for()
    page.get_by_role("button", name="1 unread notice").click()
    notices = page.get_by_role("dialog", name="Notices")
    notices.get_by_role("button", name="Import bells.csv: Done, unread").click()
    page.get_by_role("heading", name="bells", level=1).wait_for()
    expect(notices).to_have_count(0)
    page.get_by_role("button", name="1 unread notice").click()
    notices.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="1 unread notice")).to_have_count(0)
