"use strict";
/* The numbers of explore.html: what ldn_analysis.models computes, said again for a browser, digit
   for digit. Nothing here touches the page. Notation follows models/pooling: y'PPy is a. */
const Core = (() => {
  const sum = (x) => x.reduce((s, a) => s + a, 0);

  // ---- distributions ---------------------------------------------------------------------------
  /** Where a rising function reaches a target: Newton's steps, kept inside a bracket that shrinks
      with each. `f` gives value and slope; next to the target, one step more is the last. */
  function rising(f, target, low, high, start) {
    let x = Math.min(Math.max(start, low), high);
    for (let i = 0; i < 200; i++) {
      const { value, slope } = f(x), over = value - target;
      if (over <= 0) low = x;
      if (over >= 0) high = x;
      const step = x - over / slope, next = step >= low && step <= high ? step : (low + high) / 2;
      if (Math.abs(over) < 1e-12 || high - low <= 4e-16 * Math.abs(x)) return next;
      x = next;
    }
    return x;
  }

  const NODES = Array.from({ length: 13 }, (_, i) => ((i + 0.5) / 2) ** 2);
  const DAMPED = NODES.map((node) => Math.exp(-node));

  /** Standard normal distribution function and density: the trapezoidal rule of step 1/2 for the
      integral of exp(-t^2) / (t^2 + x^2), and what its pole adds (Matta and Reichel 1971, Math Comp
      25:339). */
  function normal(z) {
    const square = z * z / 2, x = Math.sqrt(square), bell = Math.exp(-square);
    let inner = 0;
    for (let i = 0; i < 13; i++) inner += DAMPED[i] / (square + NODES[i]);
    const pole = x < 6 ? 1 / (1 + Math.exp(4 * Math.PI * x)) : 0;
    const tail = x * bell * inner / (2 * Math.PI) + pole;
    return { value: z < 0 ? tail : 1 - tail, slope: bell / Math.sqrt(2 * Math.PI) };
  }

  const ndtr = (z) => normal(z).value;

  /** Value below which a standard normal has probability p. */
  const ndtri = (p) => (p > 0.5 ? -ndtri(1 - p) : rising(normal, p, -40, 0, 0));

  const SERIES = [-399 / 262144, -21 / 32768, 5 / 1024, 1 / 128, -1 / 8, 1];
  /** gamma(z + 1/2) / gamma(z): the asymptotic series, after steps upwards to where it holds. */
  function gammaRatio(z) {
    let steps = 1;
    for (; z < 60; z++) steps *= z / (z + 0.5);
    return steps * Math.sqrt(z) * SERIES.reduce((s, c) => s / z + c);
  }

  /** Hedges' correction, exact: gamma(m / 2) / (sqrt(m / 2) gamma((m - 1) / 2)). */
  const hedges = (m) => (m > 1 ? gammaRatio((m - 1) / 2) / Math.sqrt(m / 2) : NaN);

  /** Probability of a chi-squared variable above x, and its density there; df is whole. */
  function chi2(df, x) {
    if (!(x > 0)) return { above: 1, density: 0 };
    const odd = df % 2, bell = Math.exp(-x / 2);
    let above = odd ? 2 * ndtr(-Math.sqrt(x)) : bell;
    let term = bell * (odd ? Math.sqrt(2 * x / Math.PI) : x / 2);
    for (let n = odd ? 1 : 2; n < df; n += 2) {
      above += term;
      term *= x / (n + 2);
    }
    return { above, density: term * df / (2 * x) };
  }

  const remembered = new Map();
  function once(key, make) {
    if (!remembered.has(key)) remembered.set(key, make());
    return remembered.get(key);
  }

  /** Chi-squared value with probability p above it. */
  const chi2Above = (df, p) => once(`c${df};${p}`, () => {
    let high = df + 10;
    while (chi2(df, high).above > p) high *= 2;
    return rising((x) => {
      const { above, density } = chi2(df, x);
      return { value: -above, slope: density };
    }, -p, 0, high, df);
  });

  /** Probability of a t variable below -|t|, of a normal one if df is infinite: half the incomplete
      beta function (Lentz' continued fraction). */
  function tTail(df, t) {
    if (df === Infinity) return ndtr(-Math.abs(t));
    const q = t * t / df, a = df / 2, x = 1 / (1 + q), y = q / (1 + q);
    if (!(q > 0 && q < Infinity)) return q === 0 ? 0.5 : 0;
    const front = Math.exp(-a * Math.log1p(q)) * Math.sqrt(y / Math.PI) * gammaRatio(a);
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
      return front * h / (2 * p);
    };
    return x < (a + 1) / (a + 2.5) ? fraction(a, 0.5, x) : 0.5 - fraction(0.5, a, y);
  }

  /** Two-sided critical value of an interval: t with df, normal if df is infinite, NaN below 1. */
  const critical = (level, df) => once(`t${level};${df}`, () => {
    const p = 0.5 - level / 2, wald = -ndtri(p);
    if (!(df >= 1) || df === Infinity) return df >= 1 ? wald : NaN;
    const scale = gammaRatio(df / 2) / Math.sqrt(Math.PI * df);
    const density = (t) => scale * Math.exp(-(df + 1) / 2 * Math.log1p(t * t / df));
    let high = 4;
    while (tTail(df, high) > p) high *= 4;
    return rising((t) => ({ value: -tTail(df, t), slope: density(t) }), -p, 0, high, wald);
  });

  // ---- pooling ---------------------------------------------------------------------------------
  /** Sums at one tau2; the smallest variance comes first, so that no difference loses digits. */
  function at(y, v, t) {
    const w = v.map((x) => 1 / (x + t)), s1 = sum(w);
    const mu = sum(w.map((a, i) => a * y[i])) / s1;
    return { w, s1, mu, q: sum(w.map((a, i) => a * (y[i] - mu) ** 2)) };
  }

  /** Traces of P and of PP. */
  function traces(w, s1) {
    let others = 0, two = 0, three = 0;
    for (let i = 1; i < w.length; i++) {
      const square = w[i] * w[i];
      others += w[i];
      two += square;
      three += square * w[i];
    }
    const share = w[0] / s1, ratio = two / s1;
    return { b: others * (1 + share) - ratio,
      b2: share * share * (others * others + 2 * two) + ratio * ratio + two - 2 * three / s1 };
  }

  /** a, -a'/2, b, -b' of the (restricted) likelihood, whose slope has the sign of a - b. */
  function newton(y, v, t, restricted) {
    const { w, s1, mu } = at(y, v, t), z = w.map((a, i) => a * (y[i] - mu));
    z[0] = -sum(z.slice(1)); // Py sums to zero
    const mean = sum(z.map((x, i) => w[i] * x)) / s1;
    const a = sum(z.map((x) => x * x)), a3 = sum(z.map((x, i) => w[i] * (x - mean) ** 2));
    const { b, b2 } = restricted ? traces(w, s1) : { b: s1, b2: sum(w.map((x) => x * x)) };
    return { a, a3, b, b2 };
  }

  /** The highest point of the likelihood: every fall of its slope through zero on a grid, and 0. */
  function likelihood(y, v, ss, df, restricted) {
    const unit = v[0], s2 = ss / df;
    const upper = 0.5 * (s2 + Math.sqrt(s2 * (s2 + 4 * (Math.max(...v) - unit)))) - unit;
    if (!(upper > 0)) return 0;
    const step = Math.log1p(upper / unit) / 256;
    const height = (t) => {
      const { w, s1, q } = at(y, v, t);
      return sum(w.map(Math.log)) - q - (restricted ? Math.log(s1) : 0);
    };
    let best = 0, highest = height(0), before = 0, positive = false;
    for (let i = 0; i <= 256; i++) {
      const here = unit * Math.expm1(step * i), { a, b } = newton(y, v, here, restricted);
      if (positive && !(a > b)) {
        const t = rising((x) => {
          const n = newton(y, v, x, restricted), slope = 2 * n.b * n.a3 - n.b2 * n.a;
          return { value: n.b / n.a, slope: slope / n.a ** 2 };
        }, 1, before, here, (before + here) / 2), h = height(t);
        if (h > highest) [best, highest] = [t, h];
      }
      positive = a > b;
      before = here;
    }
    return best;
  }

  /** t >= 0 where Q, which decreases, falls to the target; 0 if it starts below. */
  function whereQ(target, y, v, ss) {
    const upper = ss / target - v[0];
    return upper > 0 ? rising((t) => {
      const { w, mu, q } = at(y, v, t);
      const fall = sum(w.map((one, i) => (one * (y[i] - mu)) ** 2));
      return { value: target / q, slope: target * fall / (q * q) };
    }, 1, 0, upper, 0) : 0;
  }

  function tau2Of(method, y, v, ss) {
    const k = y.length, df = k - 1;
    if (method === "CE") return 0;
    if (method === "REML" || method === "ML") return likelihood(y, v, ss, df, method === "REML");
    if (method === "PM" || method === "EB") return whereQ(df, y, v, ss);
    if (method === "HE") return Math.max(ss / df - sum(v) / k, 0);
    if (method === "SJ") return ss ? ss / k * at(y, v, ss / k).q / df : 0;
    const { w, s1, q } = at(y, v, 0);
    if (method === "HS") return Math.max((q - k) / s1, 0);
    if (method === "DL") return Math.max((q - df) / traces(w, s1).b, 0);
    throw new Error(`no estimator of tau2 is called ${method}`);
  }

  const NONE = [NaN, NaN];
  const about = (centre, half) => [centre - half, centre + half];

  /** What models.pool gives; of one trial its own `df` count. */
  function pool(yi, vi, method, inference, level, df) {
    const k = yi.length, n = k - 1, first = vi.indexOf(Math.min(...vi));
    const asked = { k, level, method, inference };
    if (k === 1) {
      const own = df && df[0] >= 1 ? df[0] : Infinity, se = Math.sqrt(vi[0]), [estimate] = yi;
      return { ...asked, estimate, se, df: own, ci: about(estimate, critical(level, own) * se),
        pValue: 2 * tTail(own, estimate / se), tau2: NaN, tau2Ci: NONE, i2: NaN, i2Ci: NONE, q: 0,
        qP: NaN, prediction: NONE, weights: [100] };
    }
    const order = yi.map((_, i) => i);
    order[first] = 0;
    order[0] = first;
    const origin = yi[first], y = order.map((i) => yi[i] - origin), v = order.map((i) => vi[i]);
    const plain = sum(y) / k, ss = sum(y.map((x) => (x - plain) ** 2)), common = at(y, v, 0);
    const tau2 = tau2Of(method, y, v, ss), final = tau2 ? at(y, v, tau2) : common;
    const mu = origin + final.mu, wald = Math.sqrt(1 / final.s1);
    const hk = wald * Math.sqrt(final.q / n);
    const se = { z: wald, t: wald, hksj: hk, hksj_modified: Math.max(wald, hk) }[inference];
    const freedom = inference === "z" ? Infinity : n;
    const fit = { ...asked, estimate: mu, se, df: freedom,
      ci: about(mu, critical(level, freedom) * se), pValue: 2 * tTail(freedom, mu / se), tau2,
      q: common.q, qP: chi2(n, common.q).above,
      weights: order.map((i) => final.w[i] * (100 / final.s1)) };
    if (method === "CE") {
      return { ...fit, tau2Ci: NONE, i2Ci: NONE, prediction: NONE,
        i2: common.q > 0 ? Math.max(0, 100 * (common.q - n) / common.q) : 0 };
    }
    const typical = n / traces(common.w, common.s1).b, share = (t) => 100 * t / (typical + t);
    const tails = [(1 - level) / 2, (1 + level) / 2];
    const tau2Ci = tails.map((p) => whereQ(chi2Above(n, p), y, v, ss));
    return { ...fit, tau2Ci, i2: share(tau2), i2Ci: tau2Ci.map(share),
      prediction: about(mu, critical(level, n) * Math.sqrt(tau2 + se * se)) };
  }

  /** As a report pools: the modified interval where the plain one is narrower than the trials allow
      (models.wider_companion). */
  function pooled(y, v, method, inference, level, df) {
    const fit = pool(y, v, method, inference, level, df);
    const narrow = inference === "hksj" && fit.k > 1 && !(fit.tau2 > 0)
      && fit.se < 1 / Math.sqrt(sum(v.map((x) => 1 / x)));
    return narrow ? { ...pool(y, v, method, "hksj_modified", level, df), widened: true } : fit;
  }

  // ---- Bayes, by quadrature --------------------------------------------------------------------
  /* Each prior of tau by its parameters: the power of 1/tau of its tail, the scale on which it
     changes, where it ends, and the logarithm of its density up to a constant. */
  const PRIORS = {
    "half-normal": { tail: Infinity, grain: (p) => p.scale,
      log: (p, t) => -0.5 * (t / p.scale) ** 2 },
    "half-Cauchy": { tail: 2, grain: (p) => p.scale,
      log: (p, t) => -Math.log1p((t / p.scale) ** 2) },
    uniform: { tail: Infinity, grain: (p) => p.scale, end: (p) => p.scale,
      log: (p, t) => (t <= p.scale ? 0 : -Infinity) },
    "log-Student": { tail: 1, grain: (p) => p.sd * Math.exp((p.location - 30 * p.scale) / 2),
      log: (p, t) => {
        const z = (2 * (Math.log(t) - Math.log(p.sd)) - p.location) / p.scale; // of log tau squared
        return -(p.df + 1) / 2 * Math.log1p(z * z / p.df) - Math.log(t);
      } },
  };

  /** The mean's posterior under each of several priors of tau: mixtures of normals over tau with
      the same parts (means m, SDs s), each with weights w. As models.posterior with a normal prior
      of the mean, on panels that hold what any of these priors leaves. */
  function posteriors(y, v, priors, mean, rule) {
    const kinds = priors.map((p) => PRIORS[p.kind]), k = y.length, w = new Float64Array(k);
    const end = Math.max(...kinds.map((kind, i) => (kind.end ? kind.end(priors[i]) : Infinity)));
    const alone = 1 / Math.sqrt(sum(v.map((x) => 1 / x)));
    const s = Math.min(alone, ...kinds.map((kind, i) => kind.grain(priors[i])));
    const wide = Math.max(Math.sqrt(Math.max(...v)), Math.max(...y) - Math.min(...y), s);
    const away = y.map((x) => x - mean.mean), b2 = mean.sd * mean.sd;
    let m = 0, variance = 0, tau = 0; // the mean's given tau, and tau, as `logAt` leaves them
    /** Log likelihood of tau, and what the change to the panels' variable x adds; no prior yet. */
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
      return Math.log(2 * x * s * Math.cosh(x * x))
        - 0.5 * (loss + Math.log1p(b2 * sw) + (m / mean.sd) ** 2 + logs);
    }
    const last = end < Infinity ? Math.sqrt(Math.asinh(end / s)) : Infinity;
    const search = rule.search.filter((x) => last > x), taus = new Float64Array(search.length);
    const logs = search.map((x, i) => {
      const log = logAt(x);
      taus[i] = tau;
      return log;
    });
    let first = search.length, final = 0;
    priors.forEach((prior, p) => {
      const tail = kinds[p].tail + k, moment = tail > 3 ? 2 : tail > 2 ? 1 : 0; // the highest
      const reach = logs.map((log, i) =>
        log + kinds[p].log(prior, taus[i]) + moment * Math.log1p(taus[i] / wide));
      const line = Math.max(...reach) - rule.negligible;
      first = Math.min(first, reach.findIndex((x) => x > line));
      final = Math.max(final, reach.findLastIndex((x) => x > line));
    });
    const from = search[first - 1] ?? 0;
    const to = search[final + 1] ?? Math.min(last, rule.search.at(-1));
    const width = (to - from) / rule.panels, per = rule.nodes.length, size = rule.panels * per;
    const parts = () => new Float64Array(size), ms = parts(), ss = parts(), ws = priors.map(parts);
    for (let i = 0; i < size; i++) {
      const log = logAt(from + width * (Math.floor(i / per) + 0.5 + rule.nodes[i % per] / 2));
      ms[i] = mean.mean + m;
      ss[i] = Math.sqrt(variance);
      for (let p = 0; p < ws.length; p++) ws[p][i] = log + kinds[p].log(priors[p], tau);
    }
    return ws.map((logs) => {
      const top = Math.max(...logs);
      const mass = logs.map((log, i) => Math.exp(log - top) * rule.weights[i % per]);
      const total = sum(mass);
      return { m: ms, s: ss, w: mass.map((x) => x / total) };
    });
  }

  const posterior = (y, v, prior, mean, rule) => posteriors(y, v, [prior], mean, rule)[0];

  /** Mean of the mean. */
  const average = ({ m, w }) => sum(w.map((share, i) => share * m[i]));

  /** Probability of a mean below x and its density there; parts without weight do not count. */
  function belowAt({ m, s, w }, x) {
    let value = 0, slope = 0;
    for (let i = 0; i < w.length; i++) {
      if (w[i] < 1e-20) continue;
      const part = normal((x - m[i]) / s[i]);
      value += w[i] * part.value;
      slope += w[i] * part.slope / s[i];
    }
    return { value, slope };
  }

  /** Probability of a mean below x under each of several posteriors that have the same parts. */
  function belows(posts, x) {
    const [{ m, s }] = posts, p = m.map((centre, i) => ndtr((x - centre) / s[i]));
    return posts.map(({ w }) => sum(w.map((share, i) => share * p[i])));
  }

  const below = (post, x) => belows([post], x)[0];

  function quantile(post, p) {
    const { m, s, w } = post, heavy = w.indexOf(Math.max(...w));
    const counted = [...m.keys()].filter((i) => w[i] >= 1e-20);
    const low = Math.min(...counted.map((i) => m[i] - 9 * s[i]));
    const high = Math.max(...counted.map((i) => m[i] + 9 * s[i]));
    return rising((x) => belowAt(post, x), p, low, high, m[heavy] + s[heavy] * ndtri(p));
  }

  // ---- what a new trial reports ----------------------------------------------------------------
  /** Mean and SD from median and quartiles (Luo 2018, Wan 2014), unless these are of skewed values
      (Shi 2023). */
  function fromQuartiles(median, q1, q3, n) {
    const skew = Math.abs(q1 + q3 - 2 * median) / (q3 - q1);
    if (!(n >= 5) || skew >= 2.65 / Math.sqrt(n) - 6 / (n * n)) return { mean: NaN, sd: NaN };
    const w = 0.7 + 0.39 / n;
    return { mean: w * (q1 + q3) / 2 + (1 - w) * median,
      sd: (q3 - q1) / (2 * ndtri((0.75 * n - 0.125) / (n + 0.25))) };
  }

  const finite = (e) => (Number.isFinite(e.yi) && e.vi > 0 && e.vi < Infinity ? e : "perfect");

  /** Log odds ratio times sqrt(3) / pi (Hasselblad and Hedges 1995); to respond is to hurt less. */
  function fromCounts(t) {
    const add = [t.e1, t.e2, t.n1 - t.e1, t.n2 - t.e2].includes(0) ? 0.5 : 0;
    const [a, b, c, d] = [t.e1, t.n1 - t.e1, t.e2, t.n2 - t.e2].map((x) => x + add);
    const factor = Math.sqrt(3) / Math.PI;
    return finite({ yi: -factor * Math.log(a * d / (b * c)), df: NaN,
      vi: factor ** 2 * (1 / a + 1 / b + 1 / c + 1 / d) });
  }

  /** What one trial reports as { yi, vi, df }, LDN minus placebo, in points of 0 to 10 or
      standardised, or the name of what it lacks (a key of form.words). `chosen` is the correlation
      of a crossover's conditions, "implied" or "parallel". */
  function trialEffect(t, standardised, chosen = "implied") {
    if (t.form === "counts") return standardised ? fromCounts(t) : "counts";
    const { n1, n2 } = t, given = Number(chosen), r = Number.isFinite(given) ? given : t.r;
    const pooled = t.design !== "crossover" || (t.m1 !== undefined && chosen === "parallel");
    let { value, se } = t, sds = null;
    if (t.m1 !== undefined) {
      if (!pooled && !Number.isFinite(given)) return "no correlation";
      const arms = t.form === "quartiles"
        ? [fromQuartiles(t.m1, t.q11, t.q31, n1), fromQuartiles(t.m2, t.q12, t.q32, n2)]
        : [{ mean: t.m1, sd: t.sd1 }, { mean: t.m2, sd: t.sd2 }];
      sds = arms.map((arm) => arm.sd);
      value = arms[0].mean - arms[1].mean;
      const shared = pooled ? 0 : 2 * r * sds[0] * sds[1] / n1;
      se = Math.sqrt(sds[0] ** 2 / n1 + sds[1] ** 2 / n2 - shared);
    } else if (!pooled && chosen === "parallel") return "not parallel";
    const df = pooled ? n1 + n2 - 2 : n1 - 1, factor = 10 / (t.high - t.low);
    if (t.form === "interval") se = (t.upper - t.lower) / (2 * critical(0.95, df));
    if (!standardised) return finite({ yi: factor * value, vi: (factor * se) ** 2, df });
    // of a crossover the SD between persons: of its conditions, or from that of the differences
    let sd, m = 1, weight = n1 + n2;
    if (pooled) {
      sd = sds ? Math.sqrt(((n1 - 1) * sds[0] ** 2 + (n2 - 1) * sds[1] ** 2) / df)
        : se / Math.sqrt(1 / n1 + 1 / n2);
    } else {
      sd = sds ? Math.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2) : se * Math.sqrt(n1 / (2 * (1 - r)));
      m = 1 + r * r;
      weight = 2 * n1 / m;
    }
    const g = hedges(pooled ? df : 2 * df / m) * value / sd;
    return finite({ yi: g, vi: (se / sd) ** 2 + g * g / (2 * weight), df: NaN });
  }

  // ---- numbers in words ------------------------------------------------------------------------
  /** As Python's format(x, ".2f"): the exact decimal value, ties to even; a tie is a multiple of a
      power of two. */
  function fixed(x, digits) {
    const scaled = Math.abs(x) * 10 ** digits;
    const tie = scaled % 1 === 0.5 && Number.isInteger(x * 2 ** (digits + 1));
    const text = (tie ? 2 * Math.round(scaled / 2) / 10 ** digits : Math.abs(x)).toFixed(digits);
    return (x < 0 && Number(text) ? "−" : "") + text;
  }

  /** As display.words.number. */
  function number(x, digits = 2) {
    if (x === null || Number.isNaN(x)) return "–";
    return Number.isFinite(x) ? fixed(x, digits) : x > 0 ? "∞" : "−∞";
  }

  /** As format(x, "g") for the sizes that occur here. */
  const general = (x) => String(Number(x.toPrecision(6)));

  /** As format(n, ","): a browser's own way costs 50 ms at first. */
  const thousands = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

  const interval = (e, [low, high]) => number(e)
    + (Number.isFinite(low) ? ` [${number(low)}, ${number(high)}]` : "");

  /** The slots of a template filled: {name}. */
  const fill = (template, values) => template.replace(/\{([^{}]+)\}/g,
    (all, name) => (name in values ? values[name] : all));

  function percent(p, words) {
    if (p < 0.01) return words.rare;
    return p > 0.99 ? words.certain : fill(words.percent, { p: fixed(100 * p, 0) });
  }

  const points = (x, words) => (x === 1 ? words.point : fill(words.points, { x: general(x) }));

  const trialsOf = (k, words) => fill(words.trials[Math.min(k, words.trials.length - 1)], { k });

  /** Where an interval lies against no difference and the threshold: pain.words.situation. */
  function situation([low, high], mid) {
    const lower = low <= -mid, higher = high >= mid;
    if (high < 0) return high <= -mid ? "important_benefit" : lower ? "benefit" : "small_benefit";
    if (low > 0) return low >= mid ? "important_harm" : higher ? "harm" : "small_harm";
    if (lower) return higher ? "open" : "benefit_open";
    return higher ? "harm_open" : "little_difference";
  }

  /** One trial in words. */
  const single = (row, words) => fill(words.single, { label: row.label, estimate: number(row.yi),
    low: number(row.ci[0]), high: number(row.ci[1]) });

  /** A probability with its range over priors and what stood before the data. */
  function chance(c, words) {
    const digits = c.high < 0.1 ? 1 : 0;
    const [low, high] = [c.low, c.high]
      .map((p) => (p > 0.0005 ? fixed(100 * p, digits) : words.tiny));
    return fill(words.chance, { p: percent(c.p, words), before: percent(c.before, words),
      range: low === high ? `${low}%` : fill(words.range, { low, high }) });
  }

  /** The pooled result in a sentence: the package's template of its situation, with its numbers. */
  function sentence(fit, mid, n, measure, data, trials) {
    const [low, high] = fit.ci, words = data.words, abs = (x) => number(Math.abs(x));
    const where = Number.isFinite(low) && Number.isFinite(high) ? situation(fit.ci, mid) : "none";
    const side = (fit.estimate < 0 ? "-" : "+") + (low === 0 ? "0" : "") + (high === 0 ? "o" : "");
    const k = Math.min(fit.k, words.trials.length - 1);
    const key = k === 2 ? "two" : `${measure};${k};${where};${side}${fit.widened ? ";w" : ""}`;
    return fill(data.sentences.texts[data.sentences.keys[key]], { each: trials.join("; "),
      mid: points(mid, words), level: `${general(100 * fit.level)}%`, n,
      trials: trialsOf(fit.k, words), estimate: number(fit.estimate), size: abs(fit.estimate),
      low: number(low), "low size": abs(low), high: number(high), "high size": abs(high) });
  }

  /** What is said of changes within the LDN groups, which are no effects of treatment. */
  const ownChange = ({ estimate, ci, level, k }, measure, words) => fill(words["own change"], {
    estimate: number(estimate), low: number(ci[0]), high: number(ci[1]), trials: trialsOf(k, words),
    level: `${general(100 * level)}%`, unit: measure === "MD" ? "points" : "SD" });

  /** Weights as text that add up to 100.0 (largest remainders get the last digit):
      forest_plot.shares_of_100. */
  function shares(weights) {
    const total = sum(weights), tenths = weights.map((w) => 1000 * w / total);
    const whole = tenths.map(Math.floor), rest = (i) => tenths[i] - whole[i];
    const order = [...tenths.keys()].sort((a, b) => rest(b) - rest(a));
    for (const i of order.slice(0, 1000 - sum(whole))) whole[i] += 1;
    return whole.map((w) => fixed(w / 10, 1));
  }

  // ---- an analysis -----------------------------------------------------------------------------
  const scaleOf = (measure) => (measure === "MD" ? "MD" : "SMD");

  /** What a trial gives under the options: its estimate, or the reason why there is none. What the
      derivation of its design does not look at stays at the first option. */
  function estimateOf(trial, state, data) {
    const first = data.first, paired = trial.paired, own = state.contrast === "within_group";
    const key = [state.measure, paired ? first.time : state.time,
      paired && !own ? first.contrast : state.contrast,
      paired ? state.crossover_r : first.crossover_r,
      state[`spread.${trial.id}`] || first.spread].join(";");
    const place = trial.under[state.reading][key] ?? -1 - data.missing;
    if (place < 0) return { reason: data.reasons[-1 - place] };
    const [yi, vi, df, lower, upper, , people] = data.estimates[place];
    const slip = (state[`sign.${trial.id}`] || first.sign) !== first.sign;
    return { yi: slip ? -yi : yi, vi, df: df ?? Infinity, n: people,
      printed: lower === null ? null : slip ? [-upper, -lower] : [lower, upper] };
  }

  const formOf = (trial, form) => form.forms.find((one) => one.value === trial.form);

  /** Numbers of a typed trial. */
  function numbersOf(trial, form) {
    const { low, high } = form.scales[trial.scale];
    const found = { form: trial.form, design: trial.design, low, high, r: form.assumed_r };
    for (const name of formOf(trial, form).fields) found[name] = Number(trial[name]);
    return trial.design === "crossover" ? { ...found, n2: found.n1 } : found;
  }

  /** The row of a typed trial. */
  function typedRow(trial, state, data) {
    const t = numbersOf(trial, data.form), { id, label, year, out } = trial;
    const made = trialEffect(t, scaleOf(state.measure) === "SMD", state.crossover_r);
    const row = { id, label, year: Number(year), added: true, ticked: !out };
    if (typeof made === "string") return { ...row, reason: data.form.words[made] };
    const n = t.design === "crossover" ? t.n1 : t.n1 + t.n2;
    return { ...row, ...made, df: made.df || Infinity, n };
  }

  /** The chosen prior of tau in the unit of the estimate: a published one is of SDs, and points in
      one SD are the mean over trials of both differences' ratio (pain.belief.sd_of_units). Without
      such a trial, the default. */
  function priorOf(state, rows, data) {
    const chosen = data.priors[state.prior], other = { ...state, measure: "SMD" };
    if (chosen.kind !== "log-Student") return chosen;
    const ratios = scaleOf(state.measure) === "SMD" ? [1]
      : rows.map((row) => row.yi / rowOf(row.id, other, data).yi).filter(Number.isFinite);
    const sd = sum(ratios) / ratios.length, words = sd === 1 ? chosen.words : chosen.inPoints;
    return sd > 0 ? { ...chosen, sd, words: fill(words, { sd: fixed(sd, 2) }) }
      : { ...data.priors[data.defaults.prior], instead: true };
  }

  function rowOf(id, state, data) {
    const trial = data.trials.find((t) => t.id === id);
    if (!trial) return typedRow(state.added.find((t) => t.id === id), state, data);
    const { label, year } = trial, ticked = state.trials.includes(id);
    return { id, label, year, ticked, ...estimateOf(trial, state, data) };
  }

  /** Posterior median, mean, interval and the chances of relief and worsening, each with its range
      over the priors that are swept and what stood before the data. */
  function believed(used, threshold, state, data) {
    const y = used.map((r) => r.yi), v = used.map((r) => r.vi), prior = priorOf(state, used, data);
    const { mean_prior: mean, quadrature, swept: scales } = data;
    const normals = scales.map((scale) => ({ kind: "half-normal", scale }));
    const swept = posteriors(y, v, normals, mean, quadrature);
    const post = (prior.kind === "half-normal" && swept[scales.indexOf(prior.scale)])
      || posterior(y, v, prior, mean, quadrature);
    const event = (x, turn) => {
      const all = belows(swept, x).map(turn), own = swept.indexOf(post);
      return { p: own < 0 ? turn(below(post, x)) : all[own], low: Math.min(...all),
        high: Math.max(...all), before: turn(ndtr((x - mean.mean) / mean.sd)) };
    };
    const half = state.level / 2, as = (p) => p, other = (p) => 1 - p;
    return { prior, post, mean: average(post), median: quantile(post, 0.5),
      ci: [quantile(post, 0.5 - half), quantile(post, 0.5 + half)],
      chances: { relief: event(0, as), beyond: event(-threshold, as),
        worse: event(threshold, other) } };
  }

  /** Every row, the pool, the posterior and the sentence of a state of the page. */
  function analyse(state, data) {
    const measure = scaleOf(state.measure), level = state.level;
    const rows = [...data.trials, ...state.added].map((trial) => rowOf(trial.id, state, data));
    for (const row of rows) {
      row.used = row.ticked && !row.reason;
      if (row.reason) continue;
      row.ci = level === 0.95 && row.printed ? row.printed
        : about(row.yi, critical(level, row.df) * Math.sqrt(row.vi));
    }
    const used = rows.filter((row) => row.used);
    const [y, v, df] = ["yi", "vi", "df"].map((name) => used.map((row) => row[name]));
    if (!used.length) return { rows, used, fit: null, sentence: data.words.nothing, measure };
    const fit = pooled(y, v, state.tau2_method, state.inference, level, df);
    const share = shares(fit.weights);
    used.forEach((row, i) => { Object.assign(row, { weight: fit.weights[i], share: share[i] }); });
    const threshold = measure === "MD" ? state.mid : state.smd_mid, n = sum(used.map((r) => r.n));
    const each = used.map((row) => single(row, data.words));
    const within = state.contrast === "within_group" && used.some((row) => !row.added);
    return { rows, used, fit, n, measure, threshold, bayes: believed(used, threshold, state, data),
      within, sentence: within ? ownChange(fit, measure, data.words)
        : sentence(fit, state.mid, n, measure, data, each), place: place(state, used, fit, data) };
  }

  // ---- the multiverse --------------------------------------------------------------------------
  const KINDS = ["defensible", "debatable", "error"];

  /** The worst of the options chosen, each taken as the first option that gives the trials the same
      numbers; whether the multiverse holds this analysis; and what of it is not defensible. */
  function kindOf(state, used, data) {
    const ours = used.filter((r) => !r.added), set = ours.map((r) => r.id).join("+"), why = [];
    const alone = used.length === 1;
    let inside = Object.hasOwn(data.worth, set) && ours.length === used.length
      && state.reading === data.defaults.reading;
    const count = (kind, title, label) => { why.push({ kind, title, label }); };
    if (ours.length) count(data.worth[set] || "debatable", "the set of trials", "");
    /** Whether an option would change no number of these trials. */
    const same = (changed) => used.every((row) => {
      const other = rowOf(row.id, changed, data);
      return other.yi === row.yi && other.vi === row.vi;
    });
    for (const { key, title, options } of data.choices.filter((choice) => choice.options[0].kind)) {
      const method = key === "tau2_method" || key === "inference";
      if (method && alone) continue;
      const option = options.find(({ value }) =>
        (method ? value === state[key] : same({ ...state, [key]: value })));
      const { kind, label } = option || options.at(-1); // a value of one's own stands last
      inside &&= Boolean(option);
      count(kind, title, label);
    }
    if (!alone && state.tau2_method === "CE" && state.inference.startsWith("hksj")) inside = false;
    const worst = Math.max(0, ...why.map((one) => KINDS.indexOf(one.kind)));
    return { kind: KINDS[worst], inside, why: why.filter((one) => one.kind !== KINDS[0]) };
  }

  /** Where an estimate would stand among the analyses of its kind: share of them that are lower. */
  function place(state, used, fit, data) {
    const found = kindOf(state, used, data);
    const curve = data.curves.find((c) => c.scale === state.measure && c.kind === found.kind);
    if (!curve) return { ...found, curve: null };
    const e = curve.estimates, x = fit.estimate + 1e-12, low = e.filter((one) => one <= x).length;
    if (e.length === curve.n) return { ...found, curve, share: low / e.length, rank: low };
    const between = e[low] > e[low - 1] ? (x - e[low - 1]) / (e[low] - e[low - 1]) : 0;
    const share = low && Math.min(1, (low - 1 + between) / (e.length - 1));
    return { ...found, curve, share, rank: null };
  }

  // ---- a typed trial ---------------------------------------------------------------------------
  /** What is wrong with a cell, in the words of the rule; empty if nothing. */
  function broken(text, { words, type, minimum, maximum }, pattern) {
    const x = Number(text);
    if (text === "") return words.empty;
    if (type === "string") return "";
    if (/^[+-]?\d+,\d+$/.test(text)) return words.comma;
    if (!new RegExp(`^(?:${pattern})$`).test(text) || !Number.isFinite(x)) return words.number;
    if (type === "integer" && !Number.isInteger(x)) return words.whole;
    if (minimum !== null && x < minimum) return words.minimum;
    return maximum !== null && x > maximum ? words.maximum : "";
  }

  /** The fields of a typed trial's design and form, in order. */
  const fieldsOf = (trial, form) => [...form.about, ...formOf(trial, form).fields]
    .filter((name) => !(name === "n2" && trial.design === "crossover"));

  /** Everything that is wrong with a typed trial: [field, words], in the order of the fields. */
  function wrongWith(trial, form, taken) {
    if (!form.rows[trial.design]?.[trial.form] || !form.scales[trial.scale]) return [["form", ""]];
    const words = form.words, wrong = [], names = fieldsOf(trial, form);
    for (const name of names) {
      const text = typeof trial[name] === "string" ? trial[name] : "";
      if (text === "" && form.open.includes(name)) continue;
      let said = broken(text, form.fields[name].rules, form.number);
      if (name === "id" && !said) {
        if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text)) said = words.id;
        else if (taken.includes(text)) said = words.taken;
      }
      if (said) wrong.push([name, said]);
    }
    if (wrong.length) return wrong;
    const t = numbersOf(trial, form), say = (name, text) => { wrong.push([name, text]); };
    const width = t.high - t.low, change = t.form === "changes";
    const low = change ? -width : t.low, high = change ? width : t.high;
    for (const name of names.filter((one) => /^(m|q1|q3)[12]$/.test(one))) {
      const ends = { low: general(low), high: general(high) };
      if (!(t[name] >= low && t[name] <= high)) say(name, fill(words["on scale"], ends));
    }
    const alone = t.form !== "counts" && names.find((one) => t[one] === 1 && /^n[12]$/.test(one));
    if (alone) say(alone, words.alone);
    const ordered = t.lower <= t.value && t.value <= t.upper;
    if (t.form === "interval" && !ordered) say("value", words.limits);
    for (const [i, who] of [["1", "LDN"], ["2", "control"]]) {
      const [n, median, q1, q3] = [`n${i}`, `m${i}`, `q1${i}`, `q3${i}`].map((name) => t[name]);
      if (t.form === "counts" && t[`e${i}`] > n) say(`e${i}`, words.events);
      if (t.form !== "quartiles") continue;
      if (!(q1 <= median && median <= q3)) say(`m${i}`, words.order);
      else if (!(n >= 5)) say(`n${i}`, words.few);
      else if (!Number.isFinite(fromQuartiles(median, q1, q3, n).mean)) {
        say(`m${i}`, words.skewed.replace("LDN", who));
      }
    }
    for (const name of ["value", "lower", "upper"].filter((one) => names.includes(one))) {
      const beyond = Math.abs(t[name]) > width;
      if (beyond) say(name, fill(words.beyond, { value: general(t[name]) }));
    }
    if (wrong.length || t.form === "counts") return wrong;
    const exact = { se: t.se === 0 && "se", interval: t.lower === t.upper && "lower" }[t.form];
    if (exact) say(exact, words.perfect);
    else if (t.sd1 === 0 && t.sd2 === 0) say("sd1", words["no spread"]);
    else if (trialEffect(t, false, "0") === "perfect") say(names[form.about.length], words.perfect);
    else wrong.push(...improbable(t, width, form));
    return wrong;
  }

  /** SDs of people, typed or implied, that are next to nothing on the scale or wider than it. */
  function improbable(t, width, { spread, words }) {
    const paired = t.design === "crossover", df = paired ? t.n1 - 1 : t.n1 + t.n2 - 2;
    const root = paired ? Math.sqrt(t.n1) : 1 / Math.sqrt(1 / t.n1 + 1 / t.n2);
    const half = (t.upper - t.lower) / 2 / critical(0.95, df), arms = t.sd1 !== undefined;
    const least = paired && !arms ? spread.paired : spread.least;
    const implied = [["lower", half * root], ["se", t.se * root]];
    /** The widest among people with this mean: half of them at either end of the scale. */
    const widest = (mean, n) =>
      spread.level * Math.sqrt((mean - t.low) * (t.high - mean) * n / (n - 1));
    const sds = arms ? [["sd1", t.sd1, t.m1, t.n1], ["sd2", t.sd2, t.m2, t.n2]] : implied;
    return sds.map(([name, sd, mean, n]) => {
      const narrow = sd < least * width, level = t.form === "means";
      const values = { sd: Number(sd.toPrecision(narrow ? 2 : 3)), mean, width: general(width) };
      const said = narrow ? words.narrow : level ? words["wide level"] : words.wide;
      const most = level ? widest(mean, n) : spread.most * width;
      return (narrow || sd > most) && [name, fill(said, values)];
    }).filter(Boolean);
  }

  /** Cells as CSV. */
  const csv = (rows) => rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell)
    ? `"${cell.replace(/"/g, '""')}"` : cell)).join(",")).join("\n") + "\n";

  /** Rows for the data: [file, CSV text with its header]. */
  function rowsFor(trial, form) {
    const { scale, unit, low, high } = form.scales[trial.scale];
    const whole = ["n1", "n2"].map((n) => Number(trial[n])).filter(Number.isFinite);
    const open = Object.fromEntries(form.open.map((name) => [name, ""]));
    const values = { ...open, ...trial, scale, unit, low: general(low),
      high: general(high), n: String(sum(whole)) };
    return form.rows[trial.design][trial.form].map(({ file, columns, cells }) => [file,
      csv([columns, ...cells.map((row) => row.map((cell) => fill(cell, values)))])]);
  }

  return { critical, pool, posterior, below, average, quantile, analyse, sentence, chance, shares,
    trialEffect, numbersOf, fieldsOf, wrongWith, rowsFor, percent, points, trialsOf, number,
    general, thousands, interval, fill, csv };
})();
