"use strict";
/* The numbers of explore.html: what ldn_analysis.models computes, said again for a browser, digit
   for digit. Nothing here touches the page. */
const Numbers = (() => {
  const sum = (x) => x.reduce((s, a) => s + a, 0), squares = (x) => sum(x.map((a) => a * a));

  // ---- one quadrature, one root finder ---------------------------------------------------------
  /* Points and weights of integrals from 0 to infinity: the trapezoidal rule of step 1/32 in u,
     where x = exp(pi/2 sinh u) (Takahasi and Mori 1974, Publ RIMS 9:721). */
  const GRID = Array.from({ length: 337 }, (_, i) => {
    const u = (i - 208) / 32, x = Math.exp(Math.PI / 2 * Math.sinh(u));
    return { x, dx: x * Math.PI / 64 * Math.cosh(u) };
  });

  /** The integral of a density beyond a point; what is less than 1e-18 of it is left out. */
  function beyond(f, from) {
    let total = 0;
    for (let i = 80; i < GRID.length; i++) {
      const part = GRID[i].dx * f(from + GRID[i].x);
      total += part;
      if (i > 208 && part < 1e-18 * total) break;
    }
    return total;
  }

  /** Where a rising function passes zero (Ridders 1979, IEEE Trans Circuits Syst 26:979). */
  function root(f, low, high) {
    let under = f(low), over = f(high), last = NaN;
    if (!(under < 0)) return low;
    if (!(over > 0)) return high;
    for (;;) {
      const middle = (low + high) / 2, half = f(middle);
      const x = middle - (middle - low) * half / Math.sqrt(half * half - under * over), at = f(x);
      const settled = Math.abs(x - last) <= 1e-10 * Math.abs(x) || middle <= low || middle >= high;
      if (!at || settled) return x;
      for (const [place, value] of [[middle, half], [x, at]]) {
        if (value <= 0 && place > low) [low, under] = [place, value];
        if (value >= 0 && place < high) [high, over] = [place, value];
      }
      last = x;
    }
  }

  // ---- distributions ---------------------------------------------------------------------------
  /* Densities up to a constant: Student's t, normal at infinite df; the root of a chi-squared. */
  const DENSITIES = {
    t: (df) => (t) => Math.exp(df < Infinity ? -(df + 1) / 2 * Math.log1p(t * t / df) : -t * t / 2),
    chi: (df) => (z) => z ** (df - 1) * Math.exp(-z * z / 2),
  };
  const mass = (name, df) => beyond(DENSITIES[name](df), 0);

  const found = {};

  /** Share of the positive half that lies above x. */
  const above = (name, df, x) => beyond(DENSITIES[name](df), x) / mass(name, df);

  /** The value above which the share p of the positive half lies, found once: Newton's steps for
      the logarithm of the share, which is nearly straight. */
  function valueAbove(name, df, p) {
    const key = [name, df, p].join();
    if (key in found) return found[key];
    const density = DENSITIES[name](df), whole = mass(name, df);
    let x = name === "chi" ? Math.sqrt(df) : 2, step = x;
    for (let i = 0; i < 100 && Math.abs(step) > 4e-15 * x; i++) {
      const tail = beyond(density, x);
      step = Math.log(tail / whole / p) * tail / density(x);
      x = Math.max(x + step, x / 2);
    }
    return found[key] = x;
  }

  /** Two-sided critical value of an interval: t with df, normal if df is infinite, NaN below 1. */
  const critical = (level, df) => (df >= 1 ? valueAbove("t", df, 1 - level) : NaN);

  /** Hedges' correction, exact: gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)). */
  const hedges = (m) =>
    (m > 1 ? Math.sqrt(Math.PI * (m - 1) / (2 * m)) / mass("t", m - 1) : NaN);

  const NODES = Array.from({ length: 13 }, (_, i) => ((i + 0.5) / 2) ** 2);
  const DAMPED = NODES.map((node) => Math.exp(-node));

  /** Standard normal distribution function, fast: the trapezoidal rule of step 1/2 for the integral
      of exp(-t^2) / (t^2 + x^2), and what its pole adds (Matta and Reichel 1971, Math Comp 25). */
  function ndtr(z) {
    const square = z * z / 2, x = Math.sqrt(square);
    let inner = 0;
    for (let i = 0; i < 13; i++) inner += DAMPED[i] / (square + NODES[i]);
    const pole = x < 6 ? 1 / (1 + Math.exp(4 * Math.PI * x)) : 0;
    const tail = x * Math.exp(-square) * inner / (2 * Math.PI) + pole;
    return z < 0 ? tail : 1 - tail;
  }

  // ---- pooling ---------------------------------------------------------------------------------
  /** Weights at one tau2, their sum, mean and Q; y'PPy (a) and the trace of P (b). The smallest
      variance comes first, and Py sums to zero: so no difference loses digits. */
  function at(y, v, t) {
    const w = v.map((one) => 1 / (one + t)), s1 = sum(w), [first, ...others] = w;
    const mu = sum(w.map((one, i) => one * y[i])) / s1, away = y.map((one) => one - mu);
    const pulls = w.map((one, i) => one * away[i]);
    pulls[0] = -sum(pulls.slice(1));
    return { w, s1, mu, q: sum(pulls.map((one, i) => one * away[i])), a: squares(pulls),
      b: sum(others) * (1 + first / s1) - squares(others) / s1 };
  }

  /** The highest point of the (restricted) likelihood, whose slope has the sign of a - b: among 0
      and every fall of the slope through zero on a grid. */
  function likelihood(y, v, ss, df, restricted) {
    const unit = v[0], s2 = ss / df;
    const upper = 0.5 * (s2 + Math.sqrt(s2 * (s2 + 4 * (Math.max(...v) - unit)))) - unit;
    if (!(upper > 0)) return 0;
    const height = (t) => {
      const { w, s1, q } = at(y, v, t);
      return sum(w.map(Math.log)) - q - (restricted ? Math.log(s1) : 0);
    };
    const fall = (t) => {
      const { a, b, s1 } = at(y, v, t);
      return Math.log((restricted ? b : s1) / a);
    };
    const grid = Array.from({ length: 257 }, (_, i) =>
      unit * Math.expm1(i * Math.log1p(upper / unit) / 256));
    const falls = grid.map(fall);
    const tops = grid.flatMap((t, i) =>
      (falls[i] >= 0 && falls[i - 1] < 0 ? [root(fall, grid[i - 1], t)] : []));
    return tops.reduce((best, t) => (height(t) > height(best) ? t : best), 0);
  }

  /** t >= 0 where Q, which decreases, falls to the target; 0 if it starts below. */
  const whereQ = (target, y, v, ss) =>
    root((t) => Math.log(target / at(y, v, t).q), 0, Math.max(0, ss / target - v[0]));

  const TAU2 = {
    CE: () => 0,
    DL: (y, v, ss, df, { q, b }) => Math.max((q - df) / b, 0),
    EB: (y, v, ss, df) => whereQ(df, y, v, ss),
    HE: (y, v, ss, df) => Math.max(ss / df - sum(v) / (df + 1), 0),
    HS: (y, v, ss, df, { q, s1 }) => Math.max((q - df - 1) / s1, 0),
    ML: (y, v, ss, df) => likelihood(y, v, ss, df, false),
    PM: (y, v, ss, df) => whereQ(df, y, v, ss),
    REML: (y, v, ss, df) => likelihood(y, v, ss, df, true),
    SJ: (y, v, ss, df) => (ss ? ss / (df + 1) * at(y, v, ss / (df + 1)).q / df : 0),
  };

  const NONE = [NaN, NaN];
  const about = (centre, half) => [centre - half, centre + half];

  /** What models.pool gives; of one trial its own `df` count. */
  function pool(yi, vi, method, inference, level, df) {
    const k = yi.length, n = k - 1, asked = { k, level, method, inference };
    const finish = (estimate, se, freedom, rest) => ({ ...asked, estimate, se, df: freedom,
      ci: about(estimate, critical(level, freedom) * se),
      pValue: above("t", freedom, Math.abs(estimate / se)), ...rest });
    const missing = { tau2Ci: NONE, i2Ci: NONE, prediction: NONE };
    if (k === 1) {
      return finish(yi[0], Math.sqrt(vi[0]), df && df[0] >= 1 ? df[0] : Infinity,
        { ...missing, tau2: NaN, i2: NaN, q: 0, qP: NaN, weights: [100] });
    }
    const first = vi.indexOf(Math.min(...vi)), order = [...yi.keys()];
    [order[0], order[first]] = [first, 0];
    const origin = yi[first], y = order.map((i) => yi[i] - origin), v = order.map((i) => vi[i]);
    const plain = sum(y) / k, ss = squares(y.map((x) => x - plain)), common = at(y, v, 0);
    const tau2 = TAU2[method](y, v, ss, n, common), { w, s1, mu, q } = at(y, v, tau2);
    const wald = Math.sqrt(1 / s1), hksj = wald * Math.sqrt(q / n);
    const se = { z: wald, t: wald, hksj, hksj_modified: Math.max(wald, hksj) }[inference];
    const fit = finish(origin + mu, se, inference === "z" ? Infinity : n, { tau2, q: common.q,
      qP: above("chi", n, Math.sqrt(common.q)), weights: order.map((i) => w[i] * (100 / s1)) });
    if (method === "CE") {
      return { ...fit, ...missing, i2: Math.max(0, 100 * (common.q - n) / common.q) || 0 };
    }
    const typical = n / common.b, share = (t) => 100 * t / (typical + t);
    const tau2Ci = [(1 - level) / 2, (1 + level) / 2].map((p) =>
      whereQ(valueAbove("chi", n, p) ** 2, y, v, ss));
    return { ...fit, tau2Ci, i2: share(tau2), i2Ci: tau2Ci.map(share),
      prediction: about(fit.estimate, critical(level, n) * Math.sqrt(tau2 + se * se)) };
  }

  /** As a report pools: the modified interval where the plain one is narrower than the trials allow
      (models.wider_companion). */
  function pooled(y, v, method, inference, level, df) {
    const fit = pool(y, v, method, inference, level, df);
    const narrow = inference === "hksj" && fit.k > 1 && !(fit.tau2 > 0)
      && fit.se < 1 / Math.sqrt(sum(v.map((x) => 1 / x)));
    return narrow ? { ...pool(y, v, method, "hksj_modified", level, df), widened: true } : fit;
  }

  // ---- Bayes -----------------------------------------------------------------------------------
  /* Logarithm of each prior density of tau, up to a constant. */
  const PRIORS = {
    HalfNormal: (t, { sd }) => -0.5 * (t / sd) ** 2,
    HalfCauchy: (t, { scale }) => -Math.log1p((t / scale) ** 2),
    Uniform: () => 0,
    LogStudent: (t, { location, scale, df, sd }) => { // of log tau squared
      const z = (2 * (Math.log(t) - Math.log(sd)) - location) / scale;
      return -(df + 1) / 2 * Math.log1p(z * z / df) - Math.log(t);
    },
  };

  /** What the data say at each point of tau, which may have an end: the mean is normal (m, SD s);
      `log` is the likelihood with the point's weight. */
  function likelihoods(y, v, mean, end = Infinity) {
    const unit = Math.sqrt(Math.sqrt(Math.max(...v) * Math.min(...v)));
    return GRID.map(({ x, dx }) => {
      const squeezed = 1 + unit * x / end, tau = unit * x / squeezed;
      let precision = 1 / mean.sd ** 2, pull = 0, loss = 0;
      for (let i = 0; i < y.length; i++) {
        const w = 1 / (tau * tau + v[i]), away = y[i] - mean.mean;
        precision += w;
        pull += w * away;
        loss += w * away * away - Math.log(w);
      }
      const log = Math.log(dx / squeezed ** 2)
        - 0.5 * (loss - pull * pull / precision + Math.log(precision));
      return { tau, m: mean.mean + pull / precision, s: 1 / Math.sqrt(precision), log };
    });
  }

  /** The mean's posterior, as models.posterior: a mixture of normals (mean m, SD s, weight w). */
  function posterior(points, prior) {
    const logs = points.map(({ tau, log }) => log + PRIORS[prior.kind](tau, prior));
    const top = Math.max(...logs), mass = logs.map((log) => Math.exp(log - top)), total = sum(mass);
    return points.map(({ m, s }, i) => ({ m, s, w: mass[i] / total })).filter(({ w }) => w > 1e-18);
  }

  function below(post, x) {
    let p = 0;
    for (const { m, s, w } of post) p += w * ndtr((x - m) / s);
    return p;
  }

  /** A mixture's quantile lies among those of its parts. */
  function quantile(post, p) {
    const z = p === 0.5 ? 0 : Math.sign(p - 0.5) * critical(Math.abs(2 * p - 1), Infinity);
    const parts = post.map(({ m, s }) => m + s * z);
    return root((x) => below(post, x) - p, Math.min(...parts), Math.max(...parts));
  }

  return { sum, critical, valueAbove, hedges, ndtr, pool, pooled, likelihoods, posterior, below, quantile,
    about };
})();
