"""The way of dense layers: each thread computes its share of every layer, for a whole batch.

Activity is (n_examples, n_columns). The neurons of a level stand side by side, each level from a
column that fills whole registers; what is left over is never read. A thread owns the same columns
of every level throughout, and so the weights of those neurons: it computes their outputs, their
deltas and their step, with no gradient to add up. Threads meet after each level but the last, of
which each knows what the cost says of its own neurons, and go on to the next step when they like.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim.checks import BoolArray, IntArray
from neurosim.compiler.plan import FULL, Plan
from neurosim.engines.compiled import codes
from neurosim.engines.compiled.costs import seed, total_weight
from neurosim.engines.compiled.jit import called, compiled, inlined
from neurosim.engines.compiled.matrices import adjusted, pulled, weighed
from neurosim.engines.compiled.noise import (
    exchange_columns,
    fill_inputs,
    is_dropped,
    is_moved,
    lay_columns,
    leave_out_columns,
    lift_columns,
)
from neurosim.engines.compiled.own import call_function, call_slope
from neurosim.engines.compiled.rows import activate, to_delta
from neurosim.engines.compiled.rules import (
    SHAPED,
    is_plain,
    limit_norms,
    prepare,
    row_of,
    step,
    step_by,
)
from neurosim.engines.compiled.simd import UNIT
from neurosim.engines.compiled.threads import meet
from neurosim.engines.compiled.train import PIECE, batch_of, end_step, share_of

_FEWEST = 4  # synapses per pair of levels, for dense layers to be possible
# With so many examples it pays better to go over them once for all neurons.
_MANY_EXAMPLES = 32

_INPUT, _IDENTITY, _SOFTMAX = codes.INPUT, codes.IDENTITY, codes.SOFTMAX
_THRESHOLD, _STEP, _OWN, _DESCENT = codes.THRESHOLD, codes.STEP, codes.OWN, codes.DESCENT
_FIRST_DIRECT = codes.FIRST_DIRECT

# The columns of the two tables of a sheet.
_COLUMN, _SIZE, _CODE, _KEEP, _FIRST_BLOCK, _LAST_BLOCK, _FIRST_ROW = range(7)
_PRE_LEVEL, _PRE_AT, _N_PRE, _POST_AT, _N_POST, _WEIGHT_AT = range(6)


def sheet_of(plan: Plan, codes_of_rows: IntArray, keep: BoolArray) -> IntArray | None:
    """Return a plan as the table of its levels and blocks, or None if it is not all dense layers.

    Every block has to be full, and every level to have one activation; softmax over all of it.
    """
    if not _is_layered(plan):
        return None
    columns = [0]
    levels: list[tuple[int, ...]] = []
    blocks: list[tuple[int, ...]] = []
    for stage in plan.stages:
        size = stage.rows.stop - stage.rows.start
        code = int(codes_of_rows[stage.rows.start])
        first = len(blocks)
        for block in stage.incoming:
            pre = plan.stages[block.pre_level].rows.start
            assert isinstance(block.pre, slice)
            assert isinstance(block.post, slice)
            offsets = block.pre.start - pre, block.post.start - stage.rows.start
            blocks.append(
                (block.pre_level, offsets[0], block.n_pre, offsets[1], block.n_post, block.start)
            )
        kept = bool(keep[stage.rows].any())
        levels.append((columns[-1], size, code, kept, first, len(blocks), stage.rows.start))
        columns.append(columns[-1] + -(-size // UNIT) * UNIT)
    bias = np.full(plan.n_neurons, -1)
    bias_rows = np.arange(plan.n_neurons)[plan.bias_rows]
    bias[bias_rows] = plan.n_weights + np.arange(len(bias_rows))
    level = plan.level[plan.output_index]
    start = np.array([stage.rows.start for stage in plan.stages])
    outputs = np.array(columns)[level] + plan.output_index - start[level]
    unit, unit_start, unit_rows = _softmax_units(levels, columns[-1])
    header = (len(levels), len(blocks), plan.n_neurons, columns[-1], plan.n_outputs,
              len(unit_start) - 1, len(unit_rows))  # fmt: skip
    tables = (np.array(levels).ravel(), np.array(blocks).reshape(-1).astype(int))
    rest = (bias, outputs, unit, unit_start, unit_rows)
    return np.concatenate([header, *tables, *rest]).astype(np.int32)


def levels_with(sheet: IntArray, chosen: BoolArray) -> BoolArray:
    """Return which levels have any of the `chosen` rows."""
    levels = sheet[7 : 7 + 7 * sheet[0]].reshape(-1, 7)
    found = [chosen[row : row + size].any() for row, size in levels[:, [_FIRST_ROW, _SIZE]]]
    return np.array(found, bool)


def _is_layered(plan: Plan) -> bool:
    if len(plan.level) and plan.n_weights < _FEWEST * int(plan.level[-1] + 1) ** 2:
        return False  # too deep for its size: its stages, which take long to make, are not asked
    if not plan.n_weights or not isinstance(plan.input_rows, slice) or plan.input_rows.start:
        return False
    if plan.stages[0].rows.stop != plan.n_inputs:
        return False
    for stage in plan.stages[1:]:
        if len(stage.segments) != 1 or not isinstance(stage.segments[0].rows, slice):
            return False
        for block in stage.incoming:
            if block.kind != FULL or not isinstance(block.pre, slice):
                return False
            if not isinstance(block.post, slice):
                return False
    return True


def _softmax_units(levels: list[Any], width: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the softmax unit of each column, or -1, and the columns of each unit."""
    unit, sizes, columns = np.full(width, -1), [0], [np.zeros(0, np.int64)]
    for level in levels:
        if level[_CODE] == codes.SOFTMAX:
            members = np.arange(level[_COLUMN], level[_COLUMN] + level[_SIZE])
            unit[members] = len(sizes) - 1
            sizes.append(len(members))
            columns.append(members)
    return unit, np.cumsum(sizes), np.concatenate(columns)


