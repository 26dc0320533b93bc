"""Every verb that changes something leaves exactly one row; a new verb must say which kind it is."""

import inspect

import pytest

import modelyard as my
from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.request import request
from modelyard.core.datasets.types import Ingested, Part
from modelyard.core.workspace.audit import AuditVerbs
from modelyard.core.workspace.dataset import Dataset
from modelyard.core.workspace.datasets import DatasetVerbs
from modelyard.core.workspace.disk import DiskVerbs
from modelyard.core.workspace.experiments import Candidate, ExperimentVerbs, Run
from modelyard.core.workspace.handles import JobHandle
from modelyard.core.workspace.jobs import JobVerbs
from modelyard.core.workspace.models import Model, ModelVerbs
from modelyard.core.workspace.notices import NoticeVerbs
from modelyard.core.workspace.secrets import SecretVerbs
from modelyard.core.workspace.sources import Source, SourceVerbs
from modelyard.core.workspace.streams import StreamVerbs
from modelyard.core.workspace.workspace import Workspace

READS = {
    AuditVerbs: {"list", "recording"},
    Candidate: {"importance", "predict"},
    Dataset: {
        *("compare", "finding_rows", "kept_aside", "preview", "profile", "quality", "rule_rows", "rules"),
        # what is found out once and kept, like the profile of an import, is no change that somebody made
        *("examine", "relations", "to_pandas", "try_steps", "versions"),
    },
    DatasetVerbs: {"exported", "get", "lineage", "list", "readable", "recipe", "sql", "steps", "tombstones"},
    DiskVerbs: {"usage", "free"},
    ExperimentVerbs: {"list", "run", "runs"},
    JobHandle: {"result", "watch"},
    JobVerbs: {"events", "get", "last_event_id", "limits", "list", "log", "wait", "workers"},
    Model: {"importance", "predict", "predict_one"},
    ModelVerbs: {"get", "info", "list", "predict_row", "prediction_file", "versions"},
    NoticeVerbs: {"list", "mark_read", "unread"},  # what one has seen is one's own business
    Run: {"candidate", "leaderboard", "result", "trials", "watch"},
    SecretVerbs: {"list", "names"},
    Source: {
        "browse",
        "checks",
        "describe",
        "opened",
        "preview",
        "read",
        "schema",
        "test",
    },  # its health is an observation
    SourceVerbs: {"check_due", "checks", "get", "kinds", "list", "note_health", "probe", "resolve"},
    StreamVerbs: {"gaps", "get", "list", "receiving"},  # what is received is data, not a change that somebody made
    # starting a worker changes nothing that is kept; what verbs submit is recorded by them
    Workspace: {"about", "acting_as", "close", "mirror_soon", "start_worker", "submit"},
}


def upload(yard):
    with yard.datasets.uploads.receive("rows.csv") as (upload_id, file):
        file.write(b"late\nyes\n")
    return upload_id


def a_run(yard):
    return yard.experiments.run(yard.experiments.runs().items[0].id)


def a_job(yard):
    return yard.jobs.list().items[0].id


HEAD = {"kind": "sample", "rows": 5, "how": "head"}


def second_version(yard):
    """Write a version that holds less of the first, as an import would."""
    first = yard.catalog.version("flights", 1)
    part = Part(first.parts[0], first.rows, 0)
    return yard.catalog.create_version("flights", Ingested((part,), first.columns[:2], 1, {}), actor="linus").number


def add_source(yard):
    return yard.sources.add("shop", "postgresql", database="d", user="u", password=my.secret("hunter2")).name


def known_source(yard):
    """Return a source that somebody else added before."""
    return add_source(yard.acting_as(my.Actor("linus")))


def known_stream(yard, stopped=False):
    """Return a stream that somebody else started before."""
    other = yard.acting_as(my.Actor("linus"))
    other.sources.add("bus", "kafka", brokers="127.0.0.1:9")
    name = other.streams.start("bus", "topic").name
    return other.streams.stop(name, wait=False).name if stopped else name


