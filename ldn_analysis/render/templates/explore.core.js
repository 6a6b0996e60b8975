"use strict";
/* What explore.html says and computes of a state of its choices, with what the package knows (data:
   numbers, choices, rules and phrases). Nothing here touches the page. */
const Core = (data) => {
  const { sum, critical, about, ndtr } = Numbers, { words, form, defaults } = data;

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

  const interval = (e, [low, high]) => number(e)
    + (Number.isFinite(low) ? ` [${number(low)}, ${number(high)}]` : "");

  /** The slots of a template filled: {name}. */
  const fill = (template, values) => template.replace(/\{([^{}]+)\}/g,
    (all, name) => (name in values ? values[name] : all));

  function percent(p) {
    if (p < 0.01) return words.rare;
    return p > 0.99 ? words.certain : fill(words.percent, { p: fixed(100 * p, 0) });
  }

  const points = (x) => (x === 1 ? words.point : fill(words.points, { x: general(x) }));
  const trialsOf = (k) => fill(words.trials[Math.min(k, words.trials.length - 1)], { k });

  /** The slots that a pooled result fills. */
  const slots = ({ estimate, ci: [low, high], k, level }) => ({ trials: trialsOf(k),
    level: `${general(100 * level)}%`, estimate: number(estimate), size: number(Math.abs(estimate)),
    low: number(low), "low size": number(Math.abs(low)),
    high: number(high), "high size": number(Math.abs(high)) });

  /** Where an interval lies against no difference and the threshold: pain.words.situation. */
  function situation([low, high], mid) {
    const lower = low <= -mid, higher = high >= mid;
    if (high < 0) return high <= -mid ? "important_benefit" : lower ? "benefit" : "small_benefit";
    if (low > 0) return low >= mid ? "important_harm" : higher ? "harm" : "small_harm";
    if (lower) return higher ? "open" : "benefit_open";
    return higher ? "harm_open" : "little_difference";
  }

  /** The pooled result in a sentence: the package's template of its situation, with its numbers. */
  function sentence(fit, mid, n, measure, trials) {
    const [low, high] = fit.ci, k = Math.min(fit.k, words.trials.length - 1);
    const where = Number.isFinite(low) && Number.isFinite(high) ? situation(fit.ci, mid) : "none";
    const side = (fit.estimate < 0 ? "-" : "+") + (low === 0 ? "0" : "") + (high === 0 ? "o" : "");
    const key = k === 2 ? "two" : `${measure};${k};${where};${side}`;
    return fill(data.sentences.texts[data.sentences.keys[key]],
      { ...slots(fit), each: trials.join("; "), mid: points(mid), n });
  }

  /** A probability with its range over priors and what stood before the data. */
  function chance({ p, low, high, before }) {
    const [from, to] = [low, high]
      .map((x) => (x > 0.0005 ? fixed(100 * x, high < 0.1 ? 1 : 0) : words.tiny));
    const range = from === to ? `${from}%` : fill(words.range, { low: from, high: to });
    return fill(words.chance, { p: percent(p), before: percent(before), range });
  }

  /** Weights as text that add up to 100.0 (largest remainders get the last digit):
      forest_plot.shares_of_100. */
  function shares(weights) {
    const total = sum(weights), tenths = weights.map((w) => 1000 * w / total);
    const whole = tenths.map(Math.floor), rest = (i) => tenths[i] - whole[i];
    const order = [...tenths.keys()].sort((a, b) => rest(b) - rest(a));
    for (const i of order.slice(0, 1000 - sum(whole))) whole[i] += 1;
    return whole.map((w) => fixed(w / 10, 1));
  }

  // ---- what a typed trial reports --------------------------------------------------------------
  /** Mean and SD from median and quartiles (Luo 2018, Wan 2014), unless these are of skewed values
      (Shi 2023). */
  function fromQuartiles(median, q1, q3, n) {
    const skew = Math.abs(q1 + q3 - 2 * median) / (q3 - q1);
    if (!(n >= 5) || skew >= 2.65 / Math.sqrt(n) - 6 / (n * n)) return { mean: NaN, sd: NaN };
    const w = 0.7 + 0.39 / n, middle = 2 * (0.75 * n - 0.125) / (n + 0.25) - 1;
    return { mean: w * (q1 + q3) / 2 + (1 - w) * median,
      sd: (q3 - q1) / (2 * critical(middle, Infinity)) };
  }

  const finite = (e) => (Number.isFinite(e.yi) && e.vi > 0 && e.vi < Infinity ? e : "perfect");

  /** Log odds ratio times sqrt(3) / pi (Hasselblad and Hedges 1995); to respond is to hurt less. */
  function fromCounts({ e1, n1, e2, n2 }) {
    const cells = [e1, n1 - e1, e2, n2 - e2], add = cells.includes(0) ? 0.5 : 0;
    const [a, b, c, d] = cells.map((x) => x + add), factor = Math.sqrt(3) / Math.PI;
    return finite({ yi: -factor * Math.log(a * d / (b * c)), df: Infinity,
      vi: factor ** 2 * (1 / a + 1 / b + 1 / c + 1 / d) });
  }

  /** What one trial reports as { yi, vi, df }, LDN minus placebo, in points of 0 to 10 or
      standardised, or the name of what it lacks (a key of form.words). `chosen` is the correlation
      of a crossover's conditions, "implied" or "parallel". */
  function trialEffect(t, standardised, chosen = "implied") {
    if (t.form === "counts") return standardised ? fromCounts(t) : "counts";
    const { n1, n2 } = t, given = Number(chosen), r = Number.isFinite(given) ? given : t.r;
    const arms = t.m1 !== undefined, apart = t.design !== "crossover" || chosen === "parallel";
    if (!arms && apart && t.design === "crossover") return "not parallel";
    if (arms && !apart && !Number.isFinite(given)) return "no correlation";
    const df = apart ? n1 + n2 - 2 : n1 - 1, factor = 10 / (t.high - t.low);
    let { value, se } = t, sd;
    if (t.form === "interval") se = (t.upper - t.lower) / (2 * critical(0.95, df));
    if (arms) {
      const [one, two] = t.form === "quartiles"
        ? [fromQuartiles(t.m1, t.q11, t.q31, n1), fromQuartiles(t.m2, t.q12, t.q32, n2)]
        : [{ mean: t.m1, sd: t.sd1 }, { mean: t.m2, sd: t.sd2 }];
      value = one.mean - two.mean;
      se = Math.sqrt(one.sd ** 2 / n1 + two.sd ** 2 / n2
        - (apart ? 0 : 2 * r * one.sd * two.sd / n1));
      const [w1, w2] = apart ? [n1 - 1, n2 - 1] : [1, 1];
      sd = Math.sqrt((w1 * one.sd ** 2 + w2 * two.sd ** 2) / (w1 + w2));
    } else sd = apart ? se / Math.sqrt(1 / n1 + 1 / n2) : se * Math.sqrt(n1 / (2 * (1 - r)));
    if (!standardised) {
      const printed = t.form === "interval" ? [factor * t.lower, factor * t.upper] : null;
      return finite({ yi: factor * value, vi: (factor * se) ** 2, df, printed });
    }
    const shared = 1 + r * r; // of a crossover one SD of both conditions
    const yi = Numbers.hedges(apart ? df : 2 * df / shared) * value / sd;
    const n = apart ? n1 + n2 : 2 * n1 / shared;
    return finite({ yi, vi: (se / sd) ** 2 + yi * yi / (2 * n), df: Infinity });
  }

  const formOf = (trial) => form.forms.find((one) => one.value === trial.form);

  /** The fields of a typed trial's design and form, in order. */
  const fieldsOf = (trial) => [...form.about, ...formOf(trial).fields]
    .filter((name) => !(name === "n2" && trial.design === "crossover"));

  /** Numbers of a typed trial. */
  function numbersOf(trial) {
    const { low, high } = form.scales[trial.scale], { design, form: how } = trial;
    const typed = formOf(trial).fields.map((name) => [name, Number(trial[name])]);
    const t = { form: how, design, low, high, r: form.assumed_r, ...Object.fromEntries(typed) };
    return design === "crossover" ? { ...t, n2: t.n1 } : t;
  }

  const NUMBER = new RegExp(`^(?:${form.number})$`);

  /** What is wrong with a cell, in the words of the rule; empty if nothing. */
  function broken(text, { words: said, type, minimum, maximum }) {
    const x = Number(text);
    if (text === "") return said.empty;
    if (type === "string") return "";
    if (/^[+-]?\d+,\d+$/.test(text)) return said.comma;
    if (!NUMBER.test(text) || !Number.isFinite(x)) return said.number;
    if (type === "integer" && !/^[+-]?\d+$/.test(text)) return said.whole;
    if (minimum !== null && x < minimum) return said.minimum;
    return maximum !== null && x > maximum ? said.maximum : "";
  }

  /** What is wrong with a typed trial: [field, words], the first of each field, in their order;
      rules of several cells are looked at once every cell keeps its own. */
  function wrongWith(trial, taken) {
    if (!form.rows[trial.design]?.[trial.form] || !form.scales[trial.scale]) return [["form", ""]];
    const names = fieldsOf(trial), t = numbersOf(trial);
    const cells = () => names.map((name) => {
      const text = typeof trial[name] === "string" ? trial[name] : "";
      const said = text === "" && form.open.includes(name) ? ""
        : broken(text, form.fields[name].rules);
      if (name !== "id" || said) return [name, said, said];
      const plain = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text);
      return [name, !plain || taken.includes(text), plain ? "taken" : "id"];
    });
    for (const rules of [cells, () => together(t, trial), () => without(t)]) {
      const found = rules().filter(([, broken]) => broken);
      const wrong = names.flatMap((name) => found.filter(([one]) => one === name).slice(0, 1));
      if (wrong.length) {
        return wrong.map(([name, , said, values = {}]) =>
          [name, fill(form.words[said] ?? said, values)]);
      }
    }
    return [];
  }

  /** Half a unit of the last digit of a number as it is typed. */
  function half(text) {
    const [digits, power = "0"] = text.toLowerCase().split("e");
    return 0.5 * 10 ** (Number(power) - (digits.split(".")[1] ?? "").length);
  }

  /** The data's rules of several cells: [field, whether broken, key of the words, their values]. */
  function together(t, trial) {
    const { spread } = form, { n1, n2, value, lower, upper } = t, width = t.high - t.low;
    const paired = t.design === "crossover", level = t.form === "means";
    const arms = level || t.form === "changes", quartiles = t.form === "quartiles";
    const [low, high] = level || quartiles ? [t.low, t.high] : [-width, width];
    const off = (name, said = "on scale") => [name, t[name] < low || t[name] > high, said,
      { low: general(low), high: general(high) }];
    /* An SD of people, typed or implied: that of a few may stray, that of levels is at most the one
       of people who all stand at either end of the scale. */
    const people = (name, sd, n, mean) => {
      const stray = 1 + 1 / Math.sqrt(2 * (n - 1)), ends = (mean - t.low) * (t.high - mean);
      const within = paired && t.m1 === undefined;
      const least = within ? spread.paired : Math.max(spread.least / stray, spread.chosen);
      const most = (level || quartiles ? spread.most : spread.moved) * width * stray;
      const end = level ? spread.level * Math.sqrt(Math.max(ends, 0) * n / (n - 1)) : width;
      const narrow = sd < least * width, said = narrow ? "narrow" : level ? "wide level" : "wide";
      return [name, sd > 0 && (narrow || sd > Math.min(most, end)), said,
        { sd: Number(sd.toPrecision(narrow ? 2 : 3)), mean, width: general(width) }];
    };
    /* A standardised difference of two groups that neither chance nor a wide spread explains. */
    const large = (name, d, sd) => {
      const size = Math.abs(d), error = Math.sqrt(1 / n1 + 1 / n2 + d * d / (2 * (n1 + n2)));
      const chance = () => sd >= spread.plain * width
        && size - critical(0.95, Infinity) * error <= spread.true;
      const found = !paired && size > spread.large && size < Infinity && !chance();
      return [name, found, "large", { d: fixed(size, 2) }];
    };
    const years = trial.label.match(new RegExp(form.year, "g")), dose = Number(trial.dose);
    const study = [
      ["year", years && !years.includes(String(Number(trial.year))), "label year",
        { label: trial.label, year: years?.at(-1) }],
      ["dose", dose < form.doses[0] || dose > form.doses[1], "dose", { dose: general(dose) }],
    ];
    const groups = ["1", "2"];
    if (t.form === "counts") {
      return [...study, ...groups.map((i) => [`e${i}`, t[`e${i}`] > t[`n${i}`], "events"])];
    }
    if (quartiles) {
      return [...study, ...groups.flatMap((i) => {
        const [n, m, q1, q3] = ["n", "m", "q1", "q3"].map((name) => t[name + i]);
        const over = (name, found, column, x) =>
          [name + i, found, "above", { name: form.plain[column], value: general(x) }];
        return [off(`m${i}`), off(`q1${i}`), off(`q3${i}`), over("q1", q1 > m, "value", m),
          over("m", m > q3, "q3", q3), [`q3${i}`, q1 === q3, "flat"],
          people(`q1${i}`, (q3 - q1) / spread.quartiles, n)];
      })];
    }
    if (arms) {
      const pooled = Math.sqrt(((n1 - 1) * t.sd1 ** 2 + (n2 - 1) * t.sd2 ** 2) / (n1 + n2 - 2));
      const worse = !level && Math.min(t.m1, t.m2) > 0.02 * width
        && Math.max(t.m1, t.m2) > 0.05 * width;
      return [...study, ...groups.flatMap((i) => {
        const [n, m, sd] = ["n", "m", "sd"].map((name) => t[name + i]), other = t[`sd${3 - i}`];
        const unlike = other > 0 && !(sd / other > 1 / 3 && sd / other < 3);
        return [off(`m${i}`), [`m${i}`, worse, "worse"], [`sd${i}`, sd === 0, "zero"],
          [`n${i}`, n < 2, "gives no", { spread: "sd" }], people(`sd${i}`, sd, n, m),
          [`sd${i}`, unlike, "other arm", { sd: general(other) }]];
      }), large("sd1", (t.m1 - t.m2) / pooled, pooled)];
    }
    const given = t.form === "interval", middle = (lower + upper) / 2;
    const df = paired ? n1 - 1 : n1 + n2 - 2;
    const root = paired ? Math.sqrt(n1) : 1 / Math.sqrt(1 / n1 + 1 / n2);
    const sd = root * (given ? (upper - lower) / 2 / critical(0.95, df) : t.se);
    const rounding = given && half(trial.lower) / 2 + half(trial.upper) / 2 + half(trial.value);
    const one = paired ? { spread: given ? "lower95" : "se" } : {};
    return [...study, off("value"), ["value", Math.abs(value) > width / 2, "over half"],
      [n2 < 2 && n1 > 1 ? "n2" : "n1", Math.min(n1, n2) < 2, paired ? "gives no" : "alone", one],
      ["se", t.se === 0, "zero"], ["value", given && !(lower <= value && value <= upper), "limits"],
      off("lower", "outside"), off("upper", "outside"),
      ["value", Math.abs(middle - value) > rounding + 1e-9, "middle",
        { middle: Number(middle.toPrecision(4)) }],
      people(given ? "lower" : "se", sd, paired ? n1 : n1 + n2),
      large("value", given ? value / sd : NaN, sd)];
  }

  /** Why no estimate comes of what is typed, whatever the measure. */
  function without(t) {
    const one = ["lower", t.form === "interval" && t.lower === t.upper, "perfect"];
    if (t.form !== "quartiles") return [one];
    return ["1", "2"].map((i) => {
      const [m, q1, q3, n] = ["m", "q1", "q3", "n"].map((name) => t[name + i]), few = n < 5;
      const none = Number.isNaN(fromQuartiles(m, q1, q3, n).mean);
      return few ? [`n${i}`, true, "few"] : [`m${i}`, none, `skewed${i}`];
    });
  }

  /** Cells as CSV. */
  const csv = (rows) => rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell)
    ? `"${cell.replace(/"/g, '""')}"` : cell)).join(",")).join("\n") + "\n";

  /** Rows for the data: [file, CSV text with its header]. */
  function rowsFor(trial) {
    const { scale, unit, low, high } = form.scales[trial.scale];
    const n = sum(["n1", "n2"].map((one) => Number(trial[one])).filter(Number.isFinite));
    const open = Object.fromEntries(form.open.map((name) => [name, ""]));
    const values = { ...open, ...trial, scale, unit, low: general(low), high: general(high), n };
    return form.rows[trial.design][trial.form].map(({ file, columns, cells }) => [file,
      csv([columns, ...cells.map((row) => row.map((cell) => fill(cell, values)))])]);
  }

  /** What new-study would say that it understood of a typed trial. */
  function understood(trial) {
    const { text, once, gives } = form.understood[trial.design][trial.form];
    const said = once.reduce((all, both) => {
      const [one, other] = both.split(" and ");
      return fill(one, trial) === fill(other, trial) ? all.replace(both, one) : all;
    }, text);
    const { yi, vi, df, printed } = trialEffect(numbersOf(trial), false);
    const [lower, upper] = printed ?? about(yi, critical(0.95, df) * Math.sqrt(vi));
    const difference = fill((yi < 0 ? gives["-"] : yi > 0 ? gives["+"] : gives[0]) ?? "",
      { yi: number(yi), lower: number(lower), upper: number(upper) });
    return fill(said, trial).replace(/(?<= )-(?=\.?\d)/g, "−") + difference;
  }

  // ---- an analysis -----------------------------------------------------------------------------
  const scaleOf = (measure) => (measure === "MD" ? "MD" : "SMD");

  /** What a trial gives under the options: its estimate, or the reason why there is none. What the
      derivation of its design does not look at stays at the first option. */
  function estimateOf(trial, state) {
    const { first } = data, { paired } = trial, own = state.contrast === "within_group";
    const key = [state.measure, paired ? first.time : state.time,
      paired && !own ? first.contrast : state.contrast,
      paired ? state.crossover_r : first.crossover_r,
      state[`spread.${trial.id}`] || first.spread].join(";");
    const place = trial.under[state.reading][key] ?? -1 - data.missing;
    if (place < 0) return { reason: data.reasons[-1 - place] };
    const [yi, vi, df, lower, upper, , n] = data.estimates[place];
    const slip = (state[`sign.${trial.id}`] || first.sign) !== first.sign;
    const printed = lower === null ? null : slip ? [-upper, -lower] : [lower, upper];
    return { yi: slip ? -yi : yi, vi, df: df ?? Infinity, n, printed };
  }

  /** The estimate of a typed trial. */
  function typedEstimate(trial, state) {
    const t = numbersOf(trial);
    const made = trialEffect(t, scaleOf(state.measure) === "SMD", state.crossover_r);
    if (typeof made === "string") return { reason: form.words[made] };
    return { ...made, n: t.design === "crossover" ? t.n1 : t.n1 + t.n2 };
  }

  function rowOf(id, state) {
    const known = data.trials.find((t) => t.id === id), added = !known;
    const trial = known ?? state.added.find((t) => t.id === id), { label, year } = trial;
    const assumed = (state.measure === "MD" && trial.assumed) || "";
    return { id, label, year: Number(year), added, assumed, ticked: state.trials.includes(id),
      ...(added ? typedEstimate : estimateOf)(trial, state) };
  }

  /** The chosen prior of tau in the unit of the estimate: a published one is of SDs, and points in
      one SD are the mean over trials of both differences' ratio (pain.belief.sd_of_units). Without
      such a trial, the default. */
  function priorOf(state, rows) {
    const chosen = data.priors[state.prior], other = { ...state, measure: "SMD" };
    if (chosen.kind !== "log-Student") return chosen;
    const ratios = scaleOf(state.measure) === "SMD" ? [1]
      : rows.map((row) => row.yi / rowOf(row.id, other).yi).filter(Number.isFinite);
    const sd = sum(ratios) / ratios.length, said = sd === 1 ? chosen.words : chosen.inPoints;
    return sd > 0 ? { ...chosen, sd, words: fill(said, { sd: fixed(sd, 2) }) }
      : { ...data.priors[defaults.prior], instead: true };
  }

  /** Posterior median, mean, interval and the chances of relief and worsening, each with its range
      over the priors that are swept and what stood before the data. */
  function believed(used, threshold, state) {
    const y = used.map((r) => r.yi), v = used.map((r) => r.vi), mean = data.mean_prior;
    const points = Numbers.likelihoods(y, v, mean), under = (prior) => Numbers.posterior(
      prior.kind === "uniform" ? Numbers.likelihoods(y, v, mean, prior.scale) : points, prior);
    const swept = data.swept.map((scale) => under({ kind: "half-normal", scale }));
    const prior = priorOf(state, used), half = state.level / 2;
    const post = (prior.kind === "half-normal" && swept[data.swept.indexOf(prior.scale)])
      || under(prior);
    const event = (x, turn) => {
      const all = [post, ...swept].map((one) => turn(Numbers.below(one, x)));
      return { p: all[0], low: Math.min(...all.slice(1)), high: Math.max(...all.slice(1)),
        before: turn(ndtr((x - mean.mean) / mean.sd)) };
    };
    const [low, median, high] = [0.5 - half, 0.5, 0.5 + half].map((p) => Numbers.quantile(post, p));
    return { prior, mean: Numbers.average(post), median, ci: [low, high],
      chances: { relief: event(0, (p) => p), beyond: event(-threshold, (p) => p),
        worse: event(threshold, (p) => 1 - p) } };
  }

  /** Every row, the pool, the posterior and the sentence of a state of the page. */
  function analyse(state) {
    const measure = scaleOf(state.measure), { level } = state;
    const rows = [...data.trials, ...state.added].map((trial) => rowOf(trial.id, state));
    for (const row of rows) {
      row.used = row.ticked && !row.reason;
      if (row.reason) continue;
      row.ci = level === 0.95 && row.printed ? row.printed
        : about(row.yi, critical(level, row.df) * Math.sqrt(row.vi));
    }
    const used = rows.filter((row) => row.used);
    const [y, v, df] = ["yi", "vi", "df"].map((name) => used.map((row) => row[name]));
    if (!used.length) return { rows, used, fit: null, sentence: words.nothing, measure };
    const fit = Numbers.pooled(y, v, state.tau2_method, state.inference, level, df);
    const share = shares(fit.weights), n = sum(used.map((r) => r.n));
    used.forEach((row, i) => { Object.assign(row, { weight: fit.weights[i], share: share[i] }); });
    const each = used.map(({ label, yi, ci: [low, high] }) => fill(words.single,
      { label, estimate: number(yi), low: number(low), high: number(high) }));
    const threshold = measure === "MD" ? state.mid : state.smd_mid;
    // changes within the LDN groups are no effects of treatment
    const within = state.contrast === "within_group" && used.some((row) => !row.added);
    return { rows, used, fit, n, measure, threshold, within, place: place(state, used, fit),
      bayes: believed(used, threshold, state), sentence: within ? fill(words["own change"],
        { ...slots(fit), unit: measure === "MD" ? "points" : "SD" })
        : sentence(fit, state.mid, n, measure, each) };
  }

  // ---- the multiverse --------------------------------------------------------------------------
  const KINDS = ["defensible", "debatable", "error"];

  /** The worst of the options chosen, each taken as the first option that gives the trials the same
      numbers; whether the multiverse holds this analysis; and what of it is not defensible. */
  function kindOf(state, used) {
    const ours = used.filter((r) => !r.added), set = ours.map((r) => r.id).join("+");
    const alone = used.length === 1, held = Object.hasOwn(data.worth, set);
    const kind = held ? data.worth[set] : "debatable";
    const why = ours.length ? [{ kind, title: "the set of trials", label: "" }] : [];
    /** Whether an option would change no number of these trials. */
    const same = (changed) => used.every((row) => {
      const other = rowOf(row.id, changed);
      return other.yi === row.yi && other.vi === row.vi;
    });
    let inside = held && ours.length === used.length && state.reading === defaults.reading
      && (alone || state.tau2_method !== "CE" || !state.inference.startsWith("hksj"));
    for (const { key, title, options } of data.choices.filter((choice) => choice.options[0].kind)) {
      const method = key === "tau2_method" || key === "inference";
      if (method && alone) continue;
      const option = options.find(({ value }) =>
        (value === state[key] || (!method && same({ ...state, [key]: value }))));
      inside &&= Boolean(option);
      why.push({ ...(option || options.at(-1)), title }); // a value of one's own stands last
    }
    const worst = Math.max(0, ...why.map((one) => KINDS.indexOf(one.kind)));
    return { kind: KINDS[worst], inside, why: why.filter((one) => one.kind !== KINDS[0]) };
  }

  /** Where an estimate would stand among the analyses of its kind: share of them that are lower. */
  function place(state, used, fit) {
    const found = kindOf(state, used), x = fit.estimate + 1e-12;
    const curve = data.curves.find((c) => c.scale === state.measure && c.kind === found.kind);
    if (!curve) return { ...found, curve: null };
    const e = curve.estimates, low = e.filter((one) => one <= x).length;
    if (e.length === curve.n) return { ...found, curve, share: low / e.length, rank: low };
    const between = e[low] > e[low - 1] ? (x - e[low - 1]) / (e[low] - e[low - 1]) : 0;
    const share = low && Math.min(1, (low - 1 + between) / (e.length - 1));
    return { ...found, curve, share, rank: null };
  }

  return { analyse, sentence, chance, shares, trialEffect, numbersOf, fieldsOf, wrongWith, rowsFor,
    understood, percent, points, trialsOf, number, general, interval, fill, csv };
};
