"""Train the model of made-up names: `python -m dnsguard.models.train --data DIR`.

DIR has dga.tsv.gz (family, name) and benign_domains.tsv.gz (name, lists). Writes generated.bin and generated.json, what
it reaches, beside this file. The same data and seed make the same bytes on one machine. Needs numpy, scipy, lightgbm:
15 minutes on one core, 3 GB. Families are split, not names: what is said of a family comes from models that have not
met it.
"""

import argparse
import gzip
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dnsguard.models import corpus, fit, generated, shapes
from dnsguard.models.corpus import Benign, Name
from dnsguard.models.generated import Generated, Language
from dnsguard.models.trees import Trees
from dnsguard.models.words import Words

SEED: Final = 20261124
FOLDS: Final = 4
PER_FAMILY: Final = 2000
"""Names of one generator; more of the same say little more."""
LEXICON: Final = 20000
SHAPES: Final = 240
SHAPE_WEIGHT: Final = 0.4
"""What a made-up generator weighs beside a real one."""
BENIGN_TREES: Final = 110000
FPRS: Final = (1e-4, 1e-3, 1e-2)
PARAMETERS: Final = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.08,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "seed": SEED,
}
ROUNDS: Final = 200
_log: Final = logging.getLogger("dnsguard.models.train")

Families = Mapping[str, Sequence[Name]]


@dataclass(frozen=True)
class Stage:
    """A first stage: what `Generated` has of it."""

    grams: bytes
    lengths: list[float]
    suffixes: dict[str, float]
    unheard: float

    def rows(self, language: Any, names: Sequence[Name]) -> Any:
        """Full vectors, from those of the language alone."""
        import numpy as np  # noqa: PLC0415

        blank = Generated(
            Language(Words({}, 1.0), b"", b"", {}, 0.0),
            self.grams,
            self.lengths,
            self.suffixes,
            self.unheard,
            Trees([], [], [], [], []),
            [],
            [],
            [],
        )
        added = [blank.added(name.label, name.suffix) for name in names]
        return np.hstack([language, np.array(added).reshape(len(names), 3)])


@dataclass(frozen=True)
class Material:
    """Names, and what the language says of them."""

    names: Mapping[str, Sequence[Name]]
    rows: Mapping[str, Any]


