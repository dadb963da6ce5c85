"""One comparison, in this process: ``python -m benchmarks.peers.one NAME`` prints it as JSON."""

from __future__ import annotations

import argparse
import json
from importlib.util import find_spec
from typing import Any

from benchmarks.peers import environment, growth, limits
from benchmarks.peers.catalogue import COMPARISONS
from benchmarks.peers.timing import QUICK, Budget, measure


def result(name: str, *, quick: bool) -> dict[str, Any]:
    """Measure a comparison, the limits, or the growth of one kind of network."""
    if name == "limits":
        return {
            "machine": environment.machine(),
            "versions": environment.versions(),
            "limits": limits.limits(),
        }
    if name in growth.KINDS:
        return growth.grow(name, sizes=growth.SIZES[:3] if quick else growth.SIZES)
    comparison = COMPARISONS[name]
    if find_spec(comparison.package) is None:
        return {"missing": comparison.package}
    return measure(comparison.build(), QUICK if quick else Budget())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    print(json.dumps(result(asked.name, quick=asked.quick)))
