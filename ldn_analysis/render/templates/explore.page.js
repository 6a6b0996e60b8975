"use strict";
/* The page around the numbers: state, address, controls, pictures. Text becomes text nodes, never HTML. */
(() => {
  const data = JSON.parse(document.getElementById("explore-data").textContent);
  const $ = (id) => document.getElementById(id);
  const { number, general, interval } = Core;

  function node(tag, attributes, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name in made && typeof value !== "string") made[name] = value; else made.setAttribute(name, value);
    }
    made.append(...inside.filter((x) => x !== null && x !== undefined));
    return made;
  }

  // ---- state and address ---------------------------------------------------------------------------------
  const choice = (name, study = "") => data.choices.find((c) => c.name === name && c.study === study);
  const has = (name, value) => choice(name).options.some((o) => o.value === value);
  const usual = () => data.trials.filter((t) => t.sets.primary).map((t) => t.id);
  const start = () => ({ ...data.defaults, trials: usual(), spread: {}, sign: {}, added: [] });

  /** A number of the address in its limits, or null. */
  function inLimits(text, [low, high]) {
    const x = /^[0-9.]{1,8}$/.test(text) ? Number(text) : NaN;
    return x >= low && x <= high ? x : null;
  }

  /** The state that an address asks for, and what of it is not understood. */
  function read(hash) {
    const state = start(), ignored = [];
    let asked;
    try {
      asked = [...new URLSearchParams(hash.replace(/^#/, "")).entries()];
    } catch {
      asked = [["", ""]];
    }
    let set = "primary", year = null, listed = null;
    for (const [name, value] of asked) {
      const no = (here = "") => ignored.push(`${name}=${value}`.slice(0, 60) + (here && ` (here: ${here})`));
      if (["measure", "time", "contrast", "tau2_method", "inference"].includes(name)) has(name, value) ? (state[name] = value) : no(choice(name).options.map((o) => o.value).join(", "));
      else if (name === "crossover_r") {
        const r = value !== "" && Number.isFinite(Number(value)) ? general(Number(value)) : value;
        has(name, r) || data.correlations.includes(r) ? (state[name] = r) : no(`${number(Number(data.correlations[0]))} to ${number(Number(data.correlations.at(-1)))} in steps of 0.05`);
      } else if (Object.hasOwn(data.limits, name) && name !== "as_of") {
        const x = inLimits(value, data.limits[name]);
        x === null ? no() : (state[name] = x);
      } else if (name === "prior") Object.hasOwn(data.priors, value) ? (state.prior = value) : no();
      else if (name === "reading") data.readings.includes(value) ? (state.reading = value) : no();
      else if (name === "study_set") data.trials[0] && Object.hasOwn(data.trials[0].sets, value) ? (set = value) : no();
      else if (name === "as_of") (year = inLimits(value, data.limits.as_of)) === null && no();
      else if (name === "trials") {
        listed = value.split("+").filter((id) => id);
        if (listed.some((id) => !data.trials.some((t) => t.id === id))) { listed = null; no(); }
      } else if (/^(spread|sign)\.[^.]+$/.test(name)) {
        const [what, study] = name.split("."), found = choice(what, study);
        found && found.options.some((o) => o.value === value) ? (state[what][study] = value) : no();
      } else if (name === "add") {
        const trial = typed(value, state.added);
        trial ? state.added.push(trial) : no();
      } else no();
    }
    state.trials = listed || data.trials.filter((t) => t.sets[set] && (year === null || t.year <= year)).map((t) => t.id);
    return { state, ignored };
  }

  /** A typed trial of the address, if it keeps the rules. */
  function typed(text, others) {
    let raw;
    try { raw = JSON.parse(text); } catch { return null; }
    if (raw === null || typeof raw !== "object" || others.length > 20) return null;
    const known = ["form", "design", "scale", ...data.form.about, ...Object.keys(data.form.fields)], made = {};
    for (const [name, value] of Object.entries(raw)) {
      if (name === "out") made.out = value === true;
      else if (!known.includes(name) || (typeof value !== "string" && name !== "scale") || String(value).length > 200) return null;
      else made[name] = name === "scale" ? Number(value) : value;
    }
    return Core.wrongWith(made, data.form, [...data.form.taken, ...others.map((t) => t.id)]).length ? null : made;
  }

  function address(state) {
    const asked = new URLSearchParams(), usually = start();
    for (const name of Object.keys(data.defaults)) if (state[name] !== usually[name]) asked.set(name, String(state[name]));
    if (state.trials.join("+") !== usually.trials.join("+")) asked.set("trials", state.trials.join("+"));
    for (const what of ["spread", "sign"]) {
      for (const [study, value] of Object.entries(state[what])) if (value !== data.first[what]) asked.set(`${what}.${study}`, value);
    }
    for (const trial of state.added) asked.append("add", JSON.stringify(trial));
    return asked.toString();
  }

  let state = start(), result = null, saying = 0;
  const past = [];

  function change(patch) {
    past.push(address(state));
    state = { ...state, ...patch };
    shown();
  }

  function shown() {
    const hash = address(state);
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    redraw();
  }

  function from(hash) {
    const { state: asked, ignored } = read(hash);
    state = asked;
    $("ignored").hidden = !ignored.length;
    $("ignored").textContent = ignored.length ? `Part of this address cannot be shown here and was ignored: ${ignored.join("; ")}.` : "";
  }

  // ---- drawing -------------------------------------------------------------------------------------------
  const PRINT = { ink: "#1f2933", soft: "#4a5763", paper: "#ffffff", line: "#c5ced6", band: "#eef1f4", mark: "#00538a" };
  const DARK = { ink: "#e8edf2", soft: "#b3bec9", paper: "#14191f", line: "#46525e", band: "#232b34", mark: "#8ecbff" };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const palette = () => (dark.matches ? DARK : PRINT);
  const FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

  function svg(width, height, words, colours) {
    const NS = "http://www.w3.org/2000/svg", root = document.createElementNS(NS, "svg");
    const put = (tag, attributes, text) => {
      const made = document.createElementNS(NS, tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
      if (text !== undefined) made.textContent = text;
      root.append(made);
      return made;
    };
    for (const [name, value] of Object.entries({ xmlns: NS, width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words, "font-family": FONT, "font-size": "13" })) root.setAttribute(name, String(value));
    put("rect", { x: 0, y: 0, width, height, fill: colours.paper });
    return { root, put };
  }

  function ticks(low, high) {
    const raw = (high - low) / 5, size = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 2.5, 5, 10].find((s) => s * size >= raw) * size;
    const found = [];
    for (let x = Math.ceil(low / step - 1e-9) * step; x <= high + 1e-9; x += step) found.push(Math.abs(x) < step / 1e6 ? 0 : x);
    return [found, step < 0.1 ? 2 : step < 1 ? 1 : 0];
  }

  const short = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  /** Rows with intervals: { label, middle, right, e, ci, mark: "square" | "diamond" | "bar" | "none", size, bold, faint }. */
  function plot(rows, { width, words, colours, band, axis }) {
    const narrow = width < 620, step = narrow ? 58 : 28, head = 24, left = narrow ? 8 : 282, right = narrow ? 8 : 215;
    const height = head + rows.length * step + 62, from = left, to = width - right;
    const values = rows.flatMap((r) => [r.e, ...(r.ci || [])]).filter(Number.isFinite);
    const core = rows.filter((r) => r.mark !== "bar").flatMap((r) => [r.e, ...(r.ci || [])]).filter(Number.isFinite);
    const most = Math.max(1.5 * (band || 0.5), 3 * Math.max(...rows.map((r) => Math.abs(r.e)).filter(Number.isFinite), 0.3), 1);
    const low = Math.max(Math.min(...core, ...values, -(band || 0.5) * 1.2), -most * 2), high = Math.min(Math.max(...core, ...values, (band || 0.5) * 1.2), most * 2);
    const pad = (high - low) * 0.04, x = (v) => from + (Math.min(Math.max(v, low - pad), high + pad) - low + pad) / (high - low + 2 * pad) * (to - from);
    const { root, put } = svg(width, height, words, colours), bottom = head + rows.length * step + 4;
    if (band) put("rect", { x: x(-band), y: head - 6, width: x(band) - x(-band), height: bottom - head + 6, fill: colours.band });
    put("line", { x1: x(0), x2: x(0), y1: head - 6, y2: bottom, stroke: colours.soft });
    put("line", { x1: from, x2: to, y1: bottom, y2: bottom, stroke: colours.line });
    const [at, digits] = ticks(low, high);
    for (const t of at) {
      put("line", { x1: x(t), x2: x(t), y1: bottom, y2: bottom + 4, stroke: colours.soft });
      put("text", { x: x(t), y: bottom + 18, "text-anchor": "middle", fill: colours.soft, "font-size": "12" }, number(t, digits));
    }
    put("text", { x: x(0) - 6, y: bottom + 34, "text-anchor": "end", fill: colours.soft, "font-size": "12" }, "← favours LDN");
    put("text", { x: x(0) + 6, y: bottom + 34, fill: colours.soft, "font-size": "12" }, "favours placebo →");
    put("text", { x: narrow ? 8 : (from + to) / 2, y: bottom + 52, "text-anchor": narrow ? "start" : "middle", fill: colours.soft, "font-size": "12" }, narrow ? short(axis, 52) : axis);
    rows.forEach((row, i) => {
      const top = head + i * step, y = narrow ? top + 46 : top + step / 2, ink = row.faint ? colours.soft : row.bold ? colours.mark : colours.ink;
      const weight = row.bold ? "600" : "400";
      put("text", { x: 8, y: narrow ? top + 14 : y + 4, fill: ink, "font-weight": weight }, short(row.label, narrow ? Math.floor(width / 8) : 38));
      put("text", narrow ? { x: 8, y: top + 31, fill: ink, "font-weight": weight } : { x: width - 8, y: y + 4, "text-anchor": "end", fill: ink, "font-weight": weight }, row.right || "");
      if (!row.ci || row.mark === "none") return;
      const [a, b] = row.ci.map(x), known = Number.isFinite(row.ci[0]);
      if (row.mark === "diamond") {
        const m = x(row.e), points = known ? [[a, y], [m, y - 7], [b, y], [m, y + 7]] : [[m - 5, y], [m, y - 5], [m + 5, y], [m, y + 5]];
        put("polygon", { points: points.map((p) => p.map((q) => q.toFixed(1)).join(",")).join(" "), fill: ink });
        return;
      }
      if (known) {
        put("line", { x1: a, x2: b, y1: y, y2: y, stroke: ink, "stroke-width": row.mark === "bar" ? 5 : 1.5 });
        [[row.ci[0], a, 1], [row.ci[1], b, -1]].forEach(([v, p, side]) => {
          if (v < low - pad || v > high + pad) put("path", { d: `M ${p + 6 * side} ${y - 4} L ${p} ${y} L ${p + 6 * side} ${y + 4}`, fill: "none", stroke: ink });
        });
      }
      if (row.mark === "square") {
        const s = 4 + 7 * Math.sqrt((row.size || 0) / 100);
        put("rect", { x: x(row.e) - s, y: y - s, width: 2 * s, height: 2 * s, fill: ink });
      }
    });
    return root;
  }

  let widths = {}; // measured once, since each measurement lays the page out
  const wide = (id) => (widths[id] ??= Math.max(300, Math.floor($(id).clientWidth || 760)));
  const percentText = (p) => Core.percent(p, data.words);
  const levelText = () => `${general(100 * state.level)}%`;
  const unit = () => (result.measure === "MD" ? (x) => Core.points(x, data.words) : (x) => `${general(x)} SD`);

  function forestRows() {
    const rows = result.rows.filter((r) => r.used).map((r) => ({ label: r.label, e: r.yi, ci: r.ci, mark: "square", size: r.weight,
      right: `${interval(r.yi, r.ci)}  ${r.share}%` }));
    const { fit, bayes } = result;
    if (fit.k !== 2) rows.push({ label: `Mean (${levelText()} interval)`, e: fit.estimate, ci: fit.ci, mark: "diamond", bold: true, right: interval(fit.estimate, fit.ci) });
    if (Number.isFinite(fit.prediction[0]) && fit.k >= 5) rows.push({ label: "Effect in a new trial (prediction)", e: NaN, ci: fit.prediction, mark: "bar", faint: true, right: `[${fit.prediction.map((x) => number(x)).join(", ")}]` });
    rows.push({ label: "With prior beliefs (Bayes)", e: bayes.median, ci: bayes.ci, mark: "diamond", right: interval(bayes.median, bayes.ci) });
    return rows;
  }

  const forest = (width, colours) => plot(forestRows(), { width, colours, band: result.threshold, axis: data.axes[result.measure],
    words: `Forest plot. ${result.sentence} ${result.used.map((r) => `${r.label} ${number(r.yi)}`).join("; ")}.` });

  function drawCurve(width, colours) {
    const { curve, share } = result.place, e = curve.estimates, height = 170, left = 40, base = 140, top = 12;
    const low = Math.min(e[0], result.fit.estimate, -0.1), high = Math.max(e[e.length - 1], result.fit.estimate, 0.1);
    const { root, put } = svg(width, height, `All ${curve.kind} analyses by their estimate, from ${number(e[0])} to ${number(e[e.length - 1])}; this one at ${number(result.fit.estimate)}.`, colours);
    const x = (s) => left + s * (width - left - 10), y = (v) => base - (v - low) / (high - low) * (base - top);
    const [at, digits] = ticks(low, high);
    for (const t of at) {
      put("line", { x1: left, x2: width - 10, y1: y(t), y2: y(t), stroke: t === 0 ? colours.soft : colours.line });
      put("text", { x: left - 6, y: y(t) + 4, "text-anchor": "end", fill: colours.soft, "font-size": "12" }, number(t, digits));
    }
    put("polyline", { points: e.map((v, i) => `${x(e.length > 1 ? i / (e.length - 1) : 0.5).toFixed(1)},${y(v).toFixed(1)}`).join(" "), fill: "none", stroke: colours.soft, "stroke-width": 2 });
    put("line", { x1: x(share), x2: x(share), y1: top, y2: base, stroke: colours.mark });
    put("circle", { cx: x(share), cy: y(result.fit.estimate), r: 6, fill: colours.mark, stroke: colours.paper, "stroke-width": 2 });
    put("text", { x: left, y: base + 22, fill: colours.soft, "font-size": "12" }, "lowest estimate (favours LDN)");
    put("text", { x: width - 10, y: base + 22, "text-anchor": "end", fill: colours.soft, "font-size": "12" }, "highest");
    return root;
  }

  // ---- what is shown -------------------------------------------------------------------------------------
  function redraw(colours = palette()) {
    const begun = performance.now();
    result = Core.analyse(state, data);
    $("sentence").textContent = result.sentence;
    $("differs").textContent = differs();
    marked();
    $("brief").textContent = result.fit ? result.fit.k === 2 ? result.sentence.split(".")[0] : `${result.fit.k === 1 ? "One trial" : "Mean"} ${interval(result.fit.estimate, result.fit.ci)}, ${Core.fill(data.words.trials[Math.min(result.fit.k, data.words.trials.length - 1)], { k: result.fit.k })}` : result.sentence;
    $("undo").disabled = !past.length;
    const there = Boolean(result.fit);
    for (const id of ["svg", "png", "csv"]) $(id).disabled = !there;
    for (const id of ["forest", "curve", "reviews"]) wide(id);
    for (const id of ["forest", "curve", "reviews"]) $(id).replaceChildren();
    if (there) {
      $("forest").append(forest(wide("forest"), colours));
      if (result.place.curve) $("curve").append(drawCurve(wide("curve"), colours));
    }
    texts(there);
    reviews(there, colours);
    controls();
    document.documentElement.dataset.milliseconds = (performance.now() - begun).toFixed(1);
    clearTimeout(saying);
    saying = setTimeout(() => { if ($("said").textContent !== result.sentence) $("said").textContent = result.sentence; }, 600);
  }

  function differs() {
    const usually = start(), found = [];
    for (const name of ["measure", "time", "contrast", "crossover_r", "tau2_method", "inference"]) {
      if (state[name] !== usually[name]) found.push(`${choice(name).title}: ${labelOf(name, state[name])}`);
    }
    if (state.level !== usually.level) found.push(`level: ${levelText()}`);
    if (state.mid !== usually.mid) found.push(`difference that matters: ${Core.points(state.mid, data.words)}`);
    if (state.smd_mid !== usually.smd_mid) found.push(`standardised difference that matters: ${general(state.smd_mid)} SD`);
    if (state.prior !== usually.prior) found.push(`prior of τ: ${state.prior}`);
    if (state.reading !== usually.reading) found.push(`values read from: ${state.reading}`);
    for (const t of data.trials) {
      if (usually.trials.includes(t.id) !== state.trials.includes(t.id)) found.push(`${t.label} ${state.trials.includes(t.id) ? "taken in" : "taken out"}`);
      for (const what of ["spread", "sign"]) {
        if (state[what][t.id] && state[what][t.id] !== data.first[what]) found.push(`${choice(what, t.id).title}: ${choice(what, t.id).options.find((o) => o.value === state[what][t.id]).label}`);
      }
    }
    for (const t of state.added) found.push(`${t.label} added${t.out ? " and taken out" : ""}`);
    return found.length ? `Differs from the default analysis: ${found.join("; ")}.` : "This is the default analysis.";
  }

  /** What of the chosen is debatable or an error, beside the answer. */
  function marked() {
    const said = (kind) => (result.fit ? result.place.why : []).filter((w) => w.kind === kind).map((w) => w.title + (w.label ? ` (${w.label})` : "")).join("; ");
    const wrong = said("error"), open = said("debatable");
    $("marked").textContent = [wrong && `This holds an error: ${wrong}.`, open && `Debatable: ${open}.`].filter(Boolean).join(" ");
    $("marked").dataset.kind = wrong ? "error" : "";
  }

  const labelOf = (name, value) => {
    const found = choice(name).options.find((o) => o.value === value);
    return found ? found.label : number(Number(value), 2);
  };

  function texts(there) {
    const { fit, bayes, used, threshold } = result, body = $("numbers").tBodies[0];
    body.replaceChildren();
    $("bayes").replaceChildren();
    $("place").textContent = $("forest-note").textContent = "";
    if (!there) return;
    const range = ([a, b], digits = 2, end = "") => (Number.isFinite(a) ? ` (${levelText()} interval ${number(a, digits)}${end} to ${number(b, digits)}${end})` : "");
    const rows = [[fit.k === 2 ? "Mean of two (hardly informative)" : "Mean", interval(fit.estimate, fit.ci)], ["p", Number.isFinite(fit.pValue) ? number(fit.pValue, 3) : "–"]];
    if (fit.k > 1) {
      rows.push(["Between-trial variance τ²", number(fit.tau2, 3) + range(fit.tau2Ci, 3)],
        ["I²", number(fit.i2, 0) + "%" + range(fit.i2Ci, 0, "%")],
        ["Q", `${number(fit.q)} on ${fit.k - 1} df, p = ${number(fit.qP, 3)}`],
        [fit.k < 5 ? "Prediction interval, nominal: with so few trials it holds less than it says" : "Prediction interval (nominal)",
          Number.isFinite(fit.prediction[0]) ? fit.prediction.map((x) => number(x)).join(" to ") : "–"]);
    }
    rows.push(["Trials; participants", `${fit.k}; ${result.n}`]);
    for (const r of used) rows.push([`Weight of ${r.label}`, r.share + "%"]);
    for (const [name, value] of rows) body.append(node("tr", {}, node("th", { scope: "row" }, name), node("td", {}, value)));
    $("forest-note").textContent = `Squares: trials, by weight. Shaded: too small to matter (less than ${unit()(threshold)}).`
      + (fit.widened ? " The wider of two intervals is shown, since the trials agree better than chance allows." : "")
      + (fit.k === 1 ? " One trial: its own interval." : ` ${labelOf("tau2_method", fit.method)}; ${labelOf("inference", fit.inference)}.`)
      + (used.some((r) => r.printed && state.level === 0.95) ? " Trials' intervals as their papers print them, where they do." : "");
    $("bayes").replaceChildren(node("p", {}, `Median ${interval(bayes.median, bayes.ci)}. Prior of τ: ${bayes.prior.words}; of the mean: ${data.mean_prior.words}.${bayes.prior.instead ? ` The prior ${state.prior} cannot be put into points here.` : ""} The probabilities of:`),
      node("ul", {}, ...["relief", "beyond", "worse"].map((name) => node("li", {}, `${Core.fill(data.words.events[name], { mid: unit()(threshold) })}: ${Core.chance(bayes.chances[name], data.words)}`))));
    placeText();
  }

  function placeText() {
    if (!data.total) { $("place").textContent = "No analysis of the data can be had without an added trial."; return; }
    const { kind, inside, curve, share, rank } = result.place, n = (x) => String(x).replace(/\B(?=(\d{3})+$)/g, ",");
    const name = { defensible: "defensible", debatable: "debatable", error: "an error" }[kind];
    const first = inside ? `This is one of ${n(data.total)} analyses of the multiverse; by its worst choice it is ${name}.`
      : `This is not itself one of the ${n(data.total)} analyses of the multiverse; by its worst choice it would be ${name}.`;
    if (!curve) { $("place").textContent = `${first} There is no ${kind} analysis on this scale.`; return; }
    const [side, part] = share < 0.5 ? ["lower", 1 - share] : ["higher", share];
    const where = rank === null ? `its estimate is ${side} than ${percentText(part)} of the ${n(curve.n)} of that kind on this scale`
      : `${n(rank)} of the ${n(curve.n)} of that kind on this scale have an estimate as low or lower`;
    const beneath = curve.below === 0 ? "None of those intervals lies" : `${percentText(curve.below)} of those intervals lie`;
    $("place").textContent = `${first} ${where[0].toUpperCase() + where.slice(1)}. ${beneath} wholly below zero.`;
  }

  function reviews(there, colours) {
    const list = $("others");
    list.replaceChildren();
    if (!there) return;
    const mine = data.reviews.filter((r) => r.measure === result.measure && !r.note && r.estimate !== null && r.lower95 !== null);
    const average = result.fit.k === 2 ? [] : [{ label: "This analysis", e: result.fit.estimate, ci: result.fit.ci, mark: "diamond", bold: true, right: interval(result.fit.estimate, result.fit.ci) }];
    const rows = [...average, ...mine.map((r) => ({ label: r.label + (r.k ? `, ${general(r.k)} trials` : ""), e: r.estimate, ci: [r.lower95, r.upper95], mark: "square", size: 8, right: interval(r.estimate, [r.lower95, r.upper95]) }))];
    $("reviews").append(plot(rows, { width: wide("reviews"), colours, band: result.threshold, axis: data.axes[result.measure],
      words: `This analysis beside ${mine.length} published reviews: ${mine.map((r) => `${r.label} ${number(r.estimate)}`).join("; ")}.` }));
    for (const r of mine) if (r.doi) list.append(node("li", {}, `${r.label}: `, node("a", { href: `https://doi.org/${encodeURI(r.doi)}` }, r.doi)));
    for (const r of data.reviews) if (r.note && r.measure === result.measure) list.append(node("li", {}, `Not shown: ${r.label}. ${r.note}`));
  }

  // ---- controls ------------------------------------------------------------------------------------------
  const updates = [];
  const controls = () => updates.forEach((update) => update());

  function picker(where, name, title, options, value, set) {
    const id = `c-${name.replace(/[^a-z0-9_-]/gi, "-")}`, hint = node("p", { class: "hint", id: `${id}-hint` });
    const box = node("select", { id, "aria-describedby": `${id}-hint` }, ...options().map((o) => node("option", { value: o.value }, o.label + (data.marks[o.kind] || ""))));
    box.addEventListener("change", () => set(box.value));
    where.append(node("div", { class: "choice" }, node("label", { for: id }, title), box, hint));
    updates.push(() => {
      box.value = value();
      const one = options().find((o) => o.value === box.value);
      box.parentElement.dataset.kind = (one && one.kind) || "";
      hint.textContent = one ? (one.kind ? one.kind[0].toUpperCase() + one.kind.slice(1) + ". " : "") + (one.reason || "") : "";
    });
    return box;
  }

  const own = "a value of your own";
  function build() {
    for (const t of data.trials) {
      const id = `t-${t.id}`, box = node("input", { type: "checkbox", id, "aria-describedby": `${id}-hint` }), hint = node("span", { class: "hint", id: `${id}-hint` });
      box.addEventListener("change", () => change({ trials: data.trials.map((x) => x.id).filter((x) => (x === t.id ? box.checked : state.trials.includes(x))) }));
      $("trials").append(node("div", { class: "tick" }, box, node("label", { for: id }, t.label), hint));
      updates.push(() => {
        const row = result.rows.find((r) => r.id === t.id);
        box.checked = row.ticked;
        hint.textContent = row.ticked && row.reason ? `Not usable here: ${row.reason}.` : !row.ticked && t.reason ? t.reason : row.used ? interval(row.yi, row.ci) : "";
      });
    }
    $("trials").append(node("div", { id: "added" }));
    updates.push(added);
    for (const s of data.unusable) $("unusable").querySelector("ul").append(node("li", {}, `${s.label}: ${s.reason}`));
    const simple = (where, name) => picker(where, name, choice(name).title, () => choice(name).options, () => state[name], (v) => change({ [name]: v }));
    for (const name of ["measure", "time", "contrast"]) simple($("compared"), name);
    correlation($("compared"));
    picker($("compared"), "reading", "values read from", () => data.readings.map((r) => ({ value: r, label: r, reason: "How values reached us: abstracts alone, also full texts that we read, also others' transcriptions, all." })), () => state.reading, (v) => change({ reading: v }));
    for (const name of ["tau2_method", "inference"]) simple($("pooled"), name);
    typedNumber("level", "level of intervals, percent", 100);
    typedNumber("mid", "difference that matters, points of 0 to 10", 1);
    typedNumber("smd_mid", "standardised difference that matters, SD", 1);
    picker($("pooled"), "prior", "prior of τ, for the Bayesian row", () => Object.keys(data.priors).map((p) => ({ value: p, label: p, reason: `Prior of the mean: ${data.mean_prior.words}.${data.priors[p].source ? ` ${data.priors[p].source}` : ""}` })), () => state.prior, (v) => change({ prior: v }));
    for (const c of data.choices.filter((one) => one.study)) {
      picker($("misread").querySelector("div"), `${c.name}-${c.study}`, c.title, () => c.options, () => state[c.name][c.study] || data.first[c.name], (v) => change({ [c.name]: { ...state[c.name], [c.study]: v } }));
    }
    tools();
    adding();
  }

  function correlation(where) {
    const listed = choice("crossover_r").options, sliding = () => !listed.some((o) => o.value === state.crossover_r);
    const middle = data.correlations[Math.floor(data.correlations.length * 3 / 4)];
    const debatable = listed.find((o) => o.kind === "debatable");
    const free = data.correlations.find((r) => !listed.some((o) => o.value === r) && Number(r) >= Number(middle)) || data.correlations[0];
    picker(where, "crossover_r", choice("crossover_r").title, () => [...listed, { value: own, label: own, kind: debatable ? "debatable" : "", reason: `An assumption in place of what the paper implies: ${number(Number(state.crossover_r), 2)}.` }],
      () => (sliding() ? own : state.crossover_r), (v) => change({ crossover_r: v === own ? free : v }));
    const range = node("input", { type: "range", id: "slider", min: "0", max: String(data.correlations.length - 1), step: "1" }), line = node("div", { class: "choice" }, node("label", { for: "slider" }, "correlation of the two conditions"), range);
    range.addEventListener("input", () => change({ crossover_r: data.correlations[Number(range.value)] }));
    where.append(line);
    updates.push(() => {
      const at = data.correlations.indexOf(state.crossover_r);
      line.hidden = !sliding() && document.activeElement !== range;
      if (at >= 0) range.value = String(at);
      range.setAttribute("aria-valuetext", number(Number(data.correlations[Number(range.value)]), 2));
    });
  }

  function typedNumber(name, title, times) {
    const [low, high] = data.limits[name], id = `c-${name}`, hint = node("p", { class: "hint", id: `${id}-hint`, role: "alert" });
    const box = node("input", { id, type: "text", inputmode: "decimal", "aria-describedby": `${id}-hint` });
    box.addEventListener("change", () => {
      const x = /^[0-9]*\.?[0-9]+$/.test(box.value.trim()) ? Number((Number(box.value) / times).toPrecision(6)) : NaN;
      const good = x >= low && x <= high;
      hint.textContent = good ? "" : `must be a number from ${general(low * times)} to ${general(high * times)}`;
      box.setAttribute("aria-invalid", String(!good));
      if (good) change({ [name]: x });
    });
    $("pooled").append(node("div", { class: "choice" }, node("label", { for: id }, title), box, hint));
    updates.push(() => {
      if (box.getAttribute("aria-invalid") !== "true" || document.activeElement !== box) {
        box.value = general(state[name] * times);
        box.setAttribute("aria-invalid", "false");
        hint.textContent = "";
      }
    });
  }

  const uri = (text, type) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;

  function save(name, href) {
    const link = node("a", { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
  }

  const picture = () => new XMLSerializer().serializeToString(forest(900, PRINT));

  /** The analysis as a table: a row a trial, then the pooled results, for a spreadsheet or R. */
  function asCsv() {
    const cells = [["label", "year", "included", "yi", "vi", "lower", "upper", "participants", "weight_percent", "note"]];
    const plain = (x) => (x === undefined || x === null || !Number.isFinite(x) ? "" : String(x));
    const calm = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text); // no spreadsheet takes a name for a formula
    for (const r of result.rows) cells.push([calm(r.label), plain(r.year), r.used ? "yes" : "no", plain(r.yi), plain(r.vi), plain(r.ci && r.ci[0]), plain(r.ci && r.ci[1]), plain(r.n), plain(r.weight), calm(r.reason || "")]);
    const { fit, bayes } = result;
    cells.push(["pooled mean", "", "", plain(fit.estimate), plain(fit.se ** 2), ...fit.ci.map(plain), plain(result.n), "100", `${fit.method}, ${fit.inference}, level ${fit.level}, tau2 ${plain(fit.tau2)}`]);
    cells.push(["prediction", "", "", "", "", ...fit.prediction.map(plain), "", "", ""]);
    cells.push(["posterior median", "", "", plain(bayes.median), "", ...bayes.ci.map(plain), "", "", `prior of tau ${state.prior}; P(better) ${plain(bayes.chances.relief.p)}; P(beyond ${result.threshold}) ${plain(bayes.chances.beyond.p)}`]);
    cells.push([calm(location.href.split("#")[0].split("/").pop() + (address(state) ? `#${address(state)}` : ""))]);
    return cells.map((row) => row.map(Core.quoted).join(",")).join("\n") + "\n";
  }

  function copy(text, say) {
    const old = () => {
      const area = node("textarea", { class: "unseen" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    };
    const done = () => { $("said").textContent = say; };
    (navigator.clipboard ? navigator.clipboard.writeText(text).catch(old) : Promise.resolve(old())).then(done);
  }

  function undo() {
    if (!past.length) return;
    from(past.pop());
    shown();
  }

  function tools() {
    $("undo").addEventListener("click", undo);
    $("reset").addEventListener("click", () => { if (address(state)) { past.push(address(state)); from(""); shown(); } });
    $("link").addEventListener("click", () => copy(location.href, "The link is copied."));
    $("svg").addEventListener("click", () => save("ldn-pain.svg", uri(picture(), "image/svg+xml")));
    $("csv").addEventListener("click", () => save("ldn-pain.csv", uri(asCsv(), "text/csv")));
    $("png").addEventListener("click", () => {
      const drawn = new Image();
      drawn.onload = () => {
        const canvas = node("canvas", { width: 2 * drawn.width, height: 2 * drawn.height });
        canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
        save("ldn-pain.png", canvas.toDataURL("image/png"));
      };
      drawn.src = uri(picture(), "image/svg+xml");
    });
    $("print").addEventListener("click", () => print());
    addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "z" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); undo(); }
    });
  }

  // ---- a new trial ---------------------------------------------------------------------------------------
  const draft = { form: "interval", design: "parallel", scale: 0 };

  function adding() {
    const list = (name, label, options, changed) => {
      const box = node("select", { id: `a-${name}` }, ...options.map(([value, text]) => node("option", { value: String(value) }, text)));
      box.addEventListener("change", () => changed(box.value));
      return [node("div", { class: "choice" }, node("label", { for: `a-${name}` }, label), box), box];
    };
    const forms = data.form.forms.map((f) => [f.value, f.label]);
    const [formLine] = list("form", "What it reports", forms, (v) => { draft.form = v; lay(); });
    const [designLine, design] = list("design", "Design", data.form.designs.map((d) => [d, d]), (v) => { draft.design = v; lay(); });
    const [scaleLine] = list("scale", "Scale of pain (less is better)", data.form.scales.map((s, i) => [i, `${s.scale}, ${s.unit}, ${general(s.low)} to ${general(s.high)}`]), (v) => { draft.scale = Number(v); check(); });
    const boxes = {};
    for (const [name, field] of Object.entries(data.form.fields)) {
      const input = node("input", { id: `a-${name}`, type: "text", "aria-describedby": `a-${name}-wrong`, ...(field.rules.type === "string" ? {} : { inputmode: "text" }) });
      const wrong = node("p", { class: "hint wrong", id: `a-${name}-wrong` });
      input.addEventListener("input", () => {
        draft[name] = input.value.trim();
        if (name === "label" || name === "year") suggest();
        check(name);
      });
      boxes[name] = { input, wrong, line: node("div", { class: "choice" }, node("label", { for: `a-${name}` }, field.label + (data.form.open.includes(name) ? " (for the data only)" : "")), input, wrong) };
    }
    const touched = new Set();
    function suggest() {
      if (touched.has("id")) return;
      const word = (draft.label || "").toLowerCase().normalize("NFD").replace(/[^a-z0-9 ]/g, "").trim().split(/\s+/)[0] || "";
      draft.id = boxes.id.input.value = word ? (/^[a-z]/.test(word) ? word : `t${word}`) + (draft.year || "") : "";
    }
    function lay() {
      const possible = data.form.rows[draft.design], shape = data.form.forms.find((f) => f.value === draft.form);
      for (const option of design.options) option.disabled = !data.form.rows[option.value][draft.form];
      if (!possible[draft.form]) draft.design = design.value = "parallel";
      const names = [...data.form.about, ...shape.fields].filter((n) => !(draft.design === "crossover" && n === "n2"));
      $("fields").replaceChildren(formLine, designLine, scaleLine, ...names.map((n) => boxes[n].line));
      boxes.m1.line.firstChild.textContent = draft.form === "quartiles" ? "LDN: median" : data.form.fields.m1.label;
      boxes.m2.line.firstChild.textContent = draft.form === "quartiles" ? "Placebo: median" : data.form.fields.m2.label;
      boxes.n1.line.firstChild.textContent = draft.design === "crossover" ? "People with both conditions" : data.form.fields.n1.label;
      check();
    }
    /** Wrong cells, said beside those that were typed in; all of them when the form is sent. */
    function check(name, all = false) {
      if (name) touched.add(name);
      const taken = [...data.form.taken, ...state.added.map((t) => t.id)], wrong = Core.wrongWith(draft, data.form, taken), said = new Map(wrong);
      for (const [field, { input, wrong: line }] of Object.entries(boxes)) {
        const words = (all || touched.has(field)) && said.has(field) ? said.get(field) : "";
        if (line.textContent !== words) line.textContent = words;
        input.setAttribute("aria-invalid", String(Boolean(words)));
      }
      return wrong;
    }
    $("add").addEventListener("submit", (event) => {
      event.preventDefault();
      const wrong = check(null, true);
      $("wrong").textContent = wrong.length ? `Not added: ${wrong.length === 1 ? "one field does" : `${wrong.length} fields do`} not keep the rules.` : "";
      if (wrong.length) { if (boxes[wrong[0][0]]) boxes[wrong[0][0]].input.focus(); return; }
      const names = ["form", "design", "scale", ...data.form.about, ...data.form.forms.find((f) => f.value === draft.form).fields];
      const made = Object.fromEntries(names.filter((n) => n in draft && !(n === "n2" && draft.design === "crossover")).map((n) => [n, draft[n]]));
      change({ added: [...state.added, made] });
      for (const field of [...Object.keys(data.form.fields)]) { delete draft[field]; boxes[field].input.value = ""; }
      touched.clear();
      check();
      $("wrong").textContent = "";
    });
    lay();
  }

  let listed = null;
  function added() {
    const row = (t) => result.rows.find((r) => r.id === t.id && r.added);
    if (listed !== state.added) {
      listed = state.added;
      list();
    }
    state.added.forEach((t, i) => {
      $(`t-added-${i}`).checked = row(t).ticked;
      $(`h-added-${i}`).textContent = row(t).reason ? `Not usable here: ${row(t).reason}.` : interval(row(t).yi, row(t).ci);
    });
  }

  /** The added trials and their rows, laid out anew. */
  function list() {
    const where = $("added"), focus = document.activeElement && document.activeElement.id, open = [...$("rows").children].map((d) => d.open);
    where.replaceChildren(...state.added.map((t, i) => {
      const id = `t-added-${i}`, box = node("input", { type: "checkbox", id, "aria-describedby": `h-added-${i}` });
      box.addEventListener("change", () => change({ added: state.added.map((x, j) => (j === i ? { ...x, out: !box.checked } : x)) }));
      const gone = node("button", { type: "button", id: `gone-${i}` }, `Remove ${t.label}`);
      gone.addEventListener("click", () => { change({ added: state.added.filter((_, j) => j !== i) }); $("a-form").focus(); });
      return node("div", { class: "tick" }, box, node("label", { for: id }, `${t.label} (added)`), node("span", { class: "hint", id: `h-added-${i}` }), gone);
    }));
    if (focus && $(focus) && where.contains($(focus))) $(focus).focus();
    $("rows").replaceChildren(...state.added.map((t, i) => {
      const parts = Core.rowsFor(t, data.form).map(([file, text]) => `${file}\n${text}`).join("\n");
      const area = node("textarea", { readOnly: true, rows: "6", id: `r-${i}`, "aria-label": `Rows of ${t.label}` }, parts), button = node("button", { type: "button" }, "Copy these rows");
      button.addEventListener("click", () => copy(parts, "The rows are copied."));
      const empty = data.form.open.filter((n) => !t[n]).map((n) => data.form.fields[n].label);
      return node("details", { open: Boolean(open[i]) }, node("summary", {}, `Rows for the data that would add ${t.label} for good`), area,
        node("p", { class: "hint" }, (empty.length ? `Still empty: ${empty.join("; ")}. ` : "") + "Each file's rows go below its header. The rows say randomised, double-blind, read in an abstract, a difference not adjusted: change what is not so."), button);
    }));
  }

  // ---- start ---------------------------------------------------------------------------------------------
  build();
  from(location.hash);
  $("app").hidden = false;
  redraw();
  addEventListener("hashchange", () => {
    if (location.hash.replace(/^#/, "") === address(state)) return;
    past.push(address(state));
    from(location.hash);
    redraw();
  });
  let resizing = 0, last = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === last) return;
    last = innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(() => { widths = {}; redraw(); }, 150);
  });
  dark.addEventListener("change", () => redraw());
  addEventListener("beforeprint", () => redraw(PRINT));
  addEventListener("afterprint", () => redraw());
})();