def start_stream(yard):
    known_stream(yard)
    return yard.streams.start("bus", "other")


def known_rule(yard):
    """Return a rule that somebody else added before."""
    linus = yard.acting_as(my.Actor("linus"))
    return linus.datasets.get("flights").add_rule("row_count", least=1).id


CHANGES = {
    (DatasetVerbs, "import_file"): lambda yard: yard.datasets.import_file("rows.csv", wait=False),
    (DatasetVerbs, "import_upload"): lambda yard: yard.datasets.import_upload(upload(yard)),
    (DatasetVerbs, "sample"): lambda yard: yard.datasets.sample("flights", wait=False),
    (DatasetVerbs, "rename"): lambda yard: yard.datasets.rename("flights", "planes"),
    (DatasetVerbs, "check"): lambda yard: yard.datasets.check("flights", wait=False),
    (DatasetVerbs, "delete"): lambda yard: yard.datasets.delete("flights"),
    (DatasetVerbs, "from_sql"): lambda yard: yard.datasets.from_sql("FROM flights", "copy", wait=False),
    (Dataset, "transform"): lambda yard: yard.datasets.get("flights").transform([HEAD], into="head", wait=False),
    (Dataset, "replay"): None,  # calls the one above, for the version that this one was made from
    (DatasetVerbs, "delete_version"): lambda yard: yard.datasets.delete_version("flights", second_version(yard)),
    (DatasetVerbs, "retain"): lambda yard: yard.datasets.retain("flights", keep=1),
    (Dataset, "export"): lambda yard: yard.datasets.get("flights").export(wait=False),
    (Dataset, "report"): lambda yard: yard.datasets.get("flights").report(wait=False),
    (Dataset, "export_to"): lambda yard: yard.datasets.get("flights").export_to(known_source(yard), "x", wait=False),
    (Dataset, "tag"): lambda yard: yard.datasets.get("flights").tag("gold"),
    (Dataset, "untag"): lambda yard: yard.datasets.get("flights").untag("gold"),
    (Dataset, "describe"): lambda yard: yard.datasets.get("flights").describe("Delays."),
    (Dataset, "add_rule"): lambda yard: yard.datasets.get("flights").add_rule("not_null", column="late"),
    (Dataset, "remove_rule"): lambda yard: yard.datasets.get("flights").remove_rule(known_rule(yard)),
    (Dataset, "set_roles"): lambda yard: yard.datasets.get("flights").set_roles({"late": "target"}),
    (ExperimentVerbs, "automl"): lambda yard: yard.experiments.automl("flights", "late", "10s"),
    (Run, "cancel"): lambda yard: a_run(yard).cancel(),
    (Candidate, "register"): lambda yard: a_run(yard).best.register("again", alias="champion"),
    (ModelVerbs, "set_alias"): lambda yard: yard.models.set_alias("flights-late", "challenger", 1),
    (ModelVerbs, "delete_alias"): lambda yard: yard.models.delete_alias("flights-late", "champion"),
    (ModelVerbs, "predict_file"): lambda yard: yard.models.predict_file("flights-late", "rows.csv", wait=False),
    (ModelVerbs, "predict_upload"): lambda yard: yard.models.predict_upload("flights-late", upload(yard)),
    (Model, "predict_file"): None,  # calls the one above, and waits
    (JobVerbs, "cancel"): lambda yard: yard.jobs.cancel(a_job(yard)),
    (JobVerbs, "prune"): lambda yard: yard.jobs.prune(),
    (JobHandle, "cancel"): lambda yard: JobHandle(yard, a_job(yard), dict).cancel(),
    (SecretVerbs, "set"): lambda yard: yard.secrets.set("warehouse", "hunter2"),
    (SecretVerbs, "delete"): lambda yard: yard.secrets.set("warehouse", "x") or yard.secrets.delete("warehouse"),
    (SourceVerbs, "add"): lambda yard: add_source(yard),
    (SourceVerbs, "update"): lambda yard: yard.sources.update(known_source(yard), password=my.secret("hunter2")),
    (SourceVerbs, "rename"): lambda yard: yard.sources.rename(known_source(yard), "dwh"),
    (SourceVerbs, "watch"): lambda yard: yard.sources.watch(known_source(yard), "10min"),
    (SourceVerbs, "remove"): lambda yard: yard.sources.remove(known_source(yard)),
    (DatasetVerbs, "import_from"): lambda yard: yard.datasets.import_from(known_source(yard), "t", wait=False),
    (StreamVerbs, "start"): start_stream,
    (StreamVerbs, "stop"): lambda yard: yard.streams.stop(known_stream(yard), wait=False),
    (StreamVerbs, "resume"): lambda yard: yard.streams.resume(known_stream(yard, stopped=True)),
    (StreamVerbs, "remove"): lambda yard: yard.streams.remove(known_stream(yard, stopped=True)),
    (DatasetVerbs, "refresh"): None,  # of a dataset from a source; in test_incremental
    (Dataset, "refresh"): None,  # calls the one above, and waits
    (DiskVerbs, "clean"): lambda yard: yard.disk.clean(),
    (Workspace, "backup"): lambda yard: yard.backup(yard.root / "yard.zip"),
    (Workspace, "doctor"): lambda yard: yard.doctor(repair=True),
}


