"""Evidently's drift report of two windows, made in a process of its own.

As `python -m services.report.drift_job IN OUT MOST_BYTES`.

Evidently takes seconds and hundreds of megabytes to be imported, so nothing else of fmwatch imports it, or
this. IN is a Parquet file of `store.compared.sample`; OUT is a folder, which gets `report.html` and
`found.json`. Each line of stdout says what is done next.

Two traps are avoided (Evidently 0.7.23). Its page writes values into a script as they are: `</script>` in a
model's name would end it, so names come in without angle brackets. Its metric for embeddings draws a t-SNE,
which takes minutes: the method behind it is called alone.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from pathlib import Path
from typing import Any

from services.alerter.receivers.text import bare
from store.compared import NUMBERS, WORDS

LEAST = 30  # values of a column in each window
ENOUGH = 1000  # values in each window, from which on a distance says more than a p-value
DISTANCE = 0.1
LEVEL = 0.05  # shared by all columns that are tested by p-values
MOST_WORDS = 12  # values of a column that keep their name
LONGEST_WORD = 60
CHI_SQUARE = "homogeneity"  # our own, below
REST, NONE = "(others)", "(none)"
LEAST_TEXTS = 200
MOST_TEXTS = 2000  # of each window, whose place is looked at
CERTAIN = 0.99  # share of random splits that texts must be told apart better than

Frame = Any  # pandas is as absent as Evidently where the extra is


def main(source: Path, out: Path, most_bytes: int) -> None:
    """Write what Evidently says of two windows."""
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    os.environ["DO_NOT_TRACK"] = "1"
    _say("loading Evidently")
    import pandas as pd  # noqa: PLC0415 - an extra
    from evidently import DataDefinition, Dataset, Report  # noqa: PLC0415 - same
    from evidently.presets import DataDriftPreset  # noqa: PLC0415 - same

    now, before = windows(pd.read_parquet(source))
    embedded = [frame.pop("embedding") for frame in (now, before)]
    left_out = {name: why for name in now.columns if (why := unfit(now[name], before[name]))}
    now, before = (frame.drop(columns=list(left_out)) for frame in (now, before))
    _register()
    _say(f"comparing {len(now.columns)} columns of {len(now)} and {len(before)} calls")
    found: dict[str, Any] = {"n": len(now), "before_n": len(before), "columns": [], "left_out": left_out}
    if len(now.columns):
        numbers, words = ([name for name in now.columns if name in kind] for kind in (NUMBERS, WORDS))
        definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)
        methods, limits = chosen(now, before)
        preset = DataDriftPreset(per_column_method=methods, per_column_threshold=limits)
        sides = (Dataset.from_pandas(frame, data_definition=definition) for frame in (now, before))
        snapshot = Report([preset], include_tests=False).run(*sides)
        found["columns"] = columns(snapshot.dict()["metrics"], methods)
        scored = {one["name"] for one in found["columns"]}
        left_out |= {name: "it has no score" for name in now.columns if name not in scored}
        _say("writing Evidently's page")
        snapshot.save_html(str(out / "report.html"))
    _say("comparing where questions lie")
    found["texts"] = texts(*embedded)
    (out / "found.json").write_text(json.dumps(found), encoding="utf-8")


def windows(frame: Frame) -> tuple[Frame, Frame]:
    """Return the calls of both windows, words made harmless, and rare ones one."""
    for name in WORDS:
        clean = frame[name].map(_clean)
        named = clean.value_counts().index[:MOST_WORDS]
        frame[name] = clean.where(clean.isin(named), REST)
    for name in NUMBERS:
        frame[name] = frame[name].astype("float64")
    recent = frame.pop("now").astype(bool)
    return frame[recent].copy(), frame[~recent].copy()


def unfit(now: Frame, before: Frame) -> str:
    """Return why a column cannot be compared, "" where it can."""
    least = min(now.count(), before.count())
    if least < LEAST:
        return f"{least} values in one of the windows, {LEAST} are needed"
    values = {*now.dropna().unique(), *before.dropna().unique()}
    return "" if len(values) > 1 else "the same everywhere"


def chosen(now: Frame, before: Frame) -> tuple[dict[str, str], dict[str, float]]:
    """Return the method and the limit of each column.

    Of many values, how far distributions lie apart; of few, where chance alone moves them, a p-value. (By
    itself Evidently looks at the reference's size alone, and tests each of many columns at 5 %.)
    """
    methods, limits = {}, {}
    for name in now.columns:
        many = min(now[name].count(), before[name].count()) >= ENOUGH
        number = name in NUMBERS
        far, by_chance = ("wasserstein", "ks") if number else ("jensenshannon", CHI_SQUARE)
        methods[name] = far if many else by_chance
        limits[name] = DISTANCE if many else LEVEL / len(now.columns)
    return methods, limits


def _register() -> None:
    """Give Evidently the test of words in two samples (Pearson's chi-square of homogeneity).

    Its own chi-square takes the reference for the truth; its test by permutations takes half a minute.
    """
    import pandas as pd  # noqa: PLC0415 - an extra
    from evidently.legacy.calculations.stattests import StatTest, register_stattest  # noqa: PLC0415 - same
    from evidently.legacy.core import ColumnType  # noqa: PLC0415 - same
    from scipy.stats import chi2_contingency  # noqa: PLC0415 - comes with it

    def p_value(reference: Frame, current: Frame, _: object, threshold: float) -> tuple[float, bool]:
        counts = pd.concat([reference.value_counts(), current.value_counts()], axis=1).fillna(0)
        found = float(chi2_contingency(counts.to_numpy().T, correction=False).pvalue)
        return found, found < threshold

    test = StatTest(CHI_SQUARE, "chi-square, two samples p_value", [ColumnType.Categorical], LEVEL)
    register_stattest(test, p_value)


def columns(metrics: list[dict[str, Any]], methods: dict[str, str]) -> list[dict[str, Any]]:
    """Return what was found of each column that has a score."""
    found = []
    for metric in metrics:
        name = metric["config"].get("column")
        if name is None:
            continue
        score, limit = float(metric["value"]), float(metric["config"]["threshold"])
        if not math.isfinite(score):
            continue
        by_chance = methods[name] in {"ks", CHI_SQUARE}
        found.append(
            {
                "name": name,
                "method": "p-value" if by_chance else "distance",
                "test": metric["config"]["method"],
                "score": score,
                "limit": limit,
                "drifted": score < limit if by_chance else score >= limit,
            }
        )
    return found


def texts(now: Frame, before: Frame) -> dict[str, Any] | None:
    """Return whether a classifier tells questions of both windows apart by their place; None of too few."""
    import numpy as np  # noqa: PLC0415 - with pandas
    import pandas as pd  # noqa: PLC0415 - an extra
    from evidently.legacy.metrics.data_drift.embedding_drift_methods import (  # noqa: PLC0415 - same
        ModelDriftMethod,
    )

    # The same text in both halves of the classifier's data would be known to it by heart.
    own = [column[column.map(len) > 0].drop_duplicates()[:MOST_TEXTS] for column in (now, before)]
    if min(map(len, own)) < LEAST_TEXTS:
        return None
    places = [np.stack([np.frombuffer(one, dtype=np.int8) for one in column]) for column in own]
    frames = [pd.DataFrame(place.astype("float32") / 127) for place in places]
    score, apart, _ = ModelDriftMethod(bootstrap=True, quantile_probability=CERTAIN)(*frames)
    return {"auc": float(score), "drifted": bool(apart), "n": len(frames[0]), "before_n": len(frames[1])}


def _clean(word: object) -> str:
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
    return bare(text, LONGEST_WORD) or NONE


def _say(stage: str) -> None:
    sys.stdout.write(stage + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
