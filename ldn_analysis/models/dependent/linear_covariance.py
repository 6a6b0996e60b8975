"""Likelihood of a covariance that is linear in its parameters, ``M = V + sum(theta_i Z_i)``.

Log-likelihood, score and information are exact. The maximum is found by scoring and Newton steps from several
starts.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

Array = npt.NDArray[np.float64]


class Likelihood:
    """(Restricted) log-likelihood of covariance parameters, with derivatives."""

    def __init__(self, y: Array, v: Array, x: Array, z: list[Array], restricted: bool) -> None:
        self.floor = np.zeros(len(z))  # variances; covariances have none
        self.y, self.v, self.x, self.z, self.restricted = y, v, x, z, restricted
        k, p = x.shape
        self.constant = -0.5 * (k - p if restricted else k) * math.log(2 * math.pi)
        if restricted:
            self.constant += 0.5 * float(np.linalg.slogdet(x.T @ x)[1])

    def indefinite(self, theta: Array) -> bool:
        """Whether the random effects have an impossible covariance; the floor keeps variances possible."""
        return bool((theta < self.floor).any())

    def covariance(self, theta: Array) -> Array:
        return self.v + sum((t * z for t, z in zip(theta, self.z, strict=True)), np.zeros_like(self.v))

    def solve(self, theta: Array) -> tuple[Array, Array, Array, float]:
        """Inverse covariance, coefficients' covariance, coefficients, half the log-determinants."""
        factor = cho_factor(self.covariance(theta), lower=True)
        w = cho_solve(factor, np.eye(len(self.y)))
        information = self.x.T @ w @ self.x
        vcov = np.asarray(np.linalg.inv(information), dtype=float)
        logs = float(np.log(np.diagonal(factor[0])).sum())
        if self.restricted:
            logs += 0.5 * float(np.linalg.slogdet(information)[1])
        return w, vcov, vcov @ (self.x.T @ w @ self.y), logs

    def height(self, theta: Array) -> float:
        """Log-likelihood; minus infinity where a covariance is not positive definite."""
        if self.indefinite(theta):
            return -math.inf
        try:
            w, _, beta, logs = self.solve(theta)
        except np.linalg.LinAlgError:
            return -math.inf
        e = self.y - self.x @ beta
        return self.constant - logs - 0.5 * float(e @ w @ e)

    def derivatives(self, theta: Array) -> tuple[Array, Array, Array]:
        """Score, observed and expected information of `theta`."""
        w, vcov, _, _ = self.solve(theta)
        wx = w @ self.x
        p = w - wx @ vcov @ wx.T
        q = p if self.restricted else w
        py = p @ self.y
        zpy = [z @ py for z in self.z]
        qz = [q @ z for z in self.z]
        n = len(self.z)
        score = np.array([0.5 * (py @ zpy[i] - np.trace(qz[i])) for i in range(n)])
        expected = np.array([[0.5 * np.sum(qz[i] * qz[j].T) for j in range(n)] for i in range(n)])
        squares = np.array([[zpy[i] @ p @ zpy[j] for j in range(n)] for i in range(n)])
        return score, squares - expected, expected


def maximise(f: Likelihood, start: Array) -> tuple[Array, bool]:
    """Climb from `start` with parameters kept at their floor or above; whether the score vanished."""
    theta, height, floor = start, f.height(start), f.floor
    for _ in range(200):
        score, observed, expected = f.derivatives(theta)
        free = (theta > floor) | (score > 0)
        slope = score[free]
        unit = np.sqrt(np.diagonal(expected)[free])
        if not free.any() or np.max(np.abs(slope) / unit) < 1e-11:
            return theta, True
        curve = observed[np.ix_(free, free)]
        if np.linalg.eigvalsh(curve / np.outer(unit, unit))[0] < 1e-6:
            curve = expected[np.ix_(free, free)]
        step = np.zeros_like(theta)
        step[free] = np.linalg.solve(curve, slope)
        for halving in range(40):
            trial = np.maximum(theta + 0.5**halving * step, floor)
            reached = f.height(trial)
            if reached > height or (halving == 0 and reached >= height - 1e-11 * (1 + abs(height))):
                break
        else:
            return theta, bool(np.max(np.abs(slope) / unit) < 1e-6)
        still = np.allclose(trial, theta, rtol=1e-14, atol=0)
        theta, height = trial, reached
        if still:
            return theta, bool(np.max(np.abs(slope) / unit) < 1e-6)
    return theta, False


def best_variances(f: Likelihood) -> tuple[Array, bool]:
    """The highest of the maxima found from the best points of a grid of variances, zero included."""
    scale = float(np.median(np.diagonal(f.v))) + float(np.var(f.y))
    grid = scale * np.array([0, 1e-3, 0.01, 0.05, 0.2, 0.6, 2.0])
    points = sorted(product(grid, repeat=len(f.z)), key=lambda t: -f.height(np.array(t)))
    found = [maximise(f, np.array(t)) for t in points[:3]]
    return max(found, key=lambda one: f.height(one[0]))


class Unstructured(Likelihood):
    """Correlated random effects of several outcomes: any covariance matrix, shape (q, q).

    Parameters are the entries on and below its diagonal, row by row.
    """

    def __init__(
        self, y: Array, v: Array, x: Array, group: npt.NDArray[np.intp], outcome: npt.NDArray[np.intp],
        restricted: bool,
    ) -> None:  # fmt: skip
        self.q = int(outcome.max()) + 1
        self.rows, self.columns = np.tril_indices(self.q)
        same = (group[:, None] == group).astype(float)
        is_a = np.eye(self.q)[outcome].T  # (q, k): which estimates are of this outcome
        z = []
        for a, b in zip(self.rows, self.columns, strict=True):
            pair = np.outer(is_a[a], is_a[b])
            z.append(same * (pair if a == b else pair + pair.T))
        super().__init__(y, v, x, z, restricted)
        self.floor = np.where(self.rows == self.columns, 0.0, -math.inf)

    def between(self, theta: Array) -> Array:
        """Parameters as a matrix."""
        matrix = np.zeros((self.q, self.q))
        matrix[self.rows, self.columns] = matrix[self.columns, self.rows] = theta
        return matrix

    def indefinite(self, theta: Array) -> bool:
        matrix = self.between(theta)
        return bool(np.linalg.eigvalsh(matrix)[0] < -1e-12 * np.abs(matrix).max())

    def best(self) -> tuple[Array, bool]:
        """The highest maximum found: inside, where the score vanishes; otherwise over Cholesky factors, which
        reach perfect correlations."""
        from scipy.optimize import minimize

        spread = float(np.median(np.diagonal(self.v)) + np.var(self.y))
        starts = [np.where(self.rows == self.columns, spread * s, 0.0) for s in (0.01, 0.1, 0.5)]
        found = [maximise(self, start) for start in starts]

        def lower(entries: Array) -> Array:
            factor = np.zeros((self.q, self.q))
            factor[self.rows, self.columns] = entries
            return np.asarray((factor @ factor.T)[self.rows, self.columns])

        def drop(entries: Array) -> float:
            return -self.height(lower(entries))

        if not all(done for _, done in found):
            for start in starts:
                r = minimize(drop, np.sqrt(start), method="BFGS", options={"gtol": 1e-8})
                found.append((lower(r.x), bool(np.linalg.norm(r.jac) < 1e-4)))
        return max(found, key=lambda one: self.height(one[0]))
