"""The view-models: parameters are set, verbs are called, nothing is drawn."""

import shutil
from dataclasses import replace

import pytest

from modelyard.core.jobs.types import Event, JobState
from modelyard.samples import sample
from modelyard.ui.import_card import ImportCard
from modelyard.ui.importing import Importing
from modelyard.ui.notices import Notices
from modelyard.ui.panels.data_management.dataset_model import DatasetDetail, Rows
from modelyard.ui.panels.data_management.model import DatasetList
from modelyard.ui.panels.experiments.new_model import NewRun
from modelyard.ui.panels.experiments.run_model import Registering, RunDetail
from modelyard.ui.panels.home.model import Home
from modelyard.ui.panels.jobs.model import JobDetail, JobList
from modelyard.ui.panels.models.model_model import ModelDetail
from modelyard.ui.panels.models.predict_model import FilePrediction, RowPrediction, fields_of
from tests.ui.test_data_screens import grown
from tests.waiting import until
from tests.workspaces import Shared


def follow(yard, model, condition):
    """Feed a view-model what jobs say until a condition holds, as a session does."""
    seen = 0

    def step():
        nonlocal seen
        events = yard.jobs.events(seen)
        if events:
            seen = events[-1].id
            model.follow(events)
        return condition()

    return until(step, 60)


def upload(yard, name, content):
    with yard.datasets.uploads.receive(name) as (upload_id, file):
        file.write(content)
    return upload_id


@pytest.fixture(scope="module")
def working(template, tmp_path_factory):
    """The template with a worker, for the tests that have jobs done."""
    root = tmp_path_factory.mktemp("working") / "yard"
    shutil.copytree(template, root)
    shared = Shared(root)
    yield shared.yard
    shared.close()


@pytest.fixture
def run_id(ready):
    return ready.experiments.runs().items[0].id


@pytest.fixture
def version(ready):
    return ready.models.get("flights-late").info


