"""Verbs on datasets, with real jobs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import xlsxwriter

from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, NotFound, Unavailable
from modelyard.core.datasets.types import Ingested, Part
from modelyard.core.workspace.uploads import Uploads


@pytest.fixture
def bank(yard, tmp_path, request):
    path = tmp_path / "bank.csv"
    path.write_text("age;job;deposit\n30;clerk;no\n41;nurse;yes\n;clerk;no\n")
    return yard.datasets.import_file(path, name=request.node.name)


def test_a_file_becomes_a_dataset_with_a_profile(bank):
    assert (bank.version.number, bank.version.rows) == (1, 3)
    assert [(column.name, column.kind) for column in bank.columns][:2] == [("age", "integer"), ("job", "category")]
    profile = bank.profile()
    assert profile.column("age").missing == 1
    assert profile.column("job").distinct == 2
    assert bank.version.created_by == "ada"
    assert bank.version.quality_key is not None
    assert "bank.csv" in str(bank.version.origin)


def test_the_same_file_again_is_the_same_version(yard, bank, tmp_path):
    assert yard.datasets.import_file(tmp_path / "bank.csv", name=bank.name).version.id == bank.version.id
    (tmp_path / "bank.csv").write_text("age;job;deposit\n30;clerk;no\n")
    assert yard.datasets.import_file(tmp_path / "bank.csv", name=bank.name).version.number == 2
    assert [version.number for version in yard.datasets.get(bank.name).versions()] == [2, 1]
    assert yard.datasets.get(bank.name, 1).version.rows == 3


def test_rows_come_page_by_page(bank):
    page = bank.preview(offset=1, limit=1, sort="age", descending=True)
    assert page.total == 3
    assert [row[0] for row in page.rows] == [30]
    assert bank.preview(search="nurse").total == 1


def test_findings_with_a_target_and_against_another(yard, tmp_path):
    rows = [f"{i},{i % 7},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(300)]
    (tmp_path / "train.csv").write_text("id,x,y\n" + "".join(rows))
    (tmp_path / "test.csv").write_text("id,x,y\n" + "".join(rows[:60]) + "999,1000000,yes\n")
    train, test = (yard.datasets.import_file(tmp_path / f"{name}.csv") for name in ("train", "test"))
    assert [finding.name for finding in train.quality().findings] == ["id_like"]
    assert yard.datasets.check("train", target="y").target == "y"
    assert [finding.columns for finding in train.quality().findings if finding.name == "leakage"] == [("x",)]
    test.add_rule("no_finding", check="overlap")
    quality = yard.datasets.check("test", against="train/1")
    assert [rule.last.state for rule in test.rules()] == ["warned"]  # the rule sees what the check sees
    assert (quality.against, quality) == (train.version.id, test.quality())
    overlap = next(finding for finding in quality.findings if finding.name == "overlap")
    page = test.finding_rows(overlap, limit=10)
    assert (page.total, len(page.rows), page.rows[0]) == (60, 10, (0, 0, "no"))
    assert test.finding_rows("Q701", offset=59).rows == [(59, 3, "no")]
    with pytest.raises(NotFound, match="There is no finding 'Q999'"):
        test.finding_rows("Q999")
    with pytest.raises(InvalidInput, match="No single rows show this"):
        train.finding_rows("Q501/x")
    with pytest.raises(NotFound, match="There is no column 'why'"):
        yard.datasets.check("train", target="why")
    yard.datasets.delete("train")
    assert test.finding_rows("Q108/x").total == 1  # only what compares needs the other
    with pytest.raises(NotFound, match="no dataset version"):
        test.finding_rows(overlap)


def test_what_a_version_lacks_is_found_out_by_hidden_jobs_and_kept(yard, bank, tmp_path):
    version = yard.catalog.create_version(f"{bank.name} 2", Ingested(_parts(bank), bank.columns, 3, {}), actor="ada")
    sealed = yard.datasets.get(version.dataset_name)
    assert not sealed.examined
    assert sealed.examine().examined
    assert (sealed.profile(), sealed.quality().findings) == (bank.profile(), bank.quality().findings)
    relations = sealed.relations()
    assert relations.columns[0] == "age"
    assert sealed.relations(wait=False) == relations
    with pytest.raises(NotFound, match="gone"):
        sealed.relations("gone")
    other = sealed.relations("age")
    assert (other.target.name, yard.catalog.relations(version.id)) == ("age", other)
    assert sealed.set_roles({"age": "ignore"}).version.relations_key is None
    assert "age" in sealed.relations().left_out
    kinds = [job.kind for job in yard.jobs.list(kinds=["examine", "relate"], hidden=True).items]
    assert kinds == ["relate", "relate", "relate", "examine"]
    assert not yard.jobs.list(kinds=["examine", "relate"]).items


def _parts(dataset):
    return tuple(Part(key, dataset.version.rows, 1) for key in dataset.version.parts)


def test_tags_that_are_given_at_once_all_stay(bank):
    tags = [f"tag {i}" for i in range(8)]
    with ThreadPoolExecutor(len(tags)) as pool:
        list(pool.map(bank.tag, tags))
    assert bank.untag("tag 7").version.tags == (*tags[:7],)


def test_imports_are_tested_by_rules(yard, tmp_path):
    def bring(*ages):
        (tmp_path / "people.csv").write_text("name,age\n" + "".join(f"p{i},{age}\n" for i, age in enumerate(ages)))
        return yard.datasets.import_file(tmp_path / "people.csv")

    people = bring(30, 40, 50)
    rule = people.add_rule("between", action="fail", column="age", least=0)
    people.add_rule("row_count", least=3)
    with pytest.raises(AlreadyExists, match="There is already the rule that 'age' is at least 0"):
        people.add_rule("between", column="age", least=0)
    with pytest.raises(InvalidInput, match="Possible: warn, fail"):
        people.add_rule("row_count", most=9, action="shout")
    with pytest.raises(InvalidInput, match="No bad rows are kept"):
        people.rule_rows(rule.id)

    with pytest.raises(InvalidInput, match="rule that 'age' is at least 0: There is 1 row whose 'age'") as refused:
        bring(30, -5, 50)
    assert "No version was made" in str(refused.value)
    assert [version.number for version in people.versions()] == [1]
    assert [(rule.last.state, rule.last.count) for rule in people.rules()] == [("failed", 1), ("passed", None)]
    assert people.rule_rows(rule.id).rows == [("p1", -5)]

    second = bring(30, 40)
    assert second.version.number == 2
    assert second.version.notes[-1] == "The rule that there are at least 3 rows is broken: There are 2 rows."
    assert [rule.last.state for rule in people.rules()] == ["passed", "warned"]
    yard.datasets.check("people", 1)
    assert [rule.last.state for rule in people.rules()] == ["passed", "passed"]
    people.remove_rule(rule.id)
    assert [rule.kind for rule in second.rules()] == ["row_count"]
    assert bring(-1, -2, -3).version.number == 3
    yard.datasets.delete("people")


def test_roles_are_set_and_stay(yard, bank):
    changed = bank.set_roles({"deposit": "target", "age": "ignore"})
    again = {column.name: column.role for column in yard.datasets.get(bank.name).columns}
    assert again == {column.name: column.role for column in changed.columns}
    assert (again["deposit"], again["age"]) == ("target", "ignore")
    with pytest.raises(InvalidInput, match="Possible: feature, target"):
        bank.set_roles({"age": "king"})
    with pytest.raises(InvalidInput, match="There is no column 'aged'"):
        bank.set_roles({"aged": "id"})


def test_datasets_are_listed_renamed_and_deleted(yard, tmp_path):
    (tmp_path / "mine.csv").write_text("mine,alone\n1,2\n")
    bank = yard.datasets.import_file(tmp_path / "mine.csv")
    assert any(info.name == bank.name for info in yard.datasets.list(limit=100))
    yard.datasets.rename(bank.name, "renamed")
    assert yard.datasets.list(search="renam").total == 1
    parts = yard.datasets.get("renamed").parts
    yard.datasets.delete("renamed")
    assert not any(path.exists() for path in parts)
    with pytest.raises(NotFound, match="There is no dataset 'renamed'"):
        yard.datasets.get("renamed")


def test_a_received_file_is_imported_and_then_removed(yard):
    with yard.datasets.uploads.receive("../my data.csv") as (upload_id, file):
        file.write(b"a,b\n1,2\n")
    upload = yard.datasets.uploads.get(upload_id)
    assert upload.name == "my data.csv"
    dataset = yard.datasets.import_upload(upload_id).result(timeout=60)
    assert (dataset.name, dataset.version.rows) == ("my data", 1)
    with pytest.raises(NotFound, match=r"no longer there\. Upload it again"):
        yard.datasets.import_upload(upload_id)


def test_half_a_file_is_not_kept(tmp_path):
    uploads = Uploads(tmp_path)

    def break_off():
        with uploads.receive("x.csv") as (_, file):
            file.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a/b", "", "x" * 101, "a\nb"])
def test_names_that_are_none_are_refused_before_anything_starts(yard, tmp_path, name):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    before = yard.jobs.list().total
    with pytest.raises(InvalidInput):
        yard.datasets.import_file(tmp_path / "t.csv", name=name or "/")
    assert yard.jobs.list().total == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)),
        ("lies.parquet", b"PAR1 but no"),
        ("gone.csv", None),
    ],
)
def test_a_file_that_is_none_is_refused_and_nothing_is_lost(yard, tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = yard.datasets.list().total
    with pytest.raises(InvalidInput) as caught:
        yard.datasets.import_file(tmp_path / name)
    assert name in str(caught.value)
    assert yard.datasets.list().total == before
    newest = yard.jobs.list(limit=1).items[0]
    assert (newest.state, newest.message) == ("failed", str(caught.value))


def book(path, **sheets):
    with xlsxwriter.Workbook(path) as made:
        for name, rows in sheets.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def test_options_of_text_are_followed_and_kept(yard, tmp_path):
    (tmp_path / "o.txt").write_text("made by hand\nkey#price#code\n1#-999#007\n2#1,5#8\n", "utf-16")
    options = {"delimiter": "#", "decimal": ",", "skip": 1, "missing": ("-999",), "as_text": ("key",)}
    made = yard.datasets.import_file(tmp_path / "o.txt", "options", encoding="utf-16", **options)
    assert [(column.name, column.type) for column in made.columns] == [
        ("key", "string"),
        ("price", "double"),
        ("code", "string"),
    ]
    assert made.to_pandas()["price"].isna().tolist() == [True, False]
    given = made.version.origin["given"]
    del options["delimiter"]
    assert given == {"separator": "#", **options, "encoding": "utf-16", "missing": ["-999"], "as_text": ["key"]}


def test_a_sheet_is_chosen_by_name_or_position(yard, tmp_path):
    path = book(tmp_path / "b.xlsx", One=[["a"], [1], [2]], Two=[["b", "c"], ["x", 2], ["y", 3]])
    assert [column.name for column in yard.datasets.import_file(path, "first").columns] == ["a"]
    for sheet in ("Two", 2, "2"):
        assert [column.name for column in yard.datasets.import_file(path, "second", sheet=sheet).columns] == ["b", "c"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sheeet": "One"}, r"not read with the option 'sheeet'\. Possible: .*sheet"),
        ({"delimiter": ";"}, r"The file is an Excel workbook, which is not read with the option"),
        ({"skip": "two"}, r"The option 'skip' cannot be 'two'"),
        ({"decimal": "x"}, r"decimal sign cannot be 'x'\. Possible: \., ,\."),
    ],
)
def test_wrong_options_are_told_before_anything_starts(yard, tmp_path, options, message):
    path = book(tmp_path / "b.xlsx", One=[["a"], [1], [2]])
    before = yard.jobs.list().total
    with pytest.raises(InvalidInput, match=message):
        yard.datasets.import_file(path, **options)
    assert yard.jobs.list().total == before


def test_options_that_only_the_data_refuses_say_what_was_possible(yard, tmp_path):
    path = book(tmp_path / "b.xlsx", One=[["a"], [1], [2]])
    with pytest.raises(InvalidInput, match=r"no sheet 'Three'.* Possible: One\."):
        yard.datasets.import_file(path, sheet="Three")
    with pytest.raises(InvalidInput, match=r"no column 'z' to be kept as text.* Possible: a\."):
        yard.datasets.import_file(path, as_text=["z"])


def test_old_versions_go_but_not_what_is_used(ready, tmp_path):
    flights = ready.datasets.get("flights")
    for rows in (1, 2, 3, 4):
        first = flights.version
        made = Ingested((Part(first.parts[0], first.rows, 0),), first.columns[:rows], first.rows, {"file": "x"})
        ready.catalog.create_version("flights", made, actor="ada")
    ready.datasets.get("flights", 3).tag("gold")
    with pytest.raises(Conflict, match="Version 1 is needed: a run has learned from it"):
        ready.datasets.delete_version("flights", 1)
    with pytest.raises(InvalidInput, match="Nothing says which versions stay"):
        ready.datasets.retain("flights")
    assert ready.datasets.retain("flights", keep=1, days=30).deleted == ()
    planned = ready.datasets.retain("flights", keep=1, dry_run=True)
    assert [version.number for version in planned.deleted] == [4, 2]
    assert [(version.number, why) for version, why in planned.kept] == [
        (3, "it is tagged gold"),
        (1, "a run has learned from it"),
    ]
    ready.datasets.retain("flights", keep=1)
    assert [version.number for version in flights.versions()] == [5, 3, 1]
    assert [stone.number for stone in ready.datasets.tombstones("flights")] == [4, 2]
    assert flights.parts[0].exists()
    ready.datasets.delete_version("flights", 1, even_if_used=True)
    assert ready.doctor().healthy


def test_rows_of_a_statement_become_a_dataset_that_knows_where_it_came_from(yard, bank):
    sql = f'SELECT job, count(*) AS n FROM "{bank.name}" GROUP BY job ORDER BY job'
    assert yard.datasets.sql(sql).rows() == [("clerk", 2), ("nurse", 1)]
    jobs = yard.datasets.from_sql(sql, "jobs")
    assert (jobs.version.parents, jobs.version.origin["sql"]) == ((bank.version.id,), sql)
    assert jobs.to_pandas().values.tolist() == [["clerk", 2], ["nurse", 1]]
    assert jobs.profile().column("n").max == 2
    before = yard.jobs.list().total
    with pytest.raises(InvalidInput, match="Only statements that return rows"):
        yard.datasets.from_sql("DROP TABLE jobs", "x")
    assert yard.jobs.list().total == before


def test_steps_are_tried_applied_and_replayed_on_another_version(yard, bank, tmp_path):
    steps = [
        {"kind": "fill", "columns": ["age"], "value": 50},
        {"kind": "aggregate", "by": ["job"], "measures": {"age": "max(age)"}},
    ]
    assert bank.try_steps(steps).rows() == [("clerk", 50), ("nurse", 41)]
    made = bank.transform(steps, into="ages")
    assert (made.version.parents, made.version.origin["steps"]) == ((bank.version.id,), steps)
    (tmp_path / "bank.csv").write_text("age;job;deposit\n70;clerk;no\n;baker;yes\n")
    newer = yard.datasets.import_file(tmp_path / "bank.csv", name=bank.name)
    again = made.replay()
    assert (again.name, again.version.number, again.version.parents) == ("ages", 2, (newer.version.id,))
    assert again.to_pandas().values.tolist() == [["baker", 50], ["clerk", 70]]
    with pytest.raises(InvalidInput, match="was not made by steps"):
        bank.replay()
    before = yard.jobs.list().total
    with pytest.raises(InvalidInput, match=r"There is no column 'agee'\. \(step 1, drop\)"):
        bank.transform([{"kind": "drop", "columns": ["agee"]}])
    assert yard.jobs.list().total == before


def test_a_version_is_exported(yard, bank, tmp_path):
    done = bank.export(tmp_path / "out" / "bank.csv.gz")
    assert (done.rows, done.bytes) == (3, done.path.stat().st_size)
    again = yard.datasets.import_file(done.path, name="again", **done.reading)
    assert again.version.hash == bank.version.hash
    with pytest.raises(AlreadyExists):
        bank.export(done.path, wait=False)
    with pytest.raises(Unavailable, match="no file at this place"):
        bank.export(done.path / "bank.csv", wait=False)
    handle = bank.export(format="parquet", wait=False)
    path = handle.result().path
    assert yard.datasets.exported(handle.id) == path
    assert path.is_relative_to(yard.settings.exports)
    assert {each.kind: each.files for each in yard.disk.usage()}["exports"] == 1
    path.unlink()
    for job_id in (handle.id, yard.jobs.list(kinds=["import"]).items[0].id):
        with pytest.raises(NotFound, match="no such file"):
            yard.datasets.exported(job_id)


def test_a_report_is_written_where_it_was_asked_for_or_for_a_browser(yard, bank, tmp_path):
    page = bank.report(tmp_path / "bank.html").read_text()
    assert f"<h1>{bank.name}</h1>" in page
    with pytest.raises(AlreadyExists):
        bank.report(tmp_path / "bank.html", wait=False)
    assert bank.report(tmp_path / "bank.html", overwrite=True).read_text() == page
    handle = bank.report(wait=False)
    path = handle.result()
    assert (yard.datasets.exported(handle.id), path.read_text(), path.suffix) == (path, page, ".html")


def test_a_version_is_exported_to_a_source(yard, bank, tmp_path):
    shop = yard.sources.add(bank.name.replace("_", "-"), "sqlite", path=str(tmp_path / "shop.db"))
    assert bank.export_to(shop, "bank") == 3
    assert bank.export_to(shop.name, "bank", mode="append") == 3
    assert yard.datasets.import_from(shop, "bank", name="back").version.rows == 6
    with pytest.raises(AlreadyExists, match="is there already"):
        bank.export_to(shop, "bank")
    with pytest.raises(InvalidInput, match="no way 'upsert'"):
        bank.export_to(shop, "bank", mode="upsert", wait=False)
