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

  /** A count, as format(n, ","). */
  const counted = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

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

  /** The pooled result in a sentence: the package's template for where the limits lie against no
      difference and the threshold, with its numbers. */
  function sentence(fit, mid, n, measure, trials) {
    const k = Math.min(fit.k, words.trials.length - 1), side = fit.estimate < 0 ? "-" : "+";
    const where = Number.isFinite(fit.ci[0]) && Number.isFinite(fit.ci[1])
      ? fit.ci.map((x) => (x > -mid) + (x >= 0) + (x > 0) + (x >= mid)).join("") : "none";
    const key = k === 2 ? `${measure};two` : `${measure};${k};${where};${side}`;
    return fill(data.sentences.texts[data.sentences.keys[key]],
      { ...slots(fit), each: trials.join("; "), mid: points(mid), n: counted(n) });
  }

  /** A probability with its range over priors and what stood before the data. */
  function chance({ p, low, high, before }) {
    const [from, to] = [low, high]
      .map((x) => (high >= 0.1 ? percent(x).replace("%", "") : x > 0.0005 ? fixed(100 * x, 1) : words.tiny));
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
  const GROUPS = ["1", "2"], lacks = (what) => ({ reason: form.words[what] });

  /** The values of a group: t.n1 is the n of the first. */
  const group = (t, i) => Object.fromEntries(["n", "m", "sd", "q1", "q3", "e"]
    .map((name) => [name, t[name + i]]));

  /** Mean and SD of a group from median and quartiles (Luo 2018, Wan 2014), unless these are of
      skewed values (Shi 2023). */
  function fromQuartiles({ m, q1, q3, n }, i) {
    if (n < 5) return lacks(`few${i}`);
    const skew = Math.abs(q1 + q3 - 2 * m) / (q3 - q1);
    if (skew >= 2.65 / Math.sqrt(n) - 6 / (n * n)) return lacks(`skewed${i}`);
    const w = 0.7 + 0.39 / n, middle = 2 * (0.75 * n - 0.125) / (n + 0.25) - 1;
    return { m: w * (q1 + q3) / 2 + (1 - w) * m, sd: (q3 - q1) / (2 * critical(middle, Infinity)) };
  }

  /** Standard error of a difference by what is typed with it. */
  function errorOf({ value, se, p, t, lower, upper }, df) {
    if (t !== undefined) return Math.abs(value / t);
    if (p !== undefined) return Math.abs(value) / Numbers.valueAbove("t", df, p);
    return se ?? (upper - lower) / (2 * critical(0.95, df));
  }

  const finite = (e) =>
    (Number.isFinite(e.yi) && e.vi > 0 && e.vi < Infinity ? e : lacks("perfect"));

  /** Log odds ratio times sqrt(3) / pi (Hasselblad and Hedges 1995); to respond is to hurt less. Of
      the same people it is that of the margins, with their covariance (Elbourne 2002); a half goes
      into each of the four cells of their table, so that a margin has two. */
  function fromCounts({ e1, n1, e2, n2, both }, paired) {
    const cells = [e1, n1 - e1, e2, n2 - e2], half = cells.includes(0) ? 0.5 : 0;
    const [a, b, c, d] = cells.map((x) => x + half * (paired ? 2 : 1));
    const n = a + b, factor = Math.sqrt(3) / Math.PI;
    const shared = paired ? n * (n * (both + half) - a * c) / (a * b * c * d) : 0;
    return finite({ yi: -factor * Math.log(a * d / (b * c)), df: Infinity,
      vi: factor ** 2 * (1 / a + 1 / b + 1 / c + 1 / d - 2 * shared) });
  }

  /** What one trial reports as { yi, vi, df }, LDN minus placebo, in points of 0 to 10 or
      standardised, or the reason why it gives nothing. `chosen` is the correlation of a crossover's
      conditions, "implied" or "parallel". */
  function trialEffect(t, standardised, chosen = "implied") {
    const { n1, n2, arms, lower, upper } = t, apart = !t.paired || chosen === "parallel";
    if (t.form === "counts") return standardised ? fromCounts(t, !apart) : lacks("counts");
    const given = Number(chosen), r = Number.isFinite(given) ? given : form.assumed_r;
    if (t.paired && apart && !arms) return lacks("not parallel");
    if (arms && !apart && r !== given) return lacks("no correlation");
    const df = apart ? n1 + n2 - 2 : n1 - 1, factor = 10 / (t.high - t.low);
    let { value, se, sd } = t;
    if (value === 0 && form.words[`no ${t.form}`]) return lacks(`no ${t.form}`);
    if (arms) {
      const [one, two] = GROUPS.map((i) =>
        (t.form === "quartiles" ? fromQuartiles(group(t, i), i) : group(t, i)));
      if (one.reason || two.reason) return one.reason ? one : two;
      const [w1, w2] = apart ? [n1 - 1, n2 - 1] : [1, 1];
      value = one.m - two.m;
      se = Math.sqrt(one.sd ** 2 / n1 + two.sd ** 2 / n2
        - (apart ? 0 : 2 * r * one.sd * two.sd / n1));
      sd = Math.sqrt((w1 * one.sd ** 2 + w2 * two.sd ** 2) / (w1 + w2));
    } else {
      se = errorOf(t, df);
      sd = se / Math.sqrt(apart ? 1 / n1 + 1 / n2 : 2 * (1 - r) / n1);
    }
    if (!standardised) {
      const printed = t.form === "interval" ? [factor * lower, factor * upper] : null;
      return finite({ yi: factor * value, vi: (factor * se) ** 2, df, printed });
    }
    const shared = arms ? 1 + r * r : 2; // of a crossover: two SDs correlate by r², one with itself
    const yi = Numbers.hedges(apart ? df : 2 * df / shared) * value / sd;
    const n = apart ? n1 + n2 : 2 * n1 / shared;
    return finite({ yi, vi: (se / sd) ** 2 + yi * yi / (2 * n), df: Infinity });
  }

  const formOf = (trial) => form.forms.find((one) => one.value === trial.form);

  /** The fields of a typed trial's design and form, in order. */
  const fieldsOf = (trial) => [...form.about, ...formOf(trial).fields]
    .filter((name) => name !== (trial.design === "crossover" ? "n2" : "both"));

  /** Numbers of a typed trial. */
  function numbersOf(trial) {
    const { low, high } = form.scales[trial.scale], paired = trial.design === "crossover";
    const typed = formOf(trial).fields.map((name) => [name, Number(trial[name])]);
    const t = { form: trial.form, paired, low, high, ...Object.fromEntries(typed) };
    return { ...t, arms: "m1" in t, n2: paired ? t.n1 : t.n2 };
  }

  const isNumber = (text) => new RegExp(`^(?:${form.number})$`).test(text);

  /** What is wrong with a cell, in the words of the rule; empty if nothing. */
  function broken(name, text, taken) {
    const { type, minimum, maximum, options } = form.fields[name];
    const said = form.words, x = Number(text), chosen = options.some(({ value }) => value === text);
    if (text === "") return form.open.includes(name) ? "" : said.empty;
    if (name === "id" && !new RegExp(`^(?:${form.id})$`).test(text)) return said.id;
    if (name === "id" && taken.includes(text)) return said.taken;
    if (type === "string") return options.length === 0 || chosen ? "" : said.side;
    if (name === "weeks" && new RegExp(form.spans, "i").test(text)) return said.weeks;
    if (name === "dose" && /\d\D*[\s/;&]\D*\d/.test(text)) return said.doses;
    if (name === "p" && /^p?\s*[<>≤≥]/i.test(text)) return said.bound;
    if (/^[+-]?\d+,\d+$/.test(text)) return said.comma;
    if (!isNumber(text)) return type === "integer" ? said.whole : said.number;
    if (!Number.isFinite(x)) return said.finite;
    if (type === "integer" && !/^[+-]?\d+$/.test(text)) return said.whole;
    if (minimum !== null && x < minimum) return fill(said.minimum, { minimum: general(minimum) });
    return maximum !== null && x > maximum ? fill(said.maximum, { maximum: general(maximum) }) : "";
  }

  /** What is wrong with a typed trial: [field, words], the first of each field, in their order;
      rules of several cells are looked at once every cell keeps its own. */
  function wrongWith(trial, taken) {
    const listed = form.lists.every(([name, , options]) =>
      options.some(({ value }) => value === trial[name]));
    if (!listed || !form.rows[trial.design][trial.form]) return [["form", ""]];
    const names = fieldsOf(trial);
    const cells = names.map((name) => [name, broken(name, trial[name] ?? "", taken)]);
    if (cells.some(([, said]) => said)) return cells.filter(([, said]) => said);
    const found = together(numbersOf(trial), trial).filter(([, wrong]) => wrong);
    return names.map((name) => found.find(([one]) => one === name)).filter(Boolean)
      .map(([name, , said, values = {}]) => [name, fill(form.words[said], values)]);
  }

  /** Half a unit of the last digit of a number as it is typed. */
  function half(text) {
    const [digits, power = "0"] = text.toLowerCase().split("e");
    return 0.5 * 10 ** (Number(power) - (digits.split(".")[1] ?? "").length);
  }

  /** The data's rules of several cells: [field, whether broken, key of the words, their values]. */
  function together(t, trial) {
    const { spread } = form, { n1, n2, value, lower, upper, paired, arms } = t;
    const width = t.high - t.low, means = t.form === "means", quartiles = t.form === "quartiles";
    const [low, high] = means || quartiles ? [t.low, t.high] : [-width, width];
    const off = (name, said = "on scale") => [name, t[name] < low || t[name] > high, said,
      { low: general(low), high: general(high) }];
    /* What the digits of a spread may hide. */
    const digits = (name, sd) => {
      const given = name === "lower", of = given ? upper - lower : Math.abs(t[name]);
      return of && sd * Math.min((given ? 2 : 1) * half(String(t[name])), spread.digit * width) / of;
    };
    /* An SD of people, typed or implied: that of a few may stray, that of levels is at most the one
       of people who all stand at either end of the scale. */
    const people = (name, sd, n, mean, hidden = digits(name, sd), slack = 1) => {
      const stray = 1 + (quartiles ? spread.widths : 1) / Math.sqrt(2 * (n - 1));
      const ends = (mean - t.low) * (t.high - mean);
      const least = paired && !arms ? spread.paired : Math.max(spread.least / stray, spread.chosen);
      const most = (means || quartiles ? spread.most : spread.moved) * width * stray;
      const end = means ? spread.level * Math.sqrt(Math.max(ends, 0) * n / (n - 1)) : width;
      const narrow = sd + hidden < least * width, said = narrow ? "narrow" : means ? "wide level" : "wide";
      return [name, sd > 0 && (narrow || sd > slack * Math.min(most, end)), said,
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
    const ofCounts = () => {
      const fewer = Math.min(t.e1, t.e2), least = t.e1 + t.e2 - n1;
      return [...GROUPS.map((i) => [`e${i}`, t[`e${i}`] > t[`n${i}`], "events"]),
        ["both", paired && t.both > fewer, "above", { name: form.plain.events, value: fewer }],
        ["both", paired && t.both < least, "at least", { least, n: n1 }]];
    };
    const apart = () => ["m2", Math.abs(t.m1 - t.m2) > width / 2, "apart", { mean: general(t.m1) }];
    const ofQuartiles = () => [apart(), ...GROUPS.flatMap((i) => {
      const { n, m, q1, q3 } = group(t, i), over = (name, found, column, x) =>
        [name + i, found, "above", { name: form.plain[column], value: general(x) }];
      return [off(`m${i}`), off(`q1${i}`), off(`q3${i}`), over("q1", q1 > m, "value", m),
        over("m", m > q3, "q3", q3), [`q3${i}`, q1 === q3, "flat"],
        people(`q1${i}`, (q3 - q1) / spread.quartiles, n, undefined,
          2 * half(trial[`q1${i}`]) / spread.quartiles)];
    })];
    const ofArms = () => {
      const pooled = Math.sqrt(((n1 - 1) * t.sd1 ** 2 + (n2 - 1) * t.sd2 ** 2) / (n1 + n2 - 2));
      const error = Math.hypot(t.sd1 / Math.sqrt(n1), t.sd2 / Math.sqrt(n2));
      const worse = !means && Math.min(t.m1, t.m2) > 0.02 * width
        && Math.max(t.m1, t.m2) > 0.05 * width
        && !(Math.max(n1, n2) < spread.few && t.m1 + t.m2 < spread.turned * error);
      const chance = Math.exp(spread.rare * Math.sqrt(1 / (n1 - 1) / 2 + 1 / (n2 - 1) / 2));
      return [...GROUPS.flatMap((i) => {
        const { n, m, sd } = group(t, i), other = t[`sd${3 - i}`];
        return [off(`m${i}`), [`m${i}`, worse, "worse"], [`sd${i}`, sd === 0, "zero"],
          [`n${i}`, n < 2, "gives no", { spread: "SD" }], people(`sd${i}`, sd, n, m),
          [`sd${i}`, Math.min(sd, other) > 0
            && Math.max(sd, other) / Math.min(sd, other) >= Math.max(3, chance), "other arm",
            { sd: general(other) }]];
      }), large("sd1", (t.m1 - t.m2) / pooled, pooled),
      ...(means ? [apart(), ["m2", t.m2 < t.low + spread.end * width, "hardly"]] : [])];
    };
    const ofDifference = () => {
      const given = t.form === "interval", middle = (lower + upper) / 2, byP = t.p !== undefined;
      const rounding = given && half(trial.lower) / 2 + half(trial.upper) / 2 + half(trial.value);
      const n = paired ? n1 : n1 + n2, root = Math.sqrt(paired ? 1 / n1 : 1 / n1 + 1 / n2);
      const sized = Math.abs(t.t) <= spread.rough // one digit of a small t tells no error
        ? { ...t, t: Math.abs(t.t) + spread["rough digit"] } : t;
      const sd = errorOf(sized, paired ? n - 1 : n - 2) / root, off1 = half(trial.value);
      /* A p or t may hide what the last digit of the difference does. */
      const part = given || t.se !== undefined ? null
        : Math.min(off1, spread.digit * width) / Math.abs(value);
      const most = (paired ? 0.6 : 0.45) * width, least = sd * Math.max(1 - off1 / Math.abs(value), 0);
      const reach = critical(0.95, n - 1) * Math.sqrt((width ** 2 - value ** 2) / (n - 1));
      const side = value < 0 ? "ldn" : "placebo";
      const limit = (name) => { const [at, out, ...rest] = off(name, "outside");
        return [at, out && !(Math.abs(t[name] - value) <= reach), ...rest]; };
      return [off("value"), ["value", Math.abs(value) > width / 2, "over half"],
        [n2 < 2 && n1 > 1 ? "n2" : "n1", Math.min(n1, n2) < 2, paired ? "gives no" : "alone",
          { spread: given ? "interval" : "standard error" }],
        ["favours", value && trial.favours && trial.favours !== side, "other side",
          { value: general(value), side, favours: trial.favours }],
        ["se", t.se === 0, "zero"], ["value", given && !(lower <= value && value <= upper), "limits"],
        limit("lower"), limit("upper"),
        ["value", Math.abs(middle - value) > rounding + 1e-9, "middle",
          { middle: Number(middle.toPrecision(4)) }],
        ["p", t.p === 0, "p of 0"], ["p", t.p === 1 && value, "p of 1"],
        ["t", t.t * value < 0, "t side", { value: general(value) }], ["t", t.t === 0 && value, "t of 0"],
        people(given ? "lower" : t.form, t.p >= 0.6 ? NaN : sd, n, undefined,
          part === null ? undefined : part * sd, byP ? spread["of p"] : 1),
        ["p", byP && least > 1.1 * most, "p scale",
          { sd: Number(least.toPrecision(3)), most: Number(most.toPrecision(3)) }],
        large("value", given ? value / sd : NaN, sd)];
    };
    const source = (trial.source ?? "").toLowerCase(), twin = Object.hasOwn(form.sources, source);
    const years = trial.label.match(new RegExp(form.year, "g")), dose = Number(trial.dose);
    return [["year", years && !years.includes(String(Number(trial.year))), "label year",
      { label: trial.label, year: years?.at(-1) }],
    ["year", Number(trial.year) > form.last_year, "late"],
    ["source", new RegExp(form.address, "i").test(source), "address"],
    ["source", twin, "twin", { study: form.sources[source] }],
    ["dose", dose < form.doses[0] || dose > form.doses[1], "dose", { dose: general(dose) }],
    ...(quartiles ? ofQuartiles : arms ? ofArms : t.form === "counts" ? ofCounts : ofDifference)()];
  }

  /** Cells as CSV. */
  const csv = (rows) => rows.map((row) => row.map((cell) => (/[",\r\n]/.test(cell)
    ? `"${cell.replace(/"/g, '""')}"` : cell)).join(",")).join("\n") + "\n";

  /** Rows for the data: [file, CSV text with its header]. */
  function rowsFor(trial) {
    const { scale, unit, low, high } = form.scales[trial.scale];
    const n = sum(["n1", "n2"].map((one) => Number(trial[one])).filter(Number.isFinite));
    const open = Object.fromEntries(form.open.map((name) =>
      [name, form.fields[name].options[0]?.value ?? ""]));
    const { source = "" } = trial, doi = source.match(/^10\.\d{4,}\/\S+$/)?.[0] ?? "";
    const pmid = source.match(/^PMID (\d+)$/)?.[1] ?? "";
    const values = { ...open, ...trial, doi, pmid, scale, unit, low: general(low), high: general(high), n };
    return form.rows[trial.design][trial.form].map(({ file, columns, cells }) => [file,
      csv([columns, ...cells.map((row) => row.map((cell) => fill(cell, values)))])]);
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
    const place = trial.under[state.reading][key] ?? trial.under.all[key] ?? -1 - data.missing;
    if (place < 0) return { reason: data.reasons[-1 - place] };
    const [yi, vi, df, lower, upper, , n] = data.estimates[place];
    const slip = (state[`sign.${trial.id}`] || first.sign) !== first.sign;
    const printed = lower === null ? null : slip ? [-upper, -lower] : [lower, upper];
    return { yi: slip ? -yi : yi, vi, df: df ?? Infinity, n, printed };
  }

  /** The estimate of a typed trial. */
  function typedEstimate(trial, state) {
    const t = numbersOf(trial), { notices } = form;
    const [made, other] = [state.measure !== "MD", true]
      .map((standardised) => trialEffect(t, standardised, state.crossover_r));
    const large = Math.abs(other.yi) > form.spread.large ? notices.large : "";
    const assumed = [notices[t.form], large].filter(Boolean).join(" ");
    return { ...made, assumed, n: t.paired ? t.n1 : t.n1 + t.n2 };
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
    if (chosen.kind !== "LogStudent") return chosen;
    const ratios = scaleOf(state.measure) === "SMD" ? [1]
      : rows.map((row) => row.yi / rowOf(row.id, other).yi).filter(Number.isFinite);
    const sd = sum(ratios) / ratios.length, said = sd === 1 ? chosen.words : chosen.inPoints;
    return sd > 0 ? { ...chosen, sd, words: fill(said, { sd: fixed(sd, 2) }) }
      : { ...data.priors[defaults.prior], instead: true };
  }

  /** Posterior median, interval and the chances of relief and worsening, each with its range
      over the priors of tau that are tried and what stood before the data. */
  function believed(used, threshold, state) {
    const y = used.map((r) => r.yi), v = used.map((r) => r.vi), mean = data.mean_prior;
    const points = Numbers.likelihoods(y, v, mean), under = (prior) => Numbers.posterior(
      prior.upper ? Numbers.likelihoods(y, v, mean, prior.upper) : points, prior);
    const names = Object.keys(data.priors), half = state.level / 2;
    const prior = priorOf(state, used), here = names.indexOf(state.prior);
    const tried = names.map((name) => under(priorOf({ ...state, prior: name }, used)));
    const post = tried[here];
    const event = (x, turn) => {
      const all = tried.map((one) => turn(Numbers.below(one, x)));
      return { p: all[here], low: Math.min(...all), high: Math.max(...all),
        before: turn(ndtr((x - mean.mean) / mean.sd)) };
    };
    const [low, median, high] = [0.5 - half, 0.5, 0.5 + half].map((p) => Numbers.quantile(post, p));
    return { prior, median, ci: [low, high],
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
    percent, points, trialsOf, number, general, counted, interval, isNumber, fill, csv };
};