class TestImporting:
    def test_a_file_becomes_a_dataset_with_the_suggested_name(self, working):
        done = []
        model = Importing(working, lambda *made: done.append(made))
        model.started("my bank.csv")
        assert model.dataset_name == "my bank"
        model.received(upload(working, "my bank.csv", b"a,b\n1,x\n2,y\n"))
        assert model.busy
        follow(working, model, lambda: done)
        assert (working.datasets.get(done[0][0]).name, done[0][1]) == ("my bank", 1)
        assert (model.job, model.dataset_name, model.problem) == (None, "", None)

    def test_a_name_that_was_typed_stays(self, empty):
        model = Importing(empty, print, dataset_name="typed")
        model.started("file.csv")
        assert model.dataset_name == "typed"

    def test_a_name_that_was_suggested_follows_the_file(self, empty):
        model = Importing(empty, print)
        model.started("first.csv")
        model.failed({"what": "Not a table."})
        model.started("second.csv")
        assert (model.dataset_name, model.problem) == ("second", None)
        model.dataset_name = "typed"
        model.started("third.csv")
        assert model.dataset_name == "typed"

    def test_of_a_known_dataset_it_is_said_what_becomes_of_other_columns(self, empty, tmp_path):
        grown(empty, tmp_path, "a,b\n1,x\n")
        model = Importing(empty, print, dataset_name="pets")
        card = ImportCard(model)
        assert card.contract.visible
        model.contract = "freeze"
        model.received(upload(empty, "pets.csv", b"a\n1\n"))
        assert model.problem is None
        assert empty.jobs.get(model.last_job).params["contract"] == "freeze"
        model.param.update(job=None, dataset_name="others")
        assert not card.contract.visible
        model.received(upload(empty, "others.csv", b"a\n1\n"))
        assert empty.jobs.get(model.last_job).params["contract"] == "evolve"

    def test_a_file_that_lies_says_so_in_the_words_of_the_error(self, working):
        model = Importing(working, print)
        model.received(upload(working, "lie.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20))
        follow(working, model, lambda: model.problem)
        assert model.problem["code"] == "invalid_input"
        assert model.problem["what"]
        assert model.problem["remedy"]
        assert model.problem["where"] == "lie.csv"  # not where it lies on the server
        assert not model.busy

    def test_a_name_that_cannot_be_is_refused_before_anything_runs(self, empty):
        model = Importing(empty, print, dataset_name="a/b")
        model.received(upload(empty, "x.csv", b"a\n1\n"))
        assert "a/b" in model.problem["what"]
        assert empty.jobs.list().total == 0


class TestDatasets:
    def test_the_list_is_paged_searched_and_shortened(self, ready):
        model = DatasetList(ready)
        model.load()
        assert [info.name for info in model.items] == ["flights"]
        model.find("nothing like that")
        assert (model.items, model.total) == ((), 0)
        model.find("")
        model.delete("flights")
        assert model.total == 0

    def test_a_page_past_the_end_is_the_last_one(self, ready):
        model = DatasetList(ready, limit=1)
        model.turn(7)
        assert (model.offset, len(model.items)) == (0, 1)

    def test_a_role_is_kept(self, ready):
        model = DatasetDetail(ready, "flights")
        model.load()
        model.set_role("tailnum", "ignore")
        assert {column.name: column.role for column in ready.datasets.get("flights").columns}["tailnum"] == "ignore"
        model.set_role("tailnum", "nonsense")
        assert "nonsense" in model.problem["what"]

    def test_rows_are_ordered_searched_and_turned_by_the_server(self, ready):
        model = Rows(ready, ready.datasets.get("flights"), limit=10)
        model.load()
        place = model.columns.index("distance")
        model.order("distance", True)
        distances = [row[place] for row in model.items]
        assert distances == sorted(distances, reverse=True)
        model.turn(10)
        assert max(row[place] for row in model.items) <= distances[-1]
        model.find("JFK")
        assert 0 < model.total < 6000
        assert all("JFK" in row for row in model.items)

    def test_what_is_not_there_is_a_problem(self, empty):
        model = DatasetDetail(empty, "absent")
        model.load()
        assert model.dataset is None
        assert model.problem["code"] == "not_found"


class TestNewRun:
    @pytest.fixture
    def model(self, ready):
        model = NewRun(ready)
        model.load()
        return model

    def test_everything_is_suggested(self, model):
        assert (model.dataset_name, model.target) == ("flights", "late")
        assert "2 classes" in model.words
        assert "roc" in next(iter(model.metrics)).lower()
        assert model.code == 'run = yard.experiments.automl("flights", target="late", time_budget="60s")'

    def test_a_guessed_target_says_so_until_one_is_chosen(self, ready, model):
        assert model.guess.startswith("late is suggested")
        model.target = "distance"
        assert model.guess == ""
        ready.datasets.get("flights").set_roles({"late": "target"})
        marked = NewRun(ready)
        marked.load()
        assert (marked.target, marked.guess) == ("late", "")

    def test_a_dataset_that_is_not_there_is_said(self, ready):
        model = NewRun(ready)
        model.load("absent")
        assert "absent" in model.problem["what"]
        assert (model.dataset_name, model.code) == ("", "")

    def test_another_target_is_another_task(self, model):
        model.metric = "roc_auc"
        model.target = "distance"
        assert "number" in model.words
        assert model.metric == "auto"
        assert "RMSE" in model.metrics

    def test_choices_show_in_the_code(self, model):
        model.param.update(exclude=["tailnum"], budget="custom", own_budget="90s", seed=7, estimators=["xgboost"])
        assert model.code == (
            'run = yard.experiments.automl("flights", target="late", time_budget="90s", '
            'estimators=["xgboost"], random_state=7, exclude=["tailnum"])'
        )

    def test_a_column_with_the_role_id_is_left_out(self, ready, model):
        ready.datasets.get("flights").set_roles({"tailnum": "id"})
        model.load("flights")
        model.param.trigger("dataset_name")
        assert "tailnum" in model.left_out
        assert "tailnum" not in model.columns

    @pytest.mark.parametrize(("budget", "words"), [("a while", "cannot be read"), ("1s", "budget")])
    def test_a_budget_that_cannot_be_is_refused_in_words(self, ready, model, budget, words):
        before = ready.experiments.runs().total
        model.param.update(budget="custom", own_budget=budget)
        assert model.start() is None
        assert words in model.problem["what"]
        assert ready.experiments.runs().total == before

    def test_start_makes_a_run_that_can_be_cancelled(self, working):
        model = NewRun(working)
        model.load("flights")
        run_id = model.start()
        detail = RunDetail(working, run_id)
        detail.load()
        assert detail.info.target == "late"
        detail.cancel()
        follow(working, detail, lambda: detail.info.state.ended)
        assert detail.info.state is JobState.CANCELLED


class TestRun:
    def test_progress_needs_no_reading(self, ready, run_id):
        model = RunDetail(ready, run_id)
        model.load()
        assert len(model.board.rows) == len(model.trials)
        assert model.printed == ""
        model.reading = True
        assert "Trial 1" in model.printed

    def test_registering_suggests_the_next_step(self, ready, run_id):
        detail = RunDetail(ready, run_id)
        detail.load()
        model = Registering(ready)
        model.begin(detail.info, detail.board.rows[0].trial.number)
        assert (model.model_name, model.alias) == ("flights-late", "challenger")
        assert model.register(run_id) == "flights-late/2"
        assert ready.models.info("flights-late").alias("challenger") == 2

    def test_a_name_that_cannot_be_is_refused_and_the_question_stays(self, ready, run_id):
        model = Registering(ready)
        detail = RunDetail(ready, run_id)
        detail.load()
        model.begin(detail.info, 1)
        model.model_name = "a/b"
        assert model.register(run_id) is None
        assert "a/b" in model.problem["what"]
        assert model.number == 1
        model.param.update(model_name="fine", alias="cham pion!")
        assert model.register(run_id) is None
        assert "cham pion!" in model.problem["what"]
        assert ready.models.list(search="fine").total == 0


class TestModels:
    def test_aliases_move_and_go(self, ready):
        model = ModelDetail(ready, "flights-late")
        model.open()
        model.new_alias = "best"
        model.give_alias()
        assert [alias.alias for alias in model.info.aliases] == ["best", "champion"]
        assert model.new_alias == ""
        model.remove_alias("best")
        assert [alias.alias for alias in model.info.aliases] == ["champion"]
        model.new_alias = "v3"
        model.give_alias()
        assert "version" in model.alias_problem["what"]
        assert model.problem is None
        model.new_alias = "best"
        model.give_alias()
        assert model.alias_problem is None

    def test_the_form_begins_with_what_matters_most(self, version):
        fields = fields_of(version)
        assert {field.name for field in fields} == {column["name"] for column in version.signature["columns"]}
        shares = [version.importance.get(field.name, 0.0) for field in fields]
        assert shares == sorted(shares, reverse=True)

    def test_a_row_is_predicted_and_a_wrong_value_is_named(self, working, version):
        model = RowPrediction(working, version)
        model.change("carrier", "UA")
        model.predict()
        assert model.busy
        follow(working, model, lambda: not model.busy)
        assert model.problem is None
        assert model.prediction.value in ("yes", "no")
        assert sum(model.prediction.probabilities.values()) == pytest.approx(1.0)
        model.change("distance", "")
        assert (model.values["distance"], model.prediction) == (None, None)
        model.predict()
        follow(working, model, lambda: not model.busy)
        assert model.problem is None
        model.change("distance", "far away")
        assert "far away" in model.wrong["distance"]
        model.predict()
        follow(working, model, lambda: not model.busy)
        assert "far away" in model.problem["what"]
        model.change("distance", "750.5")
        assert (model.values["distance"], model.wrong) == (750.5, {})

    def test_an_answer_to_another_row_is_not_shown(self, working, version):
        model = RowPrediction(working, version)
        model.predict()
        asked = model._handle
        model.change("distance", "100")
        assert not model.busy
        until(lambda: asked.job.state.ended, 60)
        model.follow(working.jobs.events())
        assert model.prediction is None

    def test_a_file_comes_back_with_predictions(self, working, version):
        model = FilePrediction(working, version)
        rows = b"".join(sample("flights").path.read_bytes().splitlines(keepends=True)[:50])
        model.received(upload(working, "new.csv", rows))
        follow(working, model, lambda: model.job.state.ended)
        assert model.problem is None
        assert working.models.prediction_file(model.job.id).is_file()


class TestJobs:
    def test_the_list_leaves_housekeeping_out(self, ready):
        model = JobList(ready)
        model.load()
        assert {job.kind for job in model.items} == {"import", "train"}
        model.only_active = True
        model.load()
        assert model.items == ()

    def test_a_job_that_waits_is_cancelled_at_once(self, empty):
        job = empty.submit("test", "nowhere:nothing", {}, title="Test")
        model = JobDetail(empty, job.id)
        model.load()
        assert model.job.place == 1
        model.cancel()
        assert model.job.state is JobState.CANCELLED

    def test_progress_moves_a_list_without_reading_it_again(self, empty):
        job = empty.submit("test", "nowhere:nothing", {}, title="Test")
        model = JobList(empty)
        model.load()
        before = model.items
        said = [Event(1, job.id, job.created_at, "progress", {"progress": 0.5, "message": "half"})]
        model.follow(said)
        assert (model.items[0].progress, model.items[0].message) == (0.5, "half")
        assert before[0].progress is None
        model.follow([replace(said[0], payload={"progress": 0.6, "message": "more"})])
        assert model.items[0].progress == 0.5  # too soon


class TestHome:
    def test_it_knows_what_comes_next(self, empty, ready):
        first, last = Home(empty), Home(ready)
        first.load()
        last.load()
        assert (first.next_step, last.next_step) == ("import", "use")


def test_notices_are_counted_shown_when_asked_for_and_read(ready):
    model = Notices(ready)
    model.load()
    assert (model.unread, model.items) == (2, ())
    model.open()
    assert [(each.kind, each.unread) for each in model.items] == [("train", True), ("import", True)]
    places = [model.place(each.job_id) for each in model.items]
    assert places == [
        f"?tab=experiments&run={ready.experiments.runs().items[0].id}",
        f"?tab=data&dataset={ready.datasets.get('flights').info.id}",
    ]
    assert model.place("job_x") == "?tab=jobs&job=job_x"
    model.mark_read()
    assert (model.unread, [each.unread for each in model.items]) == (0, [False, False])
