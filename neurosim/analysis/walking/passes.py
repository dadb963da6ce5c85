"""The passes of one step, as equations: forward, the error, backward, and the update."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurosim.analysis.walking.equations import Equation, Formula, Quantity, total
from neurosim.analysis.walking.formulas import (
    delta_of,
    gradient_of,
    output_of,
    part_of,
    slope_of,
    surprise_of,
)
from neurosim.analysis.walking.one_step import steps_down
from neurosim.analysis.walking.symbols import Symbols
from neurosim.costs import CategoricalCrossEntropy
from neurosim.training.rules import PerceptronRule


def equations(symbols: Symbols) -> Iterator[Equation]:
    """Yield all equations of a step, in the order in which one computes by hand."""
    hearing = [unit for unit in symbols.units if not symbols.is_input(unit[0])]
    for unit in symbols.units:
        yield from _forward(symbols, unit)
    yield from _errors(symbols)
    if not symbols.is_one_layer:
        for unit in sorted(hearing, key=lambda unit: -symbols.plan.level[unit[0]]):
            yield from _backward(symbols, unit)
    for unit in hearing:
        for row in unit:
            yield from _update(symbols, row)


class _Page:
    """Where equations are written: a section, and the neuron or layer that they are under."""

    def __init__(self, section: str, group: str = "") -> None:
        self.section, self.group = section, group

    def says(
        self, quantity: str, left: Quantity, formula: Formula = (), figures: Formula = ()
    ) -> Equation:
        """Return an equation."""
        return Equation(
            self.section, quantity, left.of, left.value, left.letter, formula, figures, self.group
        )


# -- forward -----------------------------------------------------------------------------------


def _forward(symbols: Symbols, unit: list[int]) -> Iterator[Equation]:
    page = _Page("Forward", symbols.group(unit[0]))
    if symbols.is_input(unit[0]):
        yield _Page("Forward").says("input", symbols.output(unit[0]))
        return
    for row in unit:
        yield from _net_input(symbols, page, row)
    for row in unit:
        yield _output(symbols, page, unit, row)


def _net_input(symbols: Symbols, page: _Page, row: int) -> Iterator[Equation]:
    terms: list[Quantity] = []
    symbolic: dict[str, None] = {}  # which keeps the order
    for place in symbols.incoming[row]:
        weight, output = symbols.before(place, row), symbols.output(symbols.pre(place))
        product = Quantity("", weight.of, float(symbols.step.products[place]))
        yield page.says("product", product, (weight, " · ", output))
        terms.append(product)
        symbolic[f"Σ w·{output.letter}"] = None
    bias = symbols.bias(row)
    if bias is not None:
        terms.append(bias)
        symbolic["b"] = None
    formula = (" + ".join(symbolic),) if symbolic else ()
    yield page.says("net_input", symbols.net_input(row), formula, total(terms))


def _output(symbols: Symbols, page: _Page, unit: list[int], row: int) -> Equation:
    layer = [symbols.net_input(other) for other in unit]
    formulas = output_of(symbols.activation(row), symbols.net_input(row), layer)
    return page.says("output", symbols.output(row), *formulas)


# -- the error ---------------------------------------------------------------------------------


def _errors(symbols: Symbols) -> Iterator[Equation]:
    page = _Page("Error")
    for row in symbols.plan.output_index.tolist():
        y, o = symbols.target(row), symbols.compared(row)
        yield page.says("error", Quantity("e", y.of, y.value - o.value), (y, " − ", o))
    if not isinstance(symbols.step.rule, PerceptronRule):
        yield from _cost(symbols, page)


def _cost(symbols: Symbols, page: _Page) -> Iterator[Equation]:
    """Yield the parts of the cost, and their sum; of a single part, only that."""
    parts = [_part(symbols, page, list(rows)) for rows in _judged_together(symbols)]
    cost = Quantity("E", (), symbols.step.value)
    if len(parts) == 1:
        yield page.says("cost", cost, parts[0].formula, parts[0].parts)
        return
    yield from parts
    yield page.says("cost", cost, ("Σ E",), total([part.result for part in parts]))


def _judged_together(symbols: Symbols) -> Iterator[tuple[int, ...]]:
    """Yield the rows that have a cost of their own: an output, or a softmax layer of classes."""
    rows = symbols.plan.output_index
    if isinstance(symbols.step.cost, CategoricalCrossEntropy):
        for columns in symbols.plan.output_units:
            yield tuple(rows[list(columns)].tolist())
    else:
        yield from ((row,) for row in rows.tolist())


def _part(symbols: Symbols, page: _Page, rows: list[int]) -> Equation:
    step, cost, first = symbols.step, symbols.step.cost, rows[0]
    targets = [symbols.target(row) for row in rows]
    outputs = [symbols.compared(row) for row in rows]
    if first in step.direct and cost.stable_with is not None:
        net_input = step.state.net_input[rows].T
        value = cost.value_from_net_input(net_input, np.array([[y.value for y in targets]]))
    else:
        value = cost.value([[o.value for o in outputs]], [[y.value for y in targets]])
    if isinstance(cost, CategoricalCrossEntropy):
        left = Quantity("E", (symbols.group(first),), value)
        return page.says("part", left, ("−Σ y · ln(ŷ)",), surprise_of(targets, outputs))
    left = Quantity("E", (symbols.name(first),), value)
    return page.says("part", left, part_of(cost, targets[0], outputs[0]))


# -- backward ----------------------------------------------------------------------------------


def _backward(symbols: Symbols, unit: list[int]) -> Iterator[Equation]:
    page = _Page("Backward", symbols.group(unit[0]))
    activation = symbols.activation(unit[0])
    if not activation.is_differentiable:
        yield page.says("delta", symbols.delta(unit[0]))
        return
    if all(row in symbols.step.direct and not symbols.outgoing[row] for row in unit):
        for row in unit:
            yield page.says("delta", symbols.delta(row), _direct(symbols, row))
        return
    for row in unit:
        yield from _arriving(symbols, page, row)
    deltas = _softmax_deltas if activation.over_layer else _deltas
    yield from deltas(symbols, page, unit)


def _arriving(symbols: Symbols, page: _Page, row: int) -> Iterator[Equation]:
    """Yield ∂E/∂a: what the cost and the neurons that hear this one send back."""
    result, places, own = symbols.arriving(row), symbols.outgoing[row], _from_cost(symbols, row)
    if own and not places:
        yield page.says("output_gradient", result, own)
        return
    sent = [page.says("cost_gradient", symbols.seed(row), own)] if own else []
    sent += [_handed_back(symbols, page, place) for place in places]
    yield from sent
    formula = (*own, " + Σ w·δ" if own else "Σ w·δ") if places else ()
    yield page.says("output_gradient", result, formula, total([one.result for one in sent]))


def _from_cost(symbols: Symbols, row: int) -> Formula:
    """Return ∂E/∂ŷ as far as the output counts in the cost itself; nothing for others."""
    if not symbols.is_output(row) or row in symbols.step.direct:
        return ()
    return gradient_of(symbols.step.cost, symbols.target(row), symbols.output(row))


def _handed_back(symbols: Symbols, page: _Page, place: int) -> Equation:
    post = symbols.post(place)
    weight = symbols.before(place, post)
    product = Quantity("", weight.of, float(symbols.step.handed_back[place]))
    return page.says("handed_back", product, (weight, " · ", symbols.delta(post)))


def _deltas(symbols: Symbols, page: _Page, unit: list[int]) -> Iterator[Equation]:
    for row in unit:
        slope = symbols.slope(row)
        formula = slope_of(symbols.activation(row), symbols.net_input(row), symbols.output(row))
        yield page.says("slope", slope, formula)
        formula = (symbols.arriving(row), " · ", slope, *_beside(symbols, row))
        yield page.says("delta", symbols.delta(row), formula)


def _softmax_deltas(symbols: Symbols, page: _Page, unit: list[int]) -> Iterator[Equation]:
    """Yield the deltas of a softmax layer, which take off the mean of what arrives."""
    pairs = [(symbols.output(row), symbols.arriving(row)) for row in unit]
    terms = [part for a, g in pairs for part in (" + ", a, " · ", g)][1:]
    mean = Quantity("m", (page.group,), sum(a.value * g.value for a, g in pairs))
    a, g = pairs[0]
    yield page.says("mean", mean, (f"Σ {a.letter} · {g.letter}",), tuple(terms))
    for row, (a, g) in zip(unit, pairs, strict=True):
        formula = (a, " · (", g, " − ", mean, ")", *_beside(symbols, row))
        yield page.says("delta", symbols.delta(row), formula)


def _direct(symbols: Symbols, row: int) -> Formula:
    return delta_of(symbols.step.cost, symbols.target(row), symbols.output(row))


def _beside(symbols: Symbols, row: int) -> Formula:
    """Return what the cost adds to a delta directly, if that is its way."""
    if row not in symbols.step.direct:
        return ()
    first, *rest = _direct(symbols, row)
    return (f" + {first}".replace(" + −", " − "), *rest)


# -- the update --------------------------------------------------------------------------------


def _update(symbols: Symbols, row: int) -> Iterator[Equation]:
    page = _Page("Update", symbols.name(row))
    for place in symbols.parameters(row):
        if not symbols.is_one_layer:
            yield page.says(
                "gradient", symbols.gradient(place, row), _gradient(symbols, place, row)
            )
        adjustment = symbols.adjustment(place, row)
        yield page.says("adjustment", adjustment, _adjustment(symbols, place, row))
        formula = (symbols.before(place, row), " + ", adjustment)
        yield page.says("parameter", symbols.after(place, row), formula)


def _gradient(symbols: Symbols, place: int, row: int) -> Formula:
    if symbols.is_bias(place):
        return (symbols.delta(row),)
    return (symbols.output(symbols.pre(place)), " · ", symbols.delta(row))


def _adjustment(symbols: Symbols, place: int, row: int) -> Formula:
    rule = symbols.step.rule
    if not steps_down(rule):
        name, w = type(rule).__name__, symbols.before(place, row)
        return (f"{name}(", w, ", ", symbols.gradient(place, row), ")")
    eta = Quantity("η", (), symbols.step.learning_rate)
    if not symbols.is_one_layer:
        return ("−", eta, " · ", symbols.gradient(place, row))
    error = (eta, " · (", symbols.target(row), " − ", symbols.compared(row), ")")
    if symbols.is_bias(place):
        return error
    return (*error, " · ", symbols.output(symbols.pre(place)))
