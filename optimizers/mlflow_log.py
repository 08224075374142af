"""A comparison in an MLflow tracking store: a run for the comparison, and one inside it for each search."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..programs.errors import InputError
from .compare import MethodComparison
from .compare_rows import dimension_means


def check_mlflow() -> None:
    """Raise InputError where MLflow is not installed; it takes seconds to load, so it is only looked for."""
    if find_spec("mlflow") is None:
        raise InputError("mlflow: the package is not installed; pip install 'studysmith[mlflow]'")


def log_comparison(comparison: MethodComparison, folder: Path, uri: str) -> None:
    """Log the arms of a comparison, and its files, to the experiment that has the task's name.

    uri: as MLflow takes it; a path is a local file store. Raises InputError when the store cannot be used.
    """
    check_mlflow()
    # MLflow opens a file store only for those who say that they want one, and whoever names a folder has said so. It
    # is the one local store that the skinny package has.
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        _log(comparison, folder, MlflowClient(tracking_uri=uri if "://" in uri else Path(uri).resolve().as_uri()))
    except (MlflowException, OSError) as error:
        raise InputError(f"mlflow: {uri} cannot be logged to: {error}") from None


def _log(comparison: MethodComparison, folder: Path, client: Any) -> None:
    known = client.get_experiment_by_name(f"studysmith/{comparison.task}")
    experiment = known.experiment_id if known else client.create_experiment(f"studysmith/{comparison.task}")
    whole = client.create_run(experiment, run_name="compare").info.run_id
    for file in ("report.html", "compare.json"):
        client.log_artifact(whole, str(folder / file))
    for row in comparison.rows:
        for name in comparison.arms[row.method]:
            run = client.create_run(experiment, run_name=name, tags={"mlflow.parentRunId": whole}).info.run_id
            search = comparison.searches[name]
            for key, value in {
                "arm": row.method,
                "seed": search.seed,
                "task": comparison.task,
                "model": comparison.model,
                "budget": search.budget,
                "confirmed": search.confirmed,
                "machine": search.ledger.machine,
            }.items():
                client.log_param(run, key, value)
            scores = [result.score for result in comparison.results[name]]
            client.log_metric(run, "overall", sum(scores) / len(scores))
            for key, count in search.ledger.model_dump(exclude={"machine"}).items():
                client.log_metric(run, key, count)
            for key, mean in dimension_means(comparison.results[name]).items():
                client.log_metric(run, f"dimension.{key}", mean)
            for point in search.curve:
                client.log_metric(run, "best", point.score, step=point.lm_calls)
            client.set_terminated(run)
    client.set_terminated(whole)