@inlined
def sheet_fields(sheet):
    """Return the tables of levels and of blocks, and the arrays behind them."""
    n_levels, n_blocks = np.intp(sheet[0]), np.intp(sheet[1])
    n_rows, width = sheet[2], sheet[3]
    n_outputs, n_units, n_unit_rows = sheet[4], sheet[5], sheet[6]
    at = np.intp(7)
    levels = sheet[at : at + 7 * n_levels].reshape(n_levels, 7)
    at += 7 * n_levels
    blocks = sheet[at : at + 6 * n_blocks].reshape(n_blocks, 6)
    at += 6 * n_blocks
    bias = sheet[at : at + n_rows]
    at += n_rows
    outputs = sheet[at : at + n_outputs]
    at += n_outputs
    unit = sheet[at : at + width]
    at += width
    unit_start = sheet[at : at + n_units + 1]
    at += n_units + 1
    return levels, blocks, bias, outputs, unit, unit_start, sheet[at : at + n_unit_rows]


@inlined
def _share(size, thread, n_threads):
    """Return which columns of a level of so many neurons are a thread's."""
    pieces = (size + UNIT - 1) // UNIT
    return UNIT * (pieces * thread // n_threads), UNIT * (pieces * (thread + 1) // n_threads)


@inlined
def layers_forward(
    parts, theta, addresses, noise, number, X, rows, own_rows, net_input, output, n_examples,
    arrived, meetings, thread, n_threads,
):  # fmt: skip
    """Compute the outputs of a batch; return how many times threads have met."""
    levels, blocks, bias = parts[0], parts[1], parts[2]
    moved = is_moved(noise)
    if moved:
        first, last = _share(levels[0, _SIZE], thread, n_threads)
        fill_inputs(noise, number, X, rows, n_examples, first, min(last, levels[0, _SIZE]), output)
        meetings = meet(arrived, meetings, n_threads)
    for k in range(1, levels.shape[0]):
        column, size, code = levels[k, _COLUMN], levels[k, _SIZE], levels[k, _CODE]
        first, last = _share(size, thread, n_threads)
        row, end = levels[k, _FIRST_ROW], min(last, size)
        for e in range(n_examples):
            for c in range(first, last):
                b = bias[row + c] if c < size else -1
                output[e, column + c] = theta[b] if b >= 0 else theta.dtype.type(0)
        for j in range(levels[k, _FIRST_BLOCK], levels[k, _LAST_BLOCK]):
            block = blocks[j]
            to, n_pre = block[_POST_AT], block[_N_PRE]
            low, high = max(first - to, 0), min(end - to, block[_N_POST])
            if block[_PRE_LEVEL] == 0 and not moved:
                weighed(X, rows, block[_PRE_AT], theta, block[_WEIGHT_AT], n_pre, output,
                      column + to, low, high, n_examples)  # fmt: skip
            else:
                at = levels[block[_PRE_LEVEL], _COLUMN] + block[_PRE_AT]
                weighed(output, own_rows, at, theta, block[_WEIGHT_AT], n_pre, output,
                      column + to, low, high, n_examples)  # fmt: skip
        own = output[:, column + first : column + last]
        for e in range(n_examples):
            if levels[k, _KEEP]:
                for c in range(column + first, column + last):
                    net_input[e, c] = output[e, c]
            if code >= _OWN:
                call_function(addresses[code - _OWN, 0], own, e)
            elif code not in (_IDENTITY, _SOFTMAX):
                activate(code, own, e, e + 1)
        if code == _SOFTMAX:
            meetings = meet(arrived, meetings, n_threads)
            for e in range(thread, n_examples, n_threads):
                _softmax(output[e, column : column + size])
        if is_dropped(noise, k):
            if code == _SOFTMAX:
                meetings = meet(arrived, meetings, n_threads)
            lay_columns(noise, number, column + first, row + first, end - first, n_examples, output)
        if k + 1 < levels.shape[0] or code == _SOFTMAX:
            meetings = meet(arrived, meetings, n_threads)
    return meetings


@inlined
def _softmax(z):
    highest, total = z[0], z[0] * 0
    for value in z:
        highest = max(highest, value)
    for i in range(z.shape[0]):
        z[i] = math.exp(z[i] - highest)
        total += z[i]
    for i in range(z.shape[0]):
        z[i] /= total


@inlined
def layers_deltas(
    parts, theta, addresses, noise, net_input, output, delta, direct, kinds, n_examples, pack,
    arrived, meetings, thread, n_threads,
):  # fmt: skip
    """Turn ∂E/∂output, as far as `delta` holds it, into the deltas of all levels but the first."""
    levels, blocks, outputs = parts[0], parts[1], parts[3]
    for k in range(levels.shape[0] - 1, 0, -1):
        column, size, code = levels[k, _COLUMN], levels[k, _SIZE], levels[k, _CODE]
        first, last = _share(size, thread, n_threads)
        end = column + min(last, size)
        if is_dropped(noise, k):
            lift_columns(noise, column + first, end, n_examples, delta)
            exchange_columns(noise, column + first, end, n_examples, output)
        if code == _SOFTMAX:
            meetings = meet(arrived, meetings, n_threads)
            for e in range(thread, n_examples, n_threads):
                _softmax_delta(output[e, column : column + size], delta[e, column : column + size])
            meetings = meet(arrived, meetings, n_threads)
        z = net_input[:, column + first : column + last]
        a, d = output[:, column + first : column + last], delta[:, column + first : column + last]
        for e in range(n_examples):
            if code >= _OWN:
                call_slope(addresses[code - _OWN, 1], z, a, d, e)
            elif code in (_THRESHOLD, _STEP):
                d[e] = 0
            elif code not in (_IDENTITY, _SOFTMAX):
                to_delta(code, z, a, d, e, e + 1)
        if is_dropped(noise, k):
            exchange_columns(noise, column + first, end, n_examples, output)
            if code != _SOFTMAX:
                leave_out_columns(noise, column + first, end, n_examples, delta)
        for j in range(outputs.shape[0]):
            if kinds[j] >= _FIRST_DIRECT and column + first <= outputs[j] < column + last:
                for e in range(n_examples):
                    delta[e, outputs[j]] += direct[j, e]
        meetings = meet(arrived, meetings, n_threads)
        for j in range(levels[k, _FIRST_BLOCK], levels[k, _LAST_BLOCK]):
            block = blocks[j]
            pre = block[_PRE_LEVEL]
            if pre == 0:
                continue
            first, last = _share(levels[pre, _SIZE], thread, n_threads)
            at, n_pre = block[_PRE_AT], block[_N_PRE]
            low, high = max(first - at, 0), min(last - at, n_pre)
            if low < high:
                pulled(delta, column + block[_POST_AT], theta, block[_WEIGHT_AT], n_pre,
                     block[_N_POST], levels[pre, _COLUMN] + at, low, high, n_examples,
                     pack)  # fmt: skip
    return meetings


@inlined
def _softmax_delta(o, d):
    total = o[0] * 0
    for i in range(o.shape[0]):
        total += o[i] * d[i]
    for i in range(o.shape[0]):
        d[i] = o[i] * (d[i] - total)


@inlined
def layers_adjust(
    parts, target, factor, moved, X, rows, own_rows, output, delta, n_examples, pack, thread,
    n_threads,
):  # fmt: skip
    """Add `factor` times the gradient of a thread's own weights and biases to `target`."""
    levels, blocks, bias = parts[0], parts[1], parts[2]
    for k in range(1, levels.shape[0]):
        column, size, row = levels[k, _COLUMN], levels[k, _SIZE], levels[k, _FIRST_ROW]
        first, last = _share(size, thread, n_threads)
        end = min(last, size)
        for j in range(levels[k, _FIRST_BLOCK], levels[k, _LAST_BLOCK]):
            block = blocks[j]
            to, n_pre, w = block[_POST_AT], block[_N_PRE], block[_WEIGHT_AT]
            low, high = max(first - to, 0), min(end - to, block[_N_POST])
            if block[_PRE_LEVEL] == 0 and not moved:
                adjusted(X, rows, block[_PRE_AT], delta, column + to, target, w, n_pre, low, high,
                       n_examples, factor, pack)  # fmt: skip
            else:
                at = levels[block[_PRE_LEVEL], _COLUMN] + block[_PRE_AT]
                adjusted(output, own_rows, at, delta, column + to, target, w, n_pre, low, high,
                       n_examples, factor, pack)  # fmt: skip
        for c in range(first, end):
            b = bias[row + c]
            if b >= 0:
                total = target.dtype.type(0)
                for e in range(n_examples):
                    total += delta[e, column + c]
                target[b] += factor * total


@inlined
def layers_step(
    parts, rule, row, shape, theta, memory, scratch, moved, X, rows, own_rows, output, delta,
    n_examples, pack, thread, n_threads,
):  # fmt: skip
    """Step by the gradient of a thread's own weights and biases, some neurons at a time.

    Their gradient, in `scratch`, is still in the nearest cache when the rule takes it.
    """
    levels, blocks, bias = parts[0], parts[1], parts[2]
    one = theta.dtype.type(1)
    for k in range(1, levels.shape[0]):
        column, size, start = levels[k, _COLUMN], levels[k, _SIZE], levels[k, _FIRST_ROW]
        first, last = _share(size, thread, n_threads)
        end = min(last, size)
        for j in range(levels[k, _FIRST_BLOCK], levels[k, _LAST_BLOCK]):
            block = blocks[j]
            to, n_pre, w = block[_POST_AT], block[_N_PRE], block[_WEIGHT_AT]
            low, high = max(first - to, 0), min(end - to, block[_N_POST])
            some = max(4, PIECE // n_pre // 4 * 4)
            if n_examples >= _MANY_EXAMPLES:
                some = max(high - low, 1)
            for p in range(low, high, some):
                q = min(p + some, high)
                if block[_PRE_LEVEL] == 0 and not moved:
                    adjusted(X, rows, block[_PRE_AT], delta, column + to, scratch, -p * n_pre,
                             n_pre, p, q, n_examples, one, pack)  # fmt: skip
                else:
                    at = levels[block[_PRE_LEVEL], _COLUMN] + block[_PRE_AT]
                    adjusted(output, own_rows, at, delta, column + to, scratch, -p * n_pre,
                             n_pre, p, q, n_examples, one, pack)  # fmt: skip
                _stepped(rule, row, shape, theta, scratch, memory, w + p * n_pre, w + q * n_pre)
        b, count = np.int64(0), np.int64(0)  # biases stand side by side, as far as there are any
        for c in range(first, end):
            slot = np.int64(bias[start + c])
            if count > 0 and slot != b + count:
                _stepped(rule, row, shape, theta, scratch, memory, b, b + count)
                count = np.int64(0)
            if slot >= 0:
                b = slot if count == 0 else b
                total = theta.dtype.type(0)
                for e in range(n_examples):
                    total += delta[e, column + c]
                scratch[count] = total
                count += 1
        if count > 0:
            _stepped(rule, row, shape, theta, scratch, memory, b, b + count)


@called
def _stepped(rule, row, shape, theta, scratch, memory, first, last):
    for p in range(first, last, PIECE):
        end = min(p + PIECE, last)
        step_by(rule, row, shape, theta, scratch[p - first : end - first], memory, p, end)


@compiled
def train_layers(
    sheet, way_back, theta, ahead, addresses, kinds, group, cost, rule, shape, memory, noise, X,
    Y, weights, order, batch, position, n_steps, sums, kept, gradients, net_inputs, outputs, deltas,
    directs, own_rows, packs, arrived, thread,
):  # fmt: skip
    """Take up to `n_steps` steps, as `train` explains; return how it ended."""
    parts, n_threads, own, meetings = sheet_fields(sheet), position.shape[0], position[thread], 0
    net_input, delta, direct = net_inputs[0], deltas[0], directs[0]
    levels, columns, pack, one = parts[0], parts[3], packs[thread], theta.dtype.type(1)
    first, last = share_of(theta, thread, n_threads)
    for number in range(n_steps):
        if own[0] == sums.shape[1]:
            break
        row = row_of(shape, number)
        rows = batch_of(order, own, batch)
        n_examples = rows.shape[0]
        # Others may still be reading the outputs of the step before.
        output = outputs[number % 2]
        for k in range(1, levels.shape[0]):
            low, high = _share(levels[k, _SIZE], thread, n_threads)
            delta[:n_examples, levels[k, _COLUMN] + low : levels[k, _COLUMN] + high] = 0
        meetings = layers_forward(
            parts, theta, addresses, noise, number, X, rows, own_rows, net_input, output,
            n_examples, arrived, meetings, thread, n_threads,
        )  # fmt: skip
        counted = total_weight(weights, rows)
        for k in range(1, levels.shape[0]):
            low, high = _share(levels[k, _SIZE], thread, n_threads)
            seed(
                kinds, group, cost, n_examples, counted, columns, parts[4], parts[5], parts[6],
                net_input.T, output.T, delta.T, direct, Y, weights, rows, n_examples,
                sums[thread, own[0]], levels[k, _COLUMN] + low, levels[k, _COLUMN] + high, False,
            )  # fmt: skip
        meetings = layers_deltas(
            parts, theta, addresses, noise, net_input, output, delta, direct, kinds,
            n_examples, pack, arrived, meetings, thread, n_threads,
        )  # fmt: skip
        # They met at the first level, which pulls nothing: nobody needs the old weights any more.
        plain, shaped = is_plain(rule, shape), shape[4][SHAPED] > 0
        if plain or shaped:
            target, factor = (theta, -row[0]) if plain else (gradients[0], one)
            layers_adjust(
                parts, target, factor, is_moved(noise), X, rows, own_rows, output, delta,
                n_examples, pack, thread, n_threads,
            )  # fmt: skip
        else:
            layers_step(
                parts, rule, row, shape, theta, memory, gradients[thread], is_moved(noise), X,
                rows, own_rows, output, delta, n_examples, pack, thread, n_threads,
            )  # fmt: skip
        is_last = (own[1] + 1) * batch >= order.shape[1]
        if is_last or shaped:  # others look at these parameters, which are no longer their own
            meetings = meet(arrived, meetings, n_threads)
        if shaped:
            meetings = prepare(shape, theta, gradients, first, last, thread, arrived, meetings)
            for p in range(first, last, PIECE):
                end = min(p + PIECE, last)
                step(rule, row, shape, theta, gradients, memory, p, end)
            meetings = meet(arrived, meetings, n_threads)
        if not plain:
            meetings = limit_norms(shape, theta, thread, n_threads, arrived, meetings)
        meetings = end_step(
            theta, sums, kinds, kept, position, thread, order, batch, first, last, arrived, meetings
        )
        if own[3] > 0:
            return own[3]
    return 0
