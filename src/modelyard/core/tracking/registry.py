"""The registry: models, their versions, and the aliases that point to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from modelyard.core.common.errors import Conflict, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.tracking.names import check_alias, check_model_name, parse_model_ref
from modelyard.core.tracking.reading import MAX_PAGE, dataset_columns, dataset_ref, model_version_info
from modelyard.core.tracking.reading import select_model_versions as select_versions
from modelyard.core.tracking.store import Store
from modelyard.core.tracking.tables import model_aliases, model_versions, models, runs, trials
from modelyard.core.tracking.types import AliasInfo, ModelInfo, ModelVersionInfo


class ModelRegistry(Store):
    """Registered models in the database."""

    def register(
        self,
        name: str,
        trial_id: str,
        *,
        signature: Json | None = None,
        actor: str,
        alias: str | None = None,
        description: str = "",
    ) -> ModelVersionInfo:
        """Make the model of a trial the next version of a registered model, which is made on first use.

        Scores, importance and the dataset version are copied, so that the version tells them whatever becomes of the
        run. All of it, and the alias, is one transaction.

        Parameters
        ----------
        signature : dict, optional
            What the model takes and gives, as of ``Signature.to_json``; that of the trial's run by default.
        alias : str, optional
            That points to the new version from now on.
        description : str
            Of the version.

        Raises
        ------
        InvalidInput
            If `name` or `alias` cannot be used.
        NotFound
            If there is no such trial.
        Conflict
            If the trial kept no model.
        """
        check_model_name(name)
        if alias is not None:
            check_alias(alias)
        now = self.clock.now()
        with self.database.write() as connection:
            trial = _trial_to_register(connection, trial_id)
            model_id = self._model_id(connection, name, actor)
            last = select(func.coalesce(func.max(model_versions.c.number), 0)).where(
                model_versions.c.model_id == model_id
            )
            number = connection.execute(last).scalar_one() + 1
            connection.execute(
                insert(model_versions).values(
                    id=new_id("mver"),
                    model_id=model_id,
                    number=number,
                    run_id=trial.run_id,
                    trial_id=trial.id,
                    model_key=trial.model_key,
                    estimator=trial.estimator,
                    title=trial.title,
                    signature=trial.signature or {} if signature is None else signature,
                    metric=trial.metric,
                    greater_is_better=trial.greater_is_better,
                    score=trial.score,
                    score_std=trial.score_std,
                    metrics=trial.metrics,
                    importance=trial.importance,
                    task=trial.task,
                    target=trial.target,
                    description=description,
                    created_at=now,
                    created_by=actor,
                    **dataset_columns(dataset_ref(trial)),
                )
            )
            if alias is not None:
                self._point(connection, model_id, alias, number, actor)
        return self.model_version(f"{name}/{number}")

    def model(self, name: str) -> ModelInfo:
        """Return the registered model, or raise `NotFound`."""
        with self.database.read() as connection:
            row = _model_row(connection, name)
            return _model_infos(connection, [row])[0]

    def models_page(self, offset: int = 0, limit: int = 50, search: str = "") -> tuple[list[ModelInfo], int]:
        """Return registered models, newest first, and how many there are in all.

        Parameters
        ----------
        search : str
            Part of the name.
        """
        text = search.strip()
        where = [models.c.name.icontains(text, autoescape=True)] if text else []
        query = select(models).where(*where).order_by(models.c.id.desc()).offset(offset).limit(min(limit, MAX_PAGE))
        with self.database.read() as connection:
            total = connection.execute(select(func.count()).select_from(models).where(*where)).scalar_one()
            return _model_infos(connection, connection.execute(query).all()), total

    def model_version(self, ref: str) -> ModelVersionInfo:
        """Return a version.

        Parameters
        ----------
        ref : str
            ``name`` for the newest, ``name@alias`` or ``name/3``.

        Raises
        ------
        InvalidInput
            If `ref` is none of these.
        NotFound
            If there is no such model, alias or version; the error lists those that there are.
        """
        wanted = parse_model_ref(ref)
        with self.database.read() as connection:
            model_id = _model_row(connection, wanted.name).id
            number = wanted.number
            if wanted.alias is not None:
                number = _number_of(connection, model_id, wanted.alias, wanted.name)
            mine = select_versions().where(model_versions.c.model_id == model_id)
            if number is None:
                row = connection.execute(mine.order_by(model_versions.c.number.desc()).limit(1)).one()
            else:
                found = connection.execute(mine.where(model_versions.c.number == number)).first()
                if found is None:
                    raise _no_version(connection, model_id, wanted.name, number)
                row = found
            return _version_infos(connection, [row])[0]

    def model_versions(self, name: str, offset: int = 0, limit: int = 50) -> tuple[list[ModelVersionInfo], int]:
        """Return the versions of a model, newest first, and how many there are in all."""
        with self.database.read() as connection:
            mine = model_versions.c.model_id == _model_row(connection, name).id
            total = connection.execute(select(func.count()).select_from(model_versions).where(mine)).scalar_one()
            query = select_versions().where(mine).order_by(model_versions.c.number.desc())
            rows = connection.execute(query.offset(offset).limit(min(limit, MAX_PAGE))).all()
            return _version_infos(connection, rows), total

    def set_alias(self, name: str, alias: str, version: int, *, actor: str) -> ModelVersionInfo:
        """Point an alias to a version; if it pointed to another one it is moved, in one transaction.

        Raises
        ------
        InvalidInput
            If it cannot be an alias.
        NotFound
            If there is no such model or version.
        """
        check_alias(alias)
        with self.database.write() as connection:
            model_id = _model_row(connection, name).id
            there = (model_versions.c.model_id == model_id) & (model_versions.c.number == version)
            if connection.execute(select(model_versions.c.id).where(there)).first() is None:
                raise _no_version(connection, model_id, name, version)
            self._point(connection, model_id, alias, version, actor)
        return self.model_version(f"{name}/{version}")

    def delete_alias(self, name: str, alias: str, *, actor: str) -> None:
        """Take an alias away from a model; the version stays.

        Raises
        ------
        NotFound
            If there is no such model, or nothing has the alias.
        """
        with self.database.write() as connection:
            model_id = _model_row(connection, name).id
            _number_of(connection, model_id, alias, name)
            this = (model_aliases.c.model_id == model_id) & (model_aliases.c.alias == alias)
            connection.execute(delete(model_aliases).where(this))
            _touch(connection, model_id)

    def describe_model(self, name: str, description: str, *, actor: str) -> ModelInfo:
        """Say what a model is for."""
        with self.database.write() as connection:
            model_id = _model_row(connection, name).id
            connection.execute(update(models).where(models.c.id == model_id).values(description=description))
            _touch(connection, model_id)
        return self.model(name)

    def _model_id(self, connection: Connection, name: str, actor: str) -> str:
        found = connection.execute(select(models.c.id).where(models.c.name == name).with_for_update()).scalar()
        if found is not None:
            return str(found)
        model_id = new_id("model")
        connection.execute(
            insert(models).values(id=model_id, name=name, description="", created_at=self.clock.now(), created_by=actor)
        )
        return model_id

    def _point(self, connection: Connection, model_id: str, alias: str, number: int, actor: str) -> None:
        this = (model_aliases.c.model_id == model_id) & (model_aliases.c.alias == alias)
        connection.execute(delete(model_aliases).where(this))
        connection.execute(
            insert(model_aliases).values(
                model_id=model_id, alias=alias, version_number=number, set_at=self.clock.now(), set_by=actor
            )
        )
        _touch(connection, model_id)


def _trial_to_register(connection: Connection, trial_id: str) -> Row[tuple[object, ...]]:
    """Return the trial with what its run knows, if it can be registered."""
    trial = connection.execute(
        select(
            trials,
            runs.c.signature,
            runs.c.metric,
            runs.c.greater_is_better,
            runs.c.task,
            runs.c.target,
            runs.c.dataset_id,
            runs.c.dataset_name,
            runs.c.dataset_version_id,
            runs.c.dataset_version_number,
            runs.c.dataset_version_hash,
        )
        .join(runs, runs.c.id == trials.c.run_id)
        .where(trials.c.id == trial_id)
    ).first()
    if trial is None:
        raise NotFound(f"There is no trial {trial_id!r}.")
    if trial.model_key is None:
        kept = select(trials.c.number).where(trials.c.run_id == trial.run_id, trials.c.model_key.is_not(None))
        numbers = connection.execute(kept.order_by(trials.c.number)).scalars().all()
        raise Conflict(
            f"Trial {trial.number} ({trial.title}) has no stored model, so it cannot be registered.",
            possible=[f"trial {number}" for number in numbers] or None,
            remedy="Register a trial that has one." if numbers else "Train again and wait until a trial has finished.",
        )
    return trial


def _touch(connection: Connection, model_id: str) -> None:
    connection.execute(update(models).where(models.c.id == model_id).values(revision=models.c.revision + 1))


def _model_row(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    row = connection.execute(select(models).where(models.c.name == name)).first()
    if row is None:
        newest = select(models.c.name).order_by(models.c.id.desc()).limit(MAX_PAGE)
        raise NotFound.named("model", name, connection.execute(newest).scalars())
    return row


def _number_of(connection: Connection, model_id: str, alias: str, name: str) -> int:
    mine = select(model_aliases.c.alias, model_aliases.c.version_number).where(model_aliases.c.model_id == model_id)
    known: dict[str, int] = {row.alias: row.version_number for row in connection.execute(mine)}
    if alias not in known:
        raise NotFound(
            f"The model {name!r} has no alias {alias!r}.",
            possible=sorted(known) or None,
            remedy=None if known else "It has no alias yet.",
        )
    return known[alias]


def _no_version(connection: Connection, model_id: str, name: str, number: int) -> NotFound:
    mine = select(model_versions.c.number).where(model_versions.c.model_id == model_id)
    numbers = connection.execute(mine.order_by(model_versions.c.number.desc())).scalars()
    return NotFound(f"The model {name!r} has no version {number}.", possible=numbers)


def _aliases(connection: Connection, model_ids: Iterable[str]) -> dict[str, list[AliasInfo]]:
    query = select(model_aliases).where(model_aliases.c.model_id.in_(set(model_ids))).order_by(model_aliases.c.alias)
    found: dict[str, list[AliasInfo]] = {}
    for row in connection.execute(query):
        alias = AliasInfo(row.alias, row.version_number, row.set_at, row.set_by)
        found.setdefault(row.model_id, []).append(alias)
    return found


def _version_infos(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> list[ModelVersionInfo]:
    aliases = _aliases(connection, [row.model_id for row in rows])
    return [
        model_version_info(row, tuple(a.alias for a in aliases.get(row.model_id, []) if a.version_number == row.number))
        for row in rows
    ]


def _model_infos(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> list[ModelInfo]:
    ids = [row.id for row in rows]
    newest = select(model_versions.c.model_id, func.max(model_versions.c.number).label("number"))
    newest_of = newest.where(model_versions.c.model_id.in_(ids)).group_by(model_versions.c.model_id).subquery()
    same = (newest_of.c.model_id == model_versions.c.model_id) & (newest_of.c.number == model_versions.c.number)
    latest = {
        info.model_id: info
        for info in _version_infos(connection, connection.execute(select_versions().join(newest_of, same)).all())
    }
    aliases = _aliases(connection, ids)
    return [
        ModelInfo(
            id=row.id,
            name=row.name,
            description=row.description,
            aliases=tuple(aliases.get(row.id, [])),
            n_versions=latest[row.id].number,
            latest=latest[row.id],
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in rows
    ]
