"use strict";
/* The numbers of explore.html: what ldn_analysis.models computes, said again for a browser, digit for digit.
   Nothing here touches the page. Notation follows models/pooling: y'PPy is a, y'PPPy is a3, tr P is b. */
const Core = (() => {
  // ---- distributions -------------------------------------------------------------------------------------
  function poly(c, x) {
    let s = 0;
    for (let i = 0; i < c.length; i++) s = s * x + c[i];
    return s;
  }

  /* exp(x^2) erfc(x) for x > 0.46875: rational approximations of Cody (1969, Math Comp 23:631). */
  const NEAR = [[2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3], [1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
    1.23033935480374942e3]];
  const FAR = [[1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4], [1, 2.56852019228982242, 1.87295284992346725,
    5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3]];
  const INNER = [[1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3], [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
    2.84423683343917062e3]];

  function scaled(x) {
    if (x <= 4) return poly(NEAR[0], x) / poly(NEAR[1], x);
    const s = 1 / (x * x);
    return (0.5641895835477563 - s * poly(FAR[0], s) / poly(FAR[1], s)) / x;
  }

  function erfc(x) {
    const z = Math.abs(x);
    if (z <= 0.46875) return 1 - x * poly(INNER[0], x * x) / poly(INNER[1], x * x);
    if (z > 27) return x > 0 ? 0 : 2;
    const high = Math.trunc(z * 16) / 16; // exp(-z^2) without losing the digits of z^2
    const tail = Math.exp(-high * high) * Math.exp(-(z - high) * (z + high)) * scaled(z);
    return x > 0 ? tail : 2 - tail;
  }

  /** Standard normal distribution function. */
  const ndtr = (x) => 0.5 * erfc(-x / Math.SQRT2);

  const LANCZOS = [0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7];
  function lgamma(x) {
    if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lgamma(1 - x);
    const t = x + 6.5;
    const s = LANCZOS.reduce((sum, c, i) => (i ? sum + c / (x - 1 + i) : c));
    return 0.9189385332046727 + (x - 0.5) * Math.log(t) - t + Math.log(s);
  }

  /** gamma(z + 1/2) / gamma(z); for large z by its asymptotic series, where differences of logs lose digits. */
  function gammaRatio(z) {
    if (z <= 100) return Math.exp(lgamma(z + 0.5) - lgamma(z));
    const x = 1 / z;
    return Math.sqrt(z) * (1 + x * (-1 / 8 + x * (1 / 128 + x * (5 / 1024 + x * (-21 / 32768 - x * 399 / 262144)))));
  }

  /** Hedges' correction, exact: gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)). */
  const hedges = (m) => (m > 1 ? gammaRatio((m - 1) / 2) / Math.sqrt(m / 2) : NaN);

  /** Chi-squared distribution function below x, and above it: the incomplete gamma function of df / 2, x / 2. */
  function chi2(df, value) {
    const a = df / 2, x = value / 2;
    if (!(x > 0)) return [0, 1];
    const front = Math.exp(a * Math.log(x) - x - lgamma(a));
    if (x < a + 1) {
      let term = 1 / a, sum = term;
      for (let n = 1; n < 10000 && Math.abs(term) > sum * 1e-17; n++) sum += term *= x / (a + n);
      return [front * sum, 1 - front * sum];
    }
    let b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
    for (let i = 1; i < 10000; i++) {
      const an = -i * (i - a);
      b += 2;
      d = 1 / (an * d + b);
      c = b + an / c;
      h *= d * c;
      if (Math.abs(d * c - 1) < 1e-16) break;
    }
    return [1 - front * h, front * h];
  }

  /** A rising function's root by Newton, kept inside a bracket that shrinks at every step. */
  function rising(f, slope, low, high, start) {
    let x = Math.min(Math.max(start, low), high);
    for (let i = 0; i < 200; i++) {
      const e = f(x);
      if (e <= 0) low = x;
      if (e >= 0) high = x;
      let next = x - e / slope(x);
      if (!(next >= low && next <= high)) next = (low + high) / 2;
      if (Math.abs(next - x) <= 2e-16 * Math.abs(next) || high - low <= 4e-16 * Math.abs(x)) return next;
      x = next;
    }
    return x;
  }

  const remembered = new Map();
  function once(key, make) {
    if (!remembered.has(key)) remembered.set(key, make());
    return remembered.get(key);
  }

  /** Chi-squared value with probability p above it. */
  function chi2Above(df, p) {
    return once(`c${df};${p}`, () => {
      const density = (x) => Math.exp((df / 2 - 1) * Math.log(x / 2) - x / 2 - lgamma(df / 2)) / 2;
      const miss = p < 0.5 ? (x) => p - chi2(df, x)[1] : (x) => chi2(df, x)[0] - (1 - p);
      let high = df + 10;
      while (miss(high) < 0) high *= 2;
      const z = -ndtri(p), c = 2 / (9 * df), wilson = df * (1 - c + z * Math.sqrt(c)) ** 3;
      return rising(miss, density, 0, high, wilson > 0 ? wilson : high * 1e-4);
    });
  }

  /** Value below which a standard normal has probability p. */
  function ndtri(p) {
    if (p > 0.5) return -ndtri(1 - p);
    const t = Math.sqrt(-2 * Math.log(p));
    const start = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    return rising((x) => ndtr(x) - p, (x) => Math.exp(-x * x / 2) / 2.5066282746310002, -40, 0, start);
  }

  /** Probability of a t variable below -|t|: half the incomplete beta function (Lentz' continued fraction). */
  function tTail(df, t) {
    if (!(Math.abs(t) < Infinity)) return 0;
    const q = t * t / df, a = df / 2;
    if (q === 0) return 0.5;
    const x = 1 / (1 + q), y = q / (1 + q);
    const beta = Math.sqrt(Math.PI) / gammaRatio(a); // B(a, 1/2)
    const front = Math.exp(-a * Math.log1p(q)) * Math.sqrt(y) / beta;
    const fraction = (p, r, z) => {
      let c = 1, d = 1 / (1 - (p + r) * z / (p + 1)), h = d;
      for (let m = 1; m < 20000; m++) {
        for (const n of [m * (r - m) * z / ((p + 2 * m - 1) * (p + 2 * m)),
          -(p + m) * (p + r + m) * z / ((p + 2 * m) * (p + 2 * m + 1))]) {
          d = 1 / (1 + n * d);
          c = 1 + n / c;
          h *= d * c;
        }
        if (Math.abs(d * c - 1) < 1e-16) break;
      }
      return h / p;
    };
    return x < (a + 1) / (a + 2.5) ? 0.5 * front * fraction(a, 0.5, x) : 0.5 - 0.5 * front * fraction(0.5, a, y);
  }

  /** Two-sided critical value of an interval: t with df, the normal if df is infinite, NaN below 1. */
  function critical(level, df) {
    const p = 0.5 - level / 2;
    if (df === Infinity) return once(`z${level}`, () => -ndtri(1 - (0.5 + level / 2)));
    if (!(df >= 1)) return NaN;
    return once(`t${level};${df}`, () => {
      const density = (t) => gammaRatio(df / 2) / Math.sqrt(Math.PI * df) * Math.exp(-(df + 1) / 2 * Math.log1p(t * t / df));
      let high = 4;
      while (tTail(df, high) > p) high *= 4;
      return rising((t) => p - tTail(df, t), density, 0, high, -ndtri(p));
    });
  }

  const pValue = (statistic, df) => 2 * (df === Infinity ? ndtr(-Math.abs(statistic)) : df >= 1 ? tTail(df, statistic) : NaN);

  // ---- pooling -------------------------------------------------------------------------------------------
  const sum = (x) => x.reduce((s, a) => s + a, 0);

  /** Sums at one tau2; the smallest variance comes first, so that no difference loses its digits. */
  function at(y, v, t) {
    const w = v.map((x) => 1 / (x + t)), s1 = sum(w);
    const mu = sum(w.map((a, i) => a * y[i])) / s1;
    return { w, s1, mu, q: sum(w.map((a, i) => a * (y[i] - mu) ** 2)) };
  }

  function traces(w, s1) {
    let others = 0, two = 0, three = 0;
    for (let i = 1; i < w.length; i++) {
      const square = w[i] * w[i];
      others += w[i];
      two += square;
      three += square * w[i];
    }
    const share = w[0] / s1, ratio = two / s1;
    return [others * (1 + share) - ratio,
      share * share * (others * others + 2 * two) + ratio * ratio + two - 2 * three / s1];
  }

  /** a, -a'/2, b, -b' of the (restricted) likelihood, whose slope has the sign of a - b. */
  function newton(y, v, t, restricted) {
    const k = y.length, w = new Array(k), z = new Array(k);
    let s1 = 0, mu = 0, a = 0, a3 = 0, mean = 0, rest = 0;
    for (let i = 0; i < k; i++) {
      w[i] = 1 / (v[i] + t);
      s1 += w[i];
      mu += w[i] * y[i];
    }
    mu /= s1;
    for (let i = 1; i < k; i++) {
      z[i] = w[i] * (y[i] - mu);
      rest += z[i];
    }
    z[0] = -rest; // Py sums to zero
    for (let i = 0; i < k; i++) {
      mean += w[i] * z[i];
      a += z[i] * z[i];
    }
    mean /= s1;
    for (let i = 0; i < k; i++) a3 += w[i] * (z[i] - mean) ** 2;
    return restricted ? [a, a3, ...traces(w, s1)] : [a, a3, s1, w.reduce((x, one) => x + one * one, 0)];
  }

  /** The highest point of the likelihood: every fall of its slope through zero on a grid, and 0 itself. */
  function likelihood(y, v, ss, df, restricted) {
    const unit = v[0], s2 = ss / df;
    const upper = 0.5 * (s2 + Math.sqrt(s2 * (s2 + 4 * (Math.max(...v) - unit)))) - unit;
    if (!(upper > 0)) return 0;
    const step = Math.log1p(upper / unit) / 256;
    const height = (t) => {
      const m = at(y, v, t);
      return sum(m.w.map(Math.log)) - m.q - (restricted ? Math.log(m.s1) : 0);
    };
    let best = 0, highest = height(0), before = 0, positive = false;
    for (let i = 0; i <= 256; i++) {
      const here = unit * Math.expm1(step * i), [a, , b] = newton(y, v, here, restricted);
      if (positive && !(a > b)) {
        const t = refined(y, v, before, here, unit, restricted), h = height(t);
        if (h > highest) [best, highest] = [t, h];
      }
      positive = a > b;
      before = here;
    }
    return best;
  }

  function refined(y, v, low, high, unit, restricted) {
    let x = 0.5 * (low + high);
    for (let i = 0; i < 200; i++) {
      const [a, a3, b, b2] = newton(y, v, x, restricted);
      if (a > b) low = x; else high = x;
      let next = x + (a - b) * a / (2 * b * a3 - b2 * a);
      const inside = next >= low && next <= high;
      if (!inside) next = 0.5 * (low + high);
      const done = (inside ? Math.abs(next - x) : high - low) <= 1e-8 * (x + unit);
      x = next;
      if (done) break;
    }
    return x;
  }

  /** t >= 0 where Q, which decreases, falls to the target; 0 if it starts below. */
  function whereQ(target, y, v, ss) {
    const unit = v[0], upper = ss / target - unit;
    if (!(upper > 0)) return 0;
    let x = 0, low = 0, high = upper;
    for (let i = 0; i < 200; i++) {
      const m = at(y, v, x), slope = sum(m.w.map((w, j) => (w * (y[j] - m.mu)) ** 2)), gap = m.q - target;
      if (gap > 0) low = x; else high = x;
      const plain = gap / slope;
      let next = x + plain * (m.q / target);
      if (!(next >= low && next <= high)) next = Math.min(Math.max(x + plain, low), high);
      const done = Math.abs(next - x) <= 1e-8 * (x + unit) || high <= 0;
      x = next;
      if (done) break;
    }
    return x;
  }

  function tau2Of(method, y, v, ss) {
    const k = y.length, df = k - 1;
    if (method === "CE") return 0;
    if (method === "REML" || method === "ML") return likelihood(y, v, ss, df, method === "REML");
    if (method === "PM" || method === "EB") return whereQ(df, y, v, ss);
    if (method === "HE") return Math.max(ss / df - sum(v) / k, 0);
    if (method === "SJ") return ss ? ss / k * at(y, v, ss / k).q / df : 0;
    if (method !== "HS" && method !== "DL") throw new Error(`no estimator of tau2 is called ${method}`);
    const m = at(y, v, 0);
    return Math.max(method === "HS" ? (m.q - k) / m.s1 : (m.q - df) / traces(m.w, m.s1)[0], 0);
  }

  /** What models.pool gives; `df` are the trials' own degrees of freedom, which count where there is one. */
  function pool(yi, vi, method, inference, level, df) {
    const k = yi.length, first = vi.indexOf(Math.min(...vi));
    if (k === 1) {
      const own = df && df[0] >= 1 ? df[0] : Infinity, se = Math.sqrt(vi[0]), half = critical(level, own) * se;
      const none = [NaN, NaN];
      return { k, estimate: yi[0], se, df: own, ci: [yi[0] - half, yi[0] + half], pValue: pValue(yi[0] / se, own),
        tau2: NaN, tau2Ci: none, i2: NaN, i2Ci: none, q: 0, qP: NaN, prediction: none, weights: [100], level,
        method, inference };
    }
    const order = yi.map((_, i) => i);
    order[first] = 0;
    order[0] = first;
    const origin = yi[first], y = order.map((i) => yi[i] - origin), v = order.map((i) => vi[i]), n = k - 1;
    const plain = sum(y) / k, ss = sum(y.map((x) => (x - plain) ** 2));
    const tau2 = tau2Of(method, y, v, ss), common = at(y, v, 0), final = tau2 ? at(y, v, tau2) : common;
    const mu = origin + final.mu, wald = Math.sqrt(1 / final.s1), hk = wald * Math.sqrt(final.q / n);
    const se = { z: wald, t: wald, hksj: hk, hksj_modified: Math.max(wald, hk) }[inference];
    const freedom = inference === "z" ? Infinity : n, half = critical(level, freedom) * se;
    const fit = { k, estimate: mu, se, df: freedom, ci: [mu - half, mu + half], pValue: pValue(mu / se, freedom),
      tau2, q: common.q, qP: chi2(n, common.q)[1], level, method, inference };
    fit.weights = order.map((i) => final.w[i] * (100 / final.s1));
    if (method === "CE") {
      return Object.assign(fit, { tau2Ci: [NaN, NaN], i2Ci: [NaN, NaN], prediction: [NaN, NaN],
        i2: common.q > 0 ? Math.max(0, 100 * (common.q - n) / common.q) : 0 });
    }
    const typical = n / traces(common.w, common.s1)[0], alpha = (1 - level) / 2;
    const share = (t) => 100 * t / (typical + t);
    fit.tau2Ci = [whereQ(chi2Above(n, alpha), y, v, ss), whereQ(chi2Above(n, 1 - alpha), y, v, ss)];
    fit.i2 = share(tau2);
    fit.i2Ci = fit.tau2Ci.map(share);
    const reach = critical(level, n) * Math.sqrt(tau2 + se * se);
    fit.prediction = [mu - reach, mu + reach];
    return fit;
  }

  /** As a report pools: the modified interval where the plain one is narrower than the trials allow
      (models.wider_companion). */
  function pooled(y, v, method, inference, level, df) {
    const fit = pool(y, v, method, inference, level, df);
    const narrow = inference === "hksj" && fit.k > 1 && !(fit.tau2 > 0) && fit.se < 1 / Math.sqrt(sum(v.map((x) => 1 / x)));
    return narrow ? { ...pool(y, v, method, "hksj_modified", level, df), widened: true } : fit;
  }

  // ---- Bayes, by quadrature ------------------------------------------------------------------------------
  /* Each prior of tau by its parameters: the power of 1/tau of its tail, the scale on which it changes, where it
     ends, and the logarithm of its density up to a constant. */
  const PRIORS = {
    "half-normal": { tail: Infinity, grain: (p) => p.scale, log: (p, t) => -0.5 * (t / p.scale) ** 2 },
    "half-Cauchy": { tail: 2, grain: (p) => p.scale, log: (p, t) => -Math.log1p((t / p.scale) ** 2) },
    uniform: { tail: Infinity, grain: (p) => p.scale, end: (p) => p.scale, log: (p, t) => (t <= p.scale ? 0 : -Infinity) },
    "log-Student": { tail: 1, grain: (p) => p.sd * Math.exp((p.location - 30 * p.scale) / 2), log: (p, t) => {
      const z = (2 * (Math.log(t) - Math.log(p.sd)) - p.location) / p.scale; // of log tau squared
      return -(p.df + 1) / 2 * Math.log1p(z * z / p.df) - Math.log(t);
    } },
  };

  /** The mean's posterior under each of several priors of tau, mixtures of normals over tau with the same parts:
      models.posterior with a normal prior of the mean, on panels that hold what any of these priors leaves. */
  function posteriors(y, v, priors, mean, rule) {
    const kinds = priors.map((p) => PRIORS[p.kind]), k = y.length, w = new Float64Array(k);
    const end = Math.max(...kinds.map((one, i) => (one.end ? one.end(priors[i]) : Infinity)));
    const s = Math.min(1 / Math.sqrt(sum(v.map((x) => 1 / x))), ...kinds.map((one, i) => one.grain(priors[i])));
    const wide = Math.max(Math.sqrt(Math.max(...v)), Math.max(...y) - Math.min(...y), s);
    const away = y.map((x) => x - mean.mean), b2 = mean.sd * mean.sd;
    let m = 0, variance = 0, tau = 0; // the mean's given tau, and tau, as `logAt` leaves them
    /** Log likelihood of tau, and what the change to the panels' variable x adds; the prior is not in it. */
    function logAt(x) {
      tau = s * Math.sinh(x * x);
      let sw = 0, pull = 0, logs = 0, loss = 0;
      for (let i = 0; i < k; i++) {
        const total = tau * tau + v[i];
        w[i] = 1 / total;
        sw += w[i];
        pull += w[i] * away[i];
        logs += Math.log(2 * Math.PI * total);
      }
      variance = b2 / (1 + b2 * sw);
      m = variance * pull;
      for (let i = 0; i < k; i++) loss += w[i] * (away[i] - m) ** 2;
      return -0.5 * (loss + Math.log1p(b2 * sw) + (m / mean.sd) ** 2 + logs) + Math.log(2 * x * s * Math.cosh(x * x));
    }
    const last = end < Infinity ? Math.sqrt(Math.asinh(end / s)) : Infinity;
    const search = rule.search.filter((x) => last > x), seen = new Map();
    const known = (i) => {
      if (!seen.has(i)) seen.set(i, [logAt(search[i]), tau]);
      return seen.get(i);
    };
    let first = search.length, final = 0;
    priors.forEach((prior, p) => {
      const tail = kinds[p].tail + k, moment = tail > 3 ? 2 : tail > 2 ? 1 : 0; // the highest that exists must be right, too
      const [low, high] = kept((i) => known(i)[0] + kinds[p].log(prior, known(i)[1]) + moment * Math.log1p(known(i)[1] / wide), search.length, rule.negligible);
      [first, final] = [Math.min(first, low), Math.max(final, high)];
    });
    const from = first > 0 ? search[first - 1] : 0;
    const to = final + 1 < search.length ? search[final + 1] : Math.min(last, rule.search[rule.search.length - 1]);
    const width = (to - from) / rule.panels, size = rule.panels * rule.nodes.length, made = () => new Float64Array(size);
    const ms = made(), ss = made(), ws = priors.map(made);
    for (let i = 0, p = 0; p < rule.panels; p++) {
      for (let j = 0; j < rule.nodes.length; j++, i++) {
        const log = logAt(from + width * (p + 0.5) + width / 2 * rule.nodes[j]);
        ms[i] = mean.mean + m;
        ss[i] = Math.sqrt(variance);
        for (let q = 0; q < ws.length; q++) ws[q][i] = log + kinds[q].log(priors[q], tau);
      }
    }
    for (const one of ws) {
      const top = one.reduce((a, b) => Math.max(a, b), -Infinity);
      let total = 0;
      for (let i = 0; i < size; i++) total += one[i] = Math.exp(one[i] - top) * rule.weights[i % rule.nodes.length];
      for (let i = 0; i < size; i++) one[i] /= total;
    }
    return ws.map((one) => ({ m: ms, s: ss, w: one }));
  }

  const posterior = (y, v, prior, mean, rule) => posteriors(y, v, [prior], mean, rule)[0];

  /** The first and the last of n points at which a smooth function comes within `depth` of its top: every eighth
      point is looked at, all around the highest of these, and all where it passes that line. */
  function kept(f, n, depth) {
    const some = [], seen = new Map(), at = (i) => (seen.has(i) ? seen.get(i) : (seen.set(i, f(i)), seen.get(i)));
    for (let i = 0; i < n; i += 8) some.push(i);
    let top = Math.max(...some.map(at));
    for (const i of some.filter((one) => at(one) > top - 8)) {
      for (let j = Math.max(i - 7, 0); j < Math.min(i + 8, n); j++) top = Math.max(top, at(j));
    }
    const line = top - depth, high = some.filter((i) => at(i) > line);
    let first = high[0], final = high[high.length - 1];
    while (first > 0 && at(first - 1) > line) first--;
    while (final + 1 < n && at(final + 1) > line) final++;
    return [first, final];
  }

  /** Mean of the mean, probability of a mean below x, density of the mean at x; parts without weight do not count. */
  const average = ({ m, w }) => w.reduce((all, one, i) => all + one * m[i], 0);

  function below({ m, s, w }, x) {
    let p = 0;
    for (let i = 0; i < w.length; i++) if (w[i] > 1e-22) p += w[i] * ndtr((x - m[i]) / s[i]);
    return p;
  }

  function density({ m, s, w }, x) {
    let d = 0;
    for (let i = 0; i < w.length; i++) if (w[i] > 1e-22) d += w[i] / s[i] * Math.exp(-0.5 * ((x - m[i]) / s[i]) ** 2);
    return d / 2.5066282746310002;
  }

  function quantile(post, p) {
    const { m, s, w } = post;
    let low = Infinity, high = -Infinity, most = 0;
    for (let i = 0; i < w.length; i++) {
      if (!(w[i] > 1e-22)) continue;
      low = Math.min(low, m[i] - 9 * s[i]);
      high = Math.max(high, m[i] + 9 * s[i]);
      if (w[i] > w[most]) most = i;
    }
    return rising((x) => below(post, x) - p, (x) => density(post, x), low, high, m[most] + s[most] * ndtri(p));
  }

  // ---- what a new trial reports --------------------------------------------------------------------------
  /** Mean and SD from median and quartiles (Luo 2018, Wan 2014), unless they are those of skewed values (Shi 2023). */
  function fromQuartiles(median, q1, q3, n) {
    const skew = Math.abs(q1 + q3 - 2 * median) / (q3 - q1), limit = 2.65 / Math.sqrt(n) - 6 / (n * n);
    if (!(n >= 5) || skew >= limit) return { mean: NaN, sd: NaN, skewed: skew >= limit };
    const w = 0.7 + 0.39 / n;
    return { mean: w * (q1 + q3) / 2 + (1 - w) * median, sd: (q3 - q1) / (2 * ndtri((0.75 * n - 0.125) / (n + 0.25))),
      skewed: false };
  }

  /** Difference and SE in points of 0 to 10, or standardised: { yi, vi, df } of what one trial reports, or the
      name of what it lacks (a key of form.words). `t.form` is one of the form's; `chosen` is the correlation of a
      crossover's conditions, "implied" or "parallel"; LDN minus placebo. */
  function trialEffect(t, standardised, chosen = "implied") {
    if (t.form === "counts") return standardised ? fromCounts(t) : "counts";
    const paired = t.design === "crossover", { n1, n2 } = t, given = Number(chosen);
    let value = t.value, se = t.se, sds = null, pooled = !paired, r = Number.isFinite(given) ? given : t.r;
    if (t.m1 !== undefined) {
      const arms = t.form === "quartiles" ? [fromQuartiles(t.m1, t.q11, t.q31, n1), fromQuartiles(t.m2, t.q12, t.q32, n2)]
        : [{ mean: t.m1, sd: t.sd1 }, { mean: t.m2, sd: t.sd2 }];
      pooled = pooled || chosen === "parallel";
      if (!pooled && !Number.isFinite(given)) return "no correlation";
      sds = arms.map((a) => a.sd);
      value = arms[0].mean - arms[1].mean;
      se = Math.sqrt(sds[0] ** 2 / n1 + sds[1] ** 2 / n2 - (pooled ? 0 : 2 * r * sds[0] * sds[1] / n1));
    } else if (paired && chosen === "parallel") return "not parallel";
    const df = pooled ? n1 + n2 - 2 : n1 - 1;
    if (t.form === "interval") se = (t.upper - t.lower) / (2 * critical(0.95, df));
    const factor = 10 / (t.high - t.low);
    if (!standardised) return finite({ yi: factor * value, vi: (factor * se) ** 2, df });
    // of a crossover the SD between persons: of its conditions, or from that of the differences by the correlation
    const m = pooled ? 1 : 1 + r * r, weight = pooled ? n1 + n2 : 2 * n1 / m;
    const sd = !pooled ? (sds ? Math.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2) : se * Math.sqrt(n1) / Math.sqrt(2 * (1 - r)))
      : sds ? Math.sqrt(((n1 - 1) * sds[0] ** 2 + (n2 - 1) * sds[1] ** 2) / (n1 + n2 - 2)) : se / Math.sqrt(1 / n1 + 1 / n2);
    const g = hedges(pooled ? n1 + n2 - 2 : 2 * (n1 - 1) / m) * value / sd;
    return finite({ yi: g, vi: (se / sd) ** 2 + g * g / (2 * weight), df: NaN });
  }

  const finite = (e) => (Number.isFinite(e.yi) && e.vi > 0 && Number.isFinite(e.vi) ? e : "perfect");

  /** Log odds ratio times sqrt(3) / pi (Hasselblad and Hedges 1995); more responders count as less pain. */
  function fromCounts(t) {
    const add = t.e1 === 0 || t.e2 === 0 || t.e1 === t.n1 || t.e2 === t.n2 ? 0.5 : 0;
    const [a, b, c, d] = [t.e1, t.n1 - t.e1, t.e2, t.n2 - t.e2].map((x) => x + add);
    const factor = Math.sqrt(3) / Math.PI;
    return finite({ yi: -factor * Math.log(a * d / (b * c)), vi: factor ** 2 * (1 / a + 1 / b + 1 / c + 1 / d), df: NaN });
  }

  // ---- numbers in words ----------------------------------------------------------------------------------
  /** As Python's format(x, ".2f"): the exact decimal value, ties to even. */
  function fixed(x, digits) {
    if (!Number.isInteger(x * 2 ** (digits + 1))) { // no tie: it would be a multiple of that power of two
      const text = Math.abs(x).toFixed(digits);
      return (x < 0 && Number(text) !== 0 ? "−" : "") + text;
    }
    const exact = Math.abs(x).toFixed(Math.min(digits + 60, 100)), cut = exact.length - Math.min(60, 100 - digits);
    const rest = exact.slice(cut), kept = exact.slice(0, cut).replace(/\.$/, "");
    const tie = /^50*$/.test(rest) && "02468".includes(kept[kept.length - 1]);
    const text = tie ? kept : Math.abs(x).toFixed(digits);
    return (x < 0 && Number(text) !== 0 ? "−" : "") + text;
  }

  /** As display.words.number. */
  const number = (x, digits = 2) => (Number.isNaN(x) || x === null ? "–" : x === Infinity ? "∞" : x === -Infinity ? "−∞" : fixed(x, digits));

  /** As format(x, "g") for the sizes that occur here. */
  const general = (x) => String(Number(x.toPrecision(6)));

  const interval = (e, [low, high]) => (Number.isFinite(low) ? `${number(e)} [${number(low)}, ${number(high)}]` : number(e));

  /** The slots of a template filled: {name}. */
  const fill = (template, values) => template.replace(/\{([^{}]+)\}/g, (all, name) => (name in values ? values[name] : all));

  const percent = (p, words) => (p < 0.01 ? words.rare : p > 0.99 ? words.certain : fill(words.percent, { p: fixed(100 * p, 0) }));

  const points = (x, words) => (x === 1 ? words.point : fill(words.points, { x: general(x) }));

  /** Where an interval lies against no difference and the threshold: pain.words.situation. */
  function situation([low, high], mid) {
    if (high < 0) return high <= -mid ? "important_benefit" : low <= -mid ? "benefit" : "small_benefit";
    if (low > 0) return low >= mid ? "important_harm" : high >= mid ? "harm" : "small_harm";
    if (low <= -mid) return high >= mid ? "open" : "benefit_open";
    return high >= mid ? "harm_open" : "little_difference";
  }

  /** One trial in words. */
  const single = (row, words) => fill(words.single, { label: row.label, estimate: number(row.yi), low: number(row.ci[0]), high: number(row.ci[1]) });

  /** A probability with its range over priors and what stood before the data. */
  function chance(c, words) {
    const digits = c.high < 0.1 ? 1 : 0, [low, high] = [c.low, c.high].map((p) => (p > 0.0005 ? fixed(100 * p, digits) : words.tiny));
    return fill(words.chance, { p: percent(c.p, words), before: percent(c.before, words), range: low === high ? `${low}%` : fill(words.range, { low, high }) });
  }

  /** The pooled result in a sentence: the package's template of this situation, with these numbers. */
  function sentence(fit, mid, n, measure, data, trials) {
    const [low, high] = fit.ci, words = data.words, known = Number.isFinite(low) && Number.isFinite(high);
    const most = words.trials.length - 1, edge = (low === 0 ? "0" : "") + (high === 0 ? "o" : "");
    const key = fit.k === 2 ? "two" : [measure, Math.min(fit.k, most), known ? situation(fit.ci, mid) : "none", (fit.estimate < 0 ? "-" : "+") + edge, ...(fit.widened ? ["w"] : [])].join(";");
    const abs = (x) => number(Math.abs(x));
    return fill(data.sentences.texts[data.sentences.keys[key]], { each: trials.join("; "), mid: points(mid, words), level: general(100 * fit.level) + "%",
      n: String(n), trials: fill(words.trials[Math.min(fit.k, most)], { k: fit.k }), estimate: number(fit.estimate),
      size: abs(fit.estimate), low: number(low), "low size": abs(low), high: number(high), "high size": abs(high) });
  }

  /** Weights as text that add up to 100.0 (largest remainders get the last digit): forest_plot.shares_of_100. */
  function shares(weights) {
    const total = sum(weights), scaled = weights.map((w) => 1000 * w / total), whole = scaled.map(Math.floor);
    const order = scaled.map((_, i) => i).sort((a, b) => (whole[a] - scaled[a]) - (whole[b] - scaled[b]));
    for (const i of order.slice(0, 1000 - sum(whole))) whole[i] += 1;
    return whole.map((w) => fixed(w / 10, 1));
  }

  // ---- an analysis ---------------------------------------------------------------------------------------
  const scaleOf = (measure) => (measure === "MD" ? "MD" : "SMD");

  /** What a trial gives under the options: its estimate, or the reason why there is none. What the derivation
      of its design does not look at stays at the first option. */
  function estimateOf(trial, state, data) {
    const first = data.first, own = state.contrast === "within_group";
    const key = [state.measure, trial.paired ? first.time : state.time, trial.paired && !own ? first.contrast : state.contrast,
      trial.paired ? state.crossover_r : first.crossover_r, state.spread[trial.id] || first.spread].join(";");
    const at = trial.under[state.reading][key];
    if (at === undefined) return { reason: data.reasons[data.missing] };
    if (at < 0) return { reason: data.reasons[-1 - at] };
    const [yi, vi, df, lower, upper, , people] = data.estimates[at];
    const slip = state.sign[trial.id] && state.sign[trial.id] !== first.sign;
    const printed = lower === null ? null : slip ? [-upper, -lower] : [lower, upper];
    return { yi: slip ? -yi : yi, vi, df: df === null ? Infinity : df, printed, n: people };
  }

  /** Numbers of a typed trial. */
  function numbersOf(trial, form) {
    const scale = form.scales[trial.scale], found = { form: trial.form, design: trial.design, low: scale.low, high: scale.high, r: form.assumed_r };
    const fields = form.forms.find((f) => f.value === trial.form).fields;
    for (const name of fields) found[name] = Number(trial[name]);
    return trial.design === "crossover" ? { ...found, n2: found.n1 } : found;
  }

  /** The chosen prior of tau in the unit of the estimate: a published one is of SDs, and points in one SD are the
      mean over trials of both differences' ratio (pain.belief.sd_of_units). Without such a trial, the default. */
  function priorOf(state, used, data) {
    const chosen = data.priors[state.prior];
    if (chosen.kind !== "log-Student") return chosen;
    const ratios = scaleOf(state.measure) === "SMD" ? [1] : used.map((row) => {
      const trial = data.trials.find((t) => t.id === row.id), typed = state.added.find((t) => t.id === row.id);
      const other = trial ? estimateOf(trial, { ...state, measure: "SMD" }, data) : trialEffect(numbersOf(typed, data.form), true, state.crossover_r);
      return row.yi / other.yi;
    }).filter(Number.isFinite), sd = sum(ratios) / ratios.length;
    return sd > 0 ? { ...chosen, sd, words: fill(sd === 1 ? chosen.words : chosen.inPoints, { sd: fixed(sd, 2) }) }
      : { ...data.priors[data.defaults.prior], instead: true };
  }

  /** Every row, the pool, the posterior and the sentence of a state of the page. */
  function analyse(state, data) {
    const measure = scaleOf(state.measure), level = state.level;
    const rows = data.trials.map((trial) => {
      const made = estimateOf(trial, state, data);
      return { id: trial.id, label: trial.label, year: trial.year, ticked: state.trials.includes(trial.id), ...made };
    });
    for (const trial of state.added) {
      const t = numbersOf(trial, data.form), made = trialEffect(t, measure === "SMD", state.crossover_r);
      rows.push({ id: trial.id, label: trial.label, year: Number(trial.year), added: true, ticked: !trial.out,
        ...(made.vi ? { ...made, df: Number.isFinite(made.df) ? made.df : Infinity, printed: null, n: trial.design === "crossover" ? t.n1 : t.n1 + t.n2 }
          : { reason: data.form.words[made] }) });
    }
    for (const row of rows) {
      row.used = row.ticked && !row.reason;
      if (row.reason) continue;
      const half = critical(level, row.df) * Math.sqrt(row.vi);
      row.ci = level === 0.95 && row.printed ? row.printed : [row.yi - half, row.yi + half];
    }
    const used = rows.filter((row) => row.used), y = used.map((r) => r.yi), v = used.map((r) => r.vi);
    if (!used.length) return { rows, used, fit: null, sentence: data.words.nothing, measure };
    const fit = pooled(y, v, state.tau2_method, state.inference, level, used.map((r) => r.df));
    const share = shares(fit.weights);
    used.forEach((row, i) => { Object.assign(row, { weight: fit.weights[i], share: share[i] }); });
    const threshold = measure === "MD" ? state.mid : state.smd_mid, n = sum(used.map((r) => r.n));
    const prior = priorOf(state, used, data);
    const swept = posteriors(y, v, data.swept.map((scale) => ({ kind: "half-normal", scale })), data.mean_prior, data.quadrature);
    const post = swept[prior.kind === "half-normal" ? data.swept.indexOf(prior.scale) : -1] || posterior(y, v, prior, data.mean_prior, data.quadrature);
    const before = (x) => ndtr((x - data.mean_prior.mean) / data.mean_prior.sd);
    const event = (of, prior) => {
      const all = swept.map(of);
      return { p: of(post), before: prior, low: Math.min(...all), high: Math.max(...all) };
    };
    const bayes = { mean: average(post), median: quantile(post, 0.5), prior, post, ci: [quantile(post, 0.5 - level / 2), quantile(post, 0.5 + level / 2)],
      chances: { relief: event((p) => below(p, 0), before(0)), beyond: event((p) => below(p, -threshold), before(-threshold)),
        worse: event((p) => 1 - below(p, threshold), 1 - before(threshold)) } };
    return { rows, used, fit, n, measure, threshold, bayes, sentence: sentence(fit, state.mid, n, measure, data, used.map((r) => single(r, data.words))), place: place(state, used, fit, data) };
  }

  // ---- the multiverse ------------------------------------------------------------------------------------
  const KINDS = ["defensible", "debatable", "error"];

  /** The worst of the options chosen, each taken as the first option that gives the trials the same numbers. */
  function kindOf(state, used, data) {
    const ours = used.filter((r) => !r.added), set = ours.map((r) => r.id).join("+"), why = [];
    let worst = 0, inside = Object.hasOwn(data.worth, set) && ours.length === used.length && state.reading === data.defaults.reading;
    const count = (kind, title, label) => {
      worst = Math.max(worst, KINDS.indexOf(kind));
      if (kind !== KINDS[0]) why.push({ kind, title, label });
    };
    if (ours.length) count(data.worth[set] || "debatable", "the set of trials", "");
    const numbers = (s) => JSON.stringify(used.map((row) => {
      const trial = data.trials.find((t) => t.id === row.id), made = trial ? estimateOf(trial, s, data) : row;
      return [made.yi, made.vi];
    }));
    const now = numbers(state);
    for (const choice of data.choices) {
      const method = choice.name === "tau2_method" || choice.name === "inference";
      if (method && used.length === 1) continue;
      const chosen = choice.study ? state[choice.name][choice.study] || data.first[choice.name] : state[choice.name];
      let at = choice.options.findIndex((o) => o.value === chosen);
      if (!method) {
        const same = choice.options.findIndex((o) => numbers(choice.study
          ? { ...state, [choice.name]: { ...state[choice.name], [choice.study]: o.value } } : { ...state, [choice.name]: o.value }) === now);
        if (same >= 0) at = same;
      }
      if (at < 0) {
        inside = false;
        at = choice.options.findIndex((o) => o.kind === "debatable");
      }
      count(choice.options[at].kind, choice.title, choice.options[at].label);
    }
    if (used.length > 1 && state.tau2_method === "CE" && state.inference.startsWith("hksj")) inside = false;
    return { kind: KINDS[worst], inside, why };
  }

  /** Where an estimate would stand among the analyses of its kind: share of them that are lower. */
  function place(state, used, fit, data) {
    const { kind, inside, why } = kindOf(state, used, data);
    const curve = data.curves.find((c) => c.scale === state.measure && c.kind === kind);
    if (!curve) return { kind, inside, why, curve: null };
    const e = curve.estimates, x = fit.estimate + 1e-12;
    let low = 0, high = e.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (e[middle] <= x) low = middle + 1; else high = middle;
    }
    const whole = e.length === curve.n;
    const between = low > 0 && low < e.length && e[low] > e[low - 1] ? (x - e[low - 1]) / (e[low] - e[low - 1]) : 0;
    const share = whole ? low / e.length : low === 0 ? 0 : Math.min(1, (low - 1 + between) / (e.length - 1));
    return { kind, inside, why, curve, share, rank: whole ? low : null };
  }

  // ---- a typed trial -------------------------------------------------------------------------------------
  /** What is wrong with a cell, in the words of the rule; empty if nothing. */
  function broken(text, rules, pattern) {
    const words = rules.words;
    if (text === "") return words.empty;
    if (rules.type === "string") return "";
    if (!new RegExp(`^(?:${pattern})$`).test(text)) return /^[+-]?\d+,\d+$/.test(text) ? words.comma : words.number;
    const x = Number(text);
    if (!Number.isFinite(x)) return words.number;
    if (rules.type === "integer" && !Number.isInteger(x)) return words.whole;
    if (rules.minimum !== null && x < rules.minimum) return words.minimum;
    return rules.maximum !== null && x > rules.maximum ? words.maximum : "";
  }

  /** Everything that is wrong with a typed trial: [field, words], in the order of the fields. */
  function wrongWith(trial, form, taken) {
    const shape = form.forms.find((f) => f.value === trial.form), wrong = [];
    if (!shape || !form.rows[trial.design] || !form.rows[trial.design][trial.form] || !form.scales[trial.scale]) return [["form", ""]];
    const crossover = trial.design === "crossover";
    for (const name of [...form.about, ...shape.fields]) {
      if (crossover && name === "n2") continue;
      const text = typeof trial[name] === "string" ? trial[name] : "";
      if (text === "" && form.open.includes(name)) continue;
      const said = broken(text, form.fields[name].rules, form.number);
      if (said) wrong.push([name, said]);
      else if (name === "id" && !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text)) wrong.push([name, form.words.id]);
      else if (name === "id" && taken.includes(text)) wrong.push([name, form.words.taken]);
    }
    if (wrong.length) return wrong;
    const t = numbersOf(trial, form), width = t.high - t.low;
    const say = (name, word, values) => wrong.push([name, fill(form.words[word], values || {})]);
    if (trial.form === "interval" && !(t.lower <= t.value && t.value <= t.upper)) say("value", "limits");
    if (trial.form === "counts") for (const i of ["1", "2"]) if (t["e" + i] > t["n" + i]) say("e" + i, "events");
    if (trial.form === "quartiles") {
      for (const [i, who] of [["1", "LDN"], ["2", "control"]]) {
        if (!(t["q1" + i] <= t["m" + i] && t["m" + i] <= t["q3" + i])) say("m" + i, "order");
        else if (!(t["n" + i] >= 5)) say("n" + i, "few");
        else if (!Number.isFinite(fromQuartiles(t["m" + i], t["q1" + i], t["q3" + i], t["n" + i]).mean)) {
          wrong.push(["m" + i, form.words.skewed.replace("LDN", who)]);
        }
      }
    }
    for (const name of ["value", "lower", "upper"]) {
      if (shape.fields.includes(name) && Math.abs(t[name]) > width) say(name, "beyond", { value: general(t[name]) });
    }
    if (wrong.length || trial.form === "counts") return wrong;
    if ((trial.form === "se" && t.se === 0) || (trial.form === "interval" && t.lower === t.upper)) say(trial.form === "se" ? "se" : "lower", "perfect");
    else if (t.sd1 === 0 && t.sd2 === 0) say("sd1", "no spread");
    else if (trialEffect(t, false, "0") === "perfect") say(shape.fields[0], "perfect");
    return wrong;
  }

  const quoted = (cell) => (/[",\r\n]/.test(cell) ? '"' + cell.replace(/"/g, '""') + '"' : cell);

  /** Rows for the data: [file, CSV text with its header]. */
  function rowsFor(trial, form) {
    const scale = form.scales[trial.scale];
    const whole = ["n1", "n2"].map((n) => Number(trial[n])).filter(Number.isFinite);
    const values = { ...Object.fromEntries(form.open.map((name) => [name, ""])), ...trial, scale: scale.scale, unit: scale.unit, low: general(scale.low), high: general(scale.high), n: String(sum(whole)) };
    return form.rows[trial.design][trial.form].map(({ file, columns, cells }) => [file,
      [columns, ...cells.map((row) => row.map((cell) => quoted(fill(cell, values))))].map((row) => row.join(",")).join("\n") + "\n"]);
  }

  return { critical, pool, posterior, below, average, quantile, analyse, sentence, chance, shares, trialEffect, numbersOf,
    wrongWith, rowsFor, percent, points, number, general, interval, fill, quoted };
})();