class Training:
    """All steps, with what they share."""

    def __init__(self, benign: Benign, families: Families, seed: int = SEED) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same each time is the point
        self.benign = benign
        sampled = {
            name: self.dice.sample(list(names), PER_FAMILY) if len(names) > PER_FAMILY else list(names)
            for name, names in families.items()
        }
        spoken = [*benign.grams, *benign.noisy]
        costs, unknown = fit.lexicon(spoken[::2], LEXICON)
        _log.info("%d words", len(costs))
        rarities, rarity = fit.suffix_rarities(spoken)
        self.language = Language(Words(costs, unknown), fit.spoken(spoken), fit.seen(spoken), rarities, rarity)
        made = shapes.generators(seed, [word for word in costs if len(word) > 3], SHAPES, 300)
        self.families = Material(sampled, {name: self.vectors(names) for name, names in sampled.items()})
        self.shapes = Material(made, {name: self.vectors(names) for name, names in made.items()})
        self.trees = self.dice.sample(benign.trees, min(BENIGN_TREES, len(benign.trees)))
        self.tree_rows = self.vectors(self.trees)
        self.test_rows = self.vectors(benign.test)
        _log.info("vectors of %d families and %d benign names", len(sampled), len(self.trees) + len(benign.test))

    def vectors(self, names: Sequence[Name]) -> Any:
        """What the language says of names, a row each."""
        import numpy as np  # noqa: PLC0415

        return np.array([self.language.vector(name.label, name.suffix) for name in names])

    def stage(self, real: Sequence[str], made: Sequence[str]) -> Stage:
        """Train a first stage on some families and shapes, each weighing alike."""
        import numpy as np  # noqa: PLC0415

        benign = [*self.benign.grams, *self.benign.noisy[:: max(1, len(self.benign.noisy) // 50000)]]
        weights = [1.0] * len(self.benign.grams)
        weights += [0.5] * (len(benign) - len(weights))
        mass = sum(weights) * 0.6
        groups = [(self.families.names[name], 1.0) for name in real]
        groups += [(self.shapes.names[name], SHAPE_WEIGHT) for name in made]
        whole = sum(weight for _, weight in groups)
        rows = list(benign)
        for names, weight in groups:
            part = names[:600]
            rows += part
            # a handful of names is no family's worth of evidence
            weights += [mass * weight / whole * min(1.0, len(part) / 200) / len(part)] * len(part)
        target = np.zeros(len(rows))
        target[len(benign) :] = 1
        grams, lengths = fit.baked(fit.logistic(rows, target, np.array(weights)))
        suffixes, unheard = fit.suffix_weights(benign, [names for names, _ in groups])
        return Stage(grams, [round(length, 3) for length in lengths], suffixes, unheard)

    def fitted(self, real: Sequence[str], made: Sequence[str]) -> tuple[Stage, Any]:
        """Train both stages; the trees see first stages that have not met the names they judge."""
        import lightgbm  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        halves = [self.stage(real[at::2], made[at::2]) for at in (0, 1)]
        rows, weights, target = [], [], []
        for material, names, weight in ((self.families, real, 1.0), (self.shapes, made, SHAPE_WEIGHT)):
            for index, name in enumerate(names):
                own = material.names[name]
                rows.append(halves[1 - index % 2].rows(material.rows[name], own))
                weights.append(np.full(len(own), weight * min(1.0, len(own) / 100) / len(own)))
                target.append(np.ones(len(own)))
        mass = sum(float(each.sum()) for each in weights)
        middle = len(self.trees) // 2
        for half, cut in zip(halves, (slice(0, middle), slice(middle, None)), strict=True):
            own = self.trees[cut]
            rows.append(half.rows(self.tree_rows[cut], own))
            weights.append(np.full(len(own), mass / len(self.trees)))
            target.append(np.zeros(len(own)))
        weight = np.concatenate(weights)
        data = lightgbm.Dataset(np.vstack(rows), np.concatenate(target), weight=weight / weight.mean())
        trees = lightgbm.train(PARAMETERS, data, ROUNDS)
        return self.stage(real, made), trees


def flattened(booster: Any) -> dict[str, list[Any]]:
    """Flatten lightgbm's trees to the arrays of `Trees`."""
    features: list[int] = []
    values: list[float] = []
    lefts: list[int] = []
    rights: list[int] = []

    def add(node: Mapping[str, Any]) -> int:
        at = len(features)
        leaf = "leaf_value" in node
        features.append(-1 if leaf else node["split_feature"])
        values.append(node["leaf_value"] if leaf else node["threshold"])
        lefts.append(0)
        rights.append(0)
        if not leaf:
            lefts[at], rights[at] = add(node["left_child"]), add(node["right_child"])
        return at

    roots = [add(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    values = [float(f"{value:.7g}") for value in values]
    return {"features": features, "values": values, "lefts": lefts, "rights": rights, "roots": roots}


def found(benign: Any, family: Any) -> list[float]:
    """Shares of a family found at each false-positive rate."""
    import numpy as np  # noqa: PLC0415

    falling = np.sort(benign)[::-1]
    return [round(float((family > falling[int(rate * len(falling))]).mean()), 4) for rate in FPRS]


def _lines(family: str, names: Sequence[Name], margins: Any) -> list[str]:
    return [
        f"{family}\t{name.label}.{name.suffix}\t{margin:.4f}\n" for name, margin in zip(names, margins, strict=True)
    ]


def run(data: Path, out: Path, held_out: Path | None) -> None:
    """Train, measure, write; `held_out` gets the margins that `tests.eval.made_up` reads."""
    import numpy as np  # noqa: PLC0415

    training = Training(corpus.benign(data), corpus.families(data))
    order = sorted(training.families.names)
    training.dice.shuffle(order)
    made = sorted(training.shapes.names)
    results: dict[str, dict[str, Any]] = {}
    benign, families = [], []
    lines: list[str] = []
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        stage, trees = training.fitted([name for name in order if name not in held], made)
        rows = stage.rows(training.test_rows, training.benign.test)
        margins = trees.predict(rows, raw_score=True)
        benign.append(margins)
        for name in held:
            own = stage.rows(training.families.rows[name], training.families.names[name])
            theirs = trees.predict(own, raw_score=True)
            families.append(theirs)
            lines += _lines(name, training.families.names[name], theirs)
            results[name] = {
                "names": len(own),
                "first": found(rows[:, -3] + rows[:, -1], own[:, -3] + own[:, -1]),
                "both": found(margins, theirs),
            }
        _log.info("fold %d done", fold)
    stage, trees = training.fitted(order, made)
    margins = trees.predict(stage.rows(training.test_rows, training.benign.test), raw_score=True)
    if held_out is not None:
        lines += _lines("", training.benign.test, np.mean(benign, axis=0))
        with gzip.open(held_out, "wt", encoding="utf-8") as file:
            file.writelines(lines)
    # the final model meets all families, so only benign margins are its own; odds are those of families not met
    scale, bits, odds = fit.curves(np.concatenate([*benign, margins]), families)
    language = training.language
    head = {
        "words": language.words.costs,
        "unknown": language.words.unknown,
        "rarities": language.rarities,
        "rarity": language.unheard,
        "lengths": stage.lengths,
        "suffixes": stage.suffixes,
        "suffix": stage.unheard,
        "trees": flattened(trees),
        "scale": scale,
        "bits": bits,
        "odds": odds,
    }
    (out / "generated.bin").write_bytes(generated.pack(head, [stage.grams, language.spoken, language.seen]))
    macro = {
        kind: [round(float(np.mean([result[kind][at] for result in results.values()])), 4) for at in range(len(FPRS))]
        for kind in ("first", "both")
    }
    gain = sorted(zip(trees.feature_importance("gain"), generated.NAMES, strict=True), reverse=True)
    report = {
        "fprs": FPRS,
        "macro": macro,
        "families": dict(sorted(results.items())),
        "benign_test": len(training.benign.test),
        "gain": {name: round(float(value)) for value, name in gain},
    }
    (out / "generated.json").write_text(json.dumps(report, indent=1) + "\n")
    _log.info("macro %s", macro)


def main() -> None:
    """Read the arguments, and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--held-out", type=Path, help="file for the margins of names by models that have not met them")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    run(args.data, args.out, args.held_out)


if __name__ == "__main__":
    main()