@pytest.fixture
def yard(ready):
    with Workspace(ready.settings, actor=my.Actor("grace"), worker="shared") as yard:
        yield yard


def public(kind):
    return {name for name, member in vars(kind).items() if inspect.isfunction(member) and not name.startswith("_")}


@pytest.mark.parametrize("kind", READS, ids=lambda kind: kind.__name__)
def test_every_verb_is_known(kind):
    assert public(kind) - READS[kind] == {name for changed, name in CHANGES if changed is kind}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change[0].__name__}.{change[1]}")
def test_one_row_for_each_change(yard, change):
    if CHANGES[change] is None:
        return
    before = yard.audit.list().total
    with request("req-7"):
        CHANGES[change](yard)
    rows = yard.audit.list(actor="grace").items
    before += yard.audit.list(actor="linus").total
    assert yard.audit.list().total - before == len(rows) == (2 if change == (SecretVerbs, "delete") else 1)
    assert rows[0].verb.endswith(change[1])
    assert (rows[0].request_id, "/" in rows[0].subject or rows[0].subject in ("workspace", "jobs")) == ("req-7", True)
    assert "hunter2" not in repr(rows)


def test_reads_and_failures_leave_none(yard):
    before = yard.audit.list().total
    yard.datasets.get("flights").profile()
    yard.models.list()
    yard.disk.usage()
    yard.disk.clean(dry_run=True)
    yard.doctor()
    for fail in (
        lambda: yard.datasets.rename("flights", "a/b"),
        lambda: yard.datasets.delete("gone"),
        lambda: yard.models.set_alias("flights-late", "champion", 99),
        lambda: yard.jobs.cancel("job_x"),
        lambda: yard.secrets.set("a b", "x"),
        lambda: yard.secrets.delete("gone"),
        lambda: yard.experiments.automl("flights", "nothing"),
    ):
        with pytest.raises(ModelyardError):
            fail()
    assert yard.audit.list().total == before


def test_who_did_it_and_to_what(yard):
    other = yard.acting_as(my.Actor("linus"))
    other.datasets.rename("flights", "planes")
    entry = yard.audit.list(subject="dataset/flights").items[0]
    assert (entry.actor, entry.verb, entry.details) == ("linus", "datasets.rename", {"new_name": "planes"})
    assert yard.audit.list(actor="grace").total == 0
    assert yard.audit.list(limit=1).total == yard.audit.list().total
