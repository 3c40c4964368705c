"""How often `tune` calls a loss shown that is not within the budget, and how often it shows a small one.

    .venv/bin/python bench/decision.py [--pairs 2000] [--tools build/tests/tools]

Right and wrong samples (accuracy): the probability over all results that an evaluation can have, computed exactly. The
true loss is the budget itself. Besides the exact bound, the same for Tango's bound alone.

Other figures (F1 of chunks, of a rare class, of words): --pairs simulated evaluations of two models whose loss over a
population of 60,000 samples is known. The budget is this loss.

Prints the tables of docs/measuring.md. Exit status 1: a rate is above 5 %, or for simulated pairs above 5 % by more
than three standard errors.
"""

import argparse
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "oracle"))

from simulated_pairs import POPULATIONS, Decisions, population_with_loss, share_shown, share_shown_exactly  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "tests" / "tools")
    parser.add_argument("--only", choices=["right-wrong", "other"])
    arguments = parser.parse_args()
    bad = 0
    with Decisions(arguments.tools) as decisions:
        if arguments.only != "other":
            print("samples  budget  gained   exact   Tango   shown where the loss is 0 | half the budget")
            for samples in (200, 436, 1000, 2000):
                for budget in (0.01, 0.02):
                    for gained in (0, 0.002, 0.01, 0.04):
                        exact, tango = (share_shown_exactly(decisions, samples, budget, budget, gained, which)
                                        for which in ("exact", "score"))
                        none = share_shown_exactly(decisions, samples, budget, 0, gained)
                        half = share_shown_exactly(decisions, samples, budget, budget / 2, gained)
                        bad += exact > 0.05
                        print(f"{samples:7}  {budget:6}  {gained:6}  {exact:6.4f}  {tango:6.4f}  {none:6.3f} | {half:6.3f}",
                              flush=True)
        if arguments.only != "right-wrong":
            most = 0.05 + 3 * math.sqrt(0.05 * 0.95 / arguments.pairs)
            print("figure                  samples  loss     shown")
            for number, name in enumerate(POPULATIONS):
                for samples, wanted in ((200, 0.02), (436, 0.01), (1600, 0.005), (1600, 0.02)):
                    population, loss = population_with_loss(name, wanted, 11 + number)
                    rate = share_shown(decisions, population, loss, samples, arguments.pairs, 100 + number)
                    bad += rate > most
                    print(f"{name:22}  {samples:7}  {loss:.4f}  {rate:.4f}", flush=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
