"""exp and tanh of registers, as polynomials and quotients of polynomials.

The coefficients are those of the Cephes library. Both are within 2 units in the last place of the
exact value; infinities and NaN come out as they should.

References
----------
S. L. Moshier, *Methods and Programs for Mathematical Functions*, Ellis Horwood, 1989.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from neurosim.engines.compiled.simd import INT32, Vec

_LOG2_E = 1.4426950408889634


def polynomial(x: Vec, coefficients: Sequence[float]) -> Vec:
    """Return the polynomial with these coefficients, the highest first."""
    result = x.like(coefficients[0])
    for coefficient in coefficients[1:]:
        result = result * x + coefficient
    return result


def exp(x: Vec) -> Vec:
    """Return eˣ; 0 for what would be smaller than any normal number.

    `x` must not be so large that eˣ overflows.
    """
    lowest = x.like(_lowest(x))
    below = x < lowest
    return x.like(0.0).where(below, _bounded_exp(lowest.where(below, x)))


def _lowest(x: Vec) -> float:
    return -708.0 if x.is_double else -87.0


def _bounded_exp(x: Vec) -> Vec:
    """Return eˣ = 2ⁿ eʳ, with n the nearest integer to x / ln 2, so that |r| ≤ ½ ln 2."""
    n = (x * _LOG2_E).nearest()
    power = _exp_double(x, n) if x.is_double else _exp_single(x, n)
    return power * power_of_two(n)


def _exp_single(x: Vec, n: Vec) -> Vec:
    r = x - n * 0.693359375 + n * 2.12194440e-4
    inner = polynomial(
        r,
        (
            1.9875691500e-4,
            1.3981999507e-3,
            8.3334519073e-3,
            4.1665795894e-2,
            1.6666665459e-1,
            5.0000001201e-1,
        ),
    )
    return inner * (r * r) + r + 1.0


def _exp_double(x: Vec, n: Vec) -> Vec:
    r = x - n * 6.93145751953125e-1 - n * 1.42860682030941723212e-6
    square = r * r
    p = r * polynomial(square, (1.26177193074810590878e-4, 3.02994407707441961300e-2, 1.0))
    q = polynomial(
        square,
        (
            3.00198505138664455042e-6,
            2.52448340349684104192e-3,
            2.27265548208155028766e-1,
            2.0,
        ),
    )
    return 2.0 * (p / (q - p)) + 1.0


def power_of_two(n: Vec) -> Vec:
    """Return 2ⁿ by writing the exponent's bits; of what is no number, anything."""
    b, width = n.builder, n.width
    scalar, bias, mantissa = (ir.IntType(64), 1023, 52) if n.is_double else (INT32, 127, 23)
    kind = ir.VectorType(scalar, width)
    whole = b.fptosi(n.value, ir.VectorType(INT32, width))
    exponent = b.sext(whole, kind) if n.is_double else whole
    biased = b.add(exponent, ir.Constant(kind, [bias] * width))
    bits = b.shl(biased, ir.Constant(kind, [mantissa] * width))
    return Vec(b, b.bitcast(bits, n.value.type))


def tanh(x: Vec) -> Vec:
    """Return tanh(x): a polynomial in x near 0, (1 − e^−2|x|) / (1 + e^−2|x|) elsewhere."""
    size = abs(x)
    e = exp(size * -2.0)
    far = ((1.0 - e) / (e + 1.0)).with_sign_of(x)
    near = _tanh_double(x) if x.is_double else _tanh_single(x)
    return near.where(size < 0.625, far)


def _tanh_single(x: Vec) -> Vec:
    square = x * x
    inner = polynomial(
        square,
        (
            -5.70498872745e-3,
            2.06390887954e-2,
            -5.37397155531e-2,
            1.33314422036e-1,
            -3.33332819422e-1,
        ),
    )
    return inner * square * x + x


def _tanh_double(x: Vec) -> Vec:
    square = x * x
    p = polynomial(
        square, (-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3)
    )
    q = polynomial(
        square,
        (1.0, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3),
    )
    return x * square * (p / q) + x


def sigmoid(x: Vec) -> Vec:
    """Return 1 / (1 + e⁻ˣ), where e⁻ˣ beyond all numbers is infinite, and 0 comes out."""
    lowest, highest = x.like(_lowest(x)), x.like(710.0 if x.is_double else 89.0)
    exponent = -x
    exponent = lowest.where(exponent < lowest, exponent)
    exponent = highest.where(exponent > highest, exponent)
    return 1.0 / (_bounded_exp(exponent) + 1.0)
