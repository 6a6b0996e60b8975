"use strict";
/* The page around the numbers: state, address, pictures. The controls stand in the page as it was
   made. Text becomes text nodes, never HTML. */
(() => {
  const data = JSON.parse(document.getElementById("explore-data").textContent);
  const $ = (id) => document.getElementById(id);
  const { number, general, interval } = Core;
  const joined = (...sentences) => sentences.filter(Boolean).join(" ");

  function node(tag, attributes, ...inside) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  }

  /** Set a text; the same text again would be laid out anew. */
  function write(where, text) {
    if (where.textContent !== text) where.textContent = text;
  }

  const choice = (key) => data.choices.find((c) => c.key === key);
  const optionOf = (key, value) => choice(key).options.find((o) => o.value === value);
  const labelOf = (key) => optionOf(key, state[key])?.label ?? number(Number(state[key]));

  // ---- state and address ----------------------------------------------------------------------
  const usual = { ...data.defaults, added: [],
    trials: data.trials.filter((t) => t.sets.primary).map((t) => t.id) };
  let state = usual, result = null, saying = 0;
  const past = [];

  /** The state that an address asks for, and what of it is not understood. */
  function read(hash) {
    const asked = { ...usual, added: [] }, ignored = [];
    let set = "primary", year = null, listed = null;
    for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ""))) {
      const among = choice(name);
      let good, here = "";
      if (among) {
        const plain = value && Number.isFinite(Number(value)) ? general(Number(value)) : value;
        here = ` (here: ${among.here})`;
        good = [value, plain].find((one) => among.values.includes(one));
        if (good) asked[name] = good;
      } else if (Object.hasOwn(data.limits, name)) {
        const [low, high] = data.limits[name], x = /^[0-9.]{1,8}$/.test(value) && Number(value);
        good = x >= low && x <= high && x;
        if (name === "as_of") year = good;
        else if (good) asked[name] = good;
      } else if (name === "study_set" && data.trials.every((t) => Object.hasOwn(t.sets, value))) {
        good = set = value;
      } else if (name === "trials") {
        const ids = value.split("+").filter((id) => id);
        if (ids.every((id) => data.trials.some((t) => t.id === id))) good = listed = ids;
      } else if (name === "add") {
        good = typed(value, asked.added);
        if (good) asked.added.push(good);
      }
      if (!good) ignored.push(`${name}=${value}`.slice(0, 60) + here);
    }
    const known = (t) => t.sets[set] && (!year || t.year <= year);
    asked.trials = listed || data.trials.filter(known).map((t) => t.id);
    return [asked, ignored];
  }

  /** A typed trial of the address, if it keeps the rules. */
  function typed(text, others) {
    let raw = null;
    try { raw = JSON.parse(text); } catch { /* ignored, as whatever breaks the rules */ }
    if (raw === null || typeof raw !== "object" || others.length > 20) return null;
    const names = ["form", "design", ...Object.keys(data.form.fields)], made = {};
    for (const [name, value] of Object.entries(raw)) {
      const text = typeof value === "string" && value.length <= 200;
      if (name === "out") made.out = value === true;
      else if (name === "scale") made.scale = Number(value);
      else if (names.includes(name) && text) made[name] = value;
      else return null;
    }
    return Core.wrongWith(made, data.form, taken(others)).length ? null : made;
  }

  const taken = (others) => [...data.form.taken, ...others.map((t) => t.id)];

  function address() {
    const asked = new URLSearchParams(), trials = state.trials.join("+");
    for (const name of Object.keys(data.defaults)) {
      if (state[name] !== usual[name]) asked.set(name, state[name]);
    }
    if (trials !== usual.trials.join("+")) asked.set("trials", trials);
    for (const trial of state.added) asked.append("add", JSON.stringify(trial));
    return asked.toString();
  }

  /** Show another state; what was is kept for undoing. */
  function change(patch) {
    past.push(address());
    state = { ...state, ...patch };
    shown();
  }

  function shown() {
    const hash = address();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    redraw();
  }

  function from(hash) {
    const [asked, ignored] = read(hash);
    state = asked;
    $("ignored").hidden = !ignored.length;
    $("ignored").textContent = ignored.length
      ? `Part of this address cannot be shown here and was ignored: ${ignored.join("; ")}.` : "";
  }

  function undo() {
    if (!past.length) return;
    from(past.pop());
    shown();
  }

  // ---- drawing --------------------------------------------------------------------------------
  /* Colours are those of the style sheet, so that dark and paper need no other picture; a picture
     that leaves the page takes these. */
  const LIGHT = { ink: "#1f2933", soft: "#4a5763", paper: "#ffffff", line: "#c5ced6",
    tint: "#f2f5f8", link: "#00538a" };
  const INK = "var(--ink)", SOFT = "var(--soft)", LINE = "var(--line)", OWN = "var(--link)",
    PAPER = "var(--paper)";
  const FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

  function svg(width, height, words) {
    const NS = "http://www.w3.org/2000/svg", root = document.createElementNS(NS, "svg");
    const set = (made, attributes) => {
      for (const [name, value] of Object.entries(attributes)) {
        made.setAttribute(name, typeof value === "number" ? Math.round(value * 100) / 100 : value);
      }
      return made;
    };
    const put = (tag, attributes, text = "") => {
      root.append(set(document.createElementNS(NS, tag), attributes));
      root.lastChild.textContent = text;
    };
    const label = (x, y, text, fill, anchor = "start", more = {}) =>
      put("text", { x, y, fill, "text-anchor": anchor, ...more }, text);
    const line = (x1, y1, x2, y2, stroke, width = 1) =>
      put("line", { x1, y1, x2, y2, stroke, "stroke-width": width });
    set(root, { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words,
      "font-family": FONT, "font-size": 13 });
    put("rect", { x: 0, y: 0, width, height, fill: PAPER });
    return { root, put, label, line };
  }

  const SMALL = { "font-size": 12 };

  /** Round values from low to high, and the decimals that they need. */
  function ticks(low, high) {
    const raw = (high - low) / 5, size = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].find((s) => s * size >= raw) * size, found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) found.push(i * step);
    return [found, step < 0.1 ? 2 : step < 1 ? 1 : 0];
  }

  const short = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  /** Rows with intervals: { label, told, e, ci, mark: "square" | "diamond" | "bar", size, ink,
      bold }; on a narrow page the words stand above the marks. */
  function plot(rows, width, words) {
    const narrow = width < 620, step = narrow ? 58 : 28, head = 24, band = result.threshold;
    const bottom = head + rows.length * step + 4, left = narrow ? 8 : 282;
    const right = width - (narrow ? 8 : 215);
    const estimates = rows.map((r) => Math.abs(r.e)).filter(Number.isFinite);
    const most = 2 * Math.max(1.5 * band, 3 * Math.max(...estimates, 0.3), 1);
    const values = rows.flatMap((r) => [r.e, ...r.ci]).filter(Number.isFinite);
    const low = Math.max(Math.min(...values, -1.2 * band), -most);
    const high = Math.min(Math.max(...values, 1.2 * band), most), pad = 0.04 * (high - low);
    const inside = (v) => Math.min(Math.max(v, low - pad), high + pad);
    const x = (v) => left + (inside(v) - low + pad) / (high - low + 2 * pad) * (right - left);
    const { root, put, label: text, line } = svg(width, bottom + 58, words);
    put("rect", { x: x(-band), y: head - 6, width: x(band) - x(-band), height: bottom - head + 6,
      fill: "var(--tint)" });
    line(x(0), head - 6, x(0), bottom, SOFT);
    line(left, bottom, right, bottom, LINE);
    const [at, digits] = ticks(low, high);
    for (const t of at) {
      line(x(t), bottom, x(t), bottom + 4, SOFT);
      text(x(t), bottom + 18, number(t, digits), SOFT, "middle", SMALL);
    }
    const [less, more] = result.within ? ["less pain", "more pain"]
      : ["favours LDN", "favours placebo"];
    text(x(0) - 6, bottom + 34, `← ${less}`, SOFT, "end", SMALL);
    text(x(0) + 6, bottom + 34, `${more} →`, SOFT, "start", SMALL);
    const axis = data.axes[result.measure];
    if (narrow) text(8, bottom + 52, short(axis, 52), SOFT, "start", SMALL);
    else text((left + right) / 2, bottom + 52, axis, SOFT, "middle", SMALL);
    rows.forEach(({ label, told, e, ci, mark, size, ink = INK, bold }, i) => {
      const top = head + i * step, y = top + (narrow ? 46 : step / 2), m = x(e), [a, b] = ci.map(x);
      const weight = { "font-weight": bold ? 600 : 400 }, known = Number.isFinite(ci[0]);
      const name = short(label, narrow ? Math.floor(width / 8) : 38);
      text(8, narrow ? top + 14 : y + 4, name, ink, "start", weight);
      if (narrow) text(8, top + 31, told, ink, "start", weight);
      else text(width - 8, y + 4, told, ink, "end", weight);
      if (mark === "diamond") {
        const [from, to, half] = known ? [a, b, 7] : [m - 5, m + 5, 5];
        const d = `M${from} ${y}L${m} ${y - half}L${to} ${y}L${m} ${y + half}Z`;
        put("path", { d, fill: ink });
        return;
      }
      if (known) line(a, y, b, y, ink, mark === "bar" ? 5 : 1.5);
      for (const [v, side] of known ? [[ci[0], 6], [ci[1], -6]] : []) { // an arrow where it is cut
        const d = `M${x(v) + side} ${y - 4}L${x(v)} ${y}L${x(v) + side} ${y + 4}`;
        if (inside(v) !== v) put("path", { d, fill: "none", stroke: ink });
      }
      if (mark !== "square") return;
      const side = 8 + 1.4 * Math.sqrt(size);
      put("rect", { x: m - side / 2, y: y - side / 2, width: side, height: side, fill: ink });
    });
    return root;
  }

  const widths = new Map(); // measured once, since each measurement lays the page out
  function wide(id) {
    if (!widths.has(id)) widths.set(id, Math.max(300, Math.floor($(id).clientWidth || 760)));
    return widths.get(id);
  }

  const levelText = () => `${general(100 * state.level)}%`;
  const limit = () => (result.measure === "MD" ? Core.points(result.threshold, data.words)
    : `${general(result.threshold)} SD`);
  const pooledRow = (label) => ({ label, e: result.fit.estimate, ci: result.fit.ci, mark: "diamond",
    bold: true, ink: OWN, told: interval(result.fit.estimate, result.fit.ci) });

  function forest(width) {
    const { fit, bayes, used } = result;
    const rows = used.map(({ label, yi: e, ci, weight: size, share }) =>
      ({ label, e, ci, mark: "square", size, told: `${interval(e, ci)}  ${share}%` }));
    if (fit.k !== 2) rows.push(pooledRow(`Mean (${levelText()} interval)`));
    if (Number.isFinite(fit.prediction[0]) && fit.k >= 5) {
      rows.push({ label: "Effect in a new trial (prediction)", e: NaN, ci: fit.prediction,
        mark: "bar", ink: SOFT, told: `[${fit.prediction.map((x) => number(x)).join(", ")}]` });
    }
    rows.push({ label: "With prior beliefs (Bayes)", e: bayes.median, ci: bayes.ci, mark: "diamond",
      told: interval(bayes.median, bayes.ci) });
    const each = used.map((r) => `${r.label} ${number(r.yi)}`).join("; ");
    return plot(rows, width, `Forest plot. ${result.sentence} ${each}.`);
  }

  function drawCurve(width) {
    const { curve, share } = result.place, e = curve.estimates, own = result.fit.estimate;
    const left = 40, right = width - 10, base = 140, top = 12;
    const low = Math.min(e[0], own, -0.1), high = Math.max(e.at(-1), own, 0.1);
    const ends = `from ${number(e[0])} to ${number(e.at(-1))}`;
    const { root, put, label: text, line } = svg(width, 170,
      `All ${curve.kind} analyses by their estimate, ${ends}; this one at ${number(own)}.`);
    const x = (s) => left + s * (right - left);
    const y = (v) => base - (v - low) / (high - low) * (base - top);
    const [at, digits] = ticks(low, high), last = e.length - 1;
    for (const t of at) {
      line(left, y(t), right, y(t), t === 0 ? SOFT : LINE);
      text(left - 6, y(t) + 4, number(t, digits), SOFT, "end", SMALL);
    }
    const dot = (v, i) => [x(last ? i / last : 0.5).toFixed(1), y(v).toFixed(1)];
    const points = e.map(dot).join(" ");
    put("polyline", { points, fill: "none", stroke: SOFT, "stroke-width": 2 });
    line(x(share), top, x(share), base, OWN);
    put("circle", { cx: x(share), cy: y(own), r: 6, fill: OWN, stroke: PAPER, "stroke-width": 2 });
    text(left, base + 22, "lowest estimate (favours LDN)", SOFT, "start", SMALL);
    text(right, base + 22, "highest", SOFT, "end", SMALL);
    return root;
  }

  // ---- what is shown --------------------------------------------------------------------------
  function redraw() {
    const begun = performance.now();
    result = Core.analyse(state, data);
    const { fit, place } = result, areas = ["forest", "curve", "reviews"];
    write($("sentence"), result.sentence);
    write($("differs"), differs());
    write($("brief"), brief());
    $("undo").disabled = !past.length;
    for (const id of ["svg", "png", "csv"]) $(id).disabled = !fit;
    areas.map(wide);
    for (const id of [...areas, "numbers", "bayes", "others"]) $(id).replaceChildren();
    for (const id of ["place", "forest-note", "marked"]) $(id).textContent = "";
    if (fit) {
      marked();
      $("forest").append(forest(wide("forest")));
      if (place.curve) $("curve").append(drawCurve(wide("curve")));
      numbers();
      $("place").textContent = placeText();
      reviews();
    }
    controls();
    document.documentElement.dataset.milliseconds = (performance.now() - begun).toFixed(1);
    clearTimeout(saying);
    saying = setTimeout(() => write($("said"), result.sentence), 600);
  }

  /** The result in a line that stays in sight beside the choices. */
  function brief() {
    const { fit, sentence } = result;
    if (!fit || fit.k === 2) return sentence.split(".")[0];
    const pooled = `${fit.k === 1 ? "One trial" : "Mean"} ${interval(fit.estimate, fit.ci)}`;
    return `${pooled}, ${Core.trialsOf(fit.k, data.words)}`;
  }

  function differs() {
    const found = [];
    for (const { key, title } of data.choices) {
      if (state[key] !== usual[key]) found.push(`${title}: ${labelOf(key)}`);
    }
    for (const { name, title, times } of data.numbers) {
      if (state[name] !== usual[name]) found.push(`${title}: ${general(state[name] * times)}`);
    }
    for (const { id, label } of data.trials) {
      const now = state.trials.includes(id);
      if (usual.trials.includes(id) !== now) found.push(`${label} taken ${now ? "in" : "out"}`);
    }
    for (const t of state.added) found.push(`${t.label} added${t.out ? " and taken out" : ""}`);
    return found.length ? `Differs from the default analysis: ${found.join("; ")}.`
      : "This is the default analysis.";
  }

  /** What of the chosen is debatable or an error, beside the answer. */
  function marked() {
    const told = (kind) => result.place.why.filter((one) => one.kind === kind)
      .map(({ title, label }) => title + (label && ` (${label})`)).join("; ");
    const wrong = told("error"), open = told("debatable");
    $("marked").textContent = joined(wrong && `This holds an error: ${wrong}.`,
      open && `Debatable: ${open}.`);
    $("marked").dataset.kind = wrong ? "error" : "";
  }

  function numbers() {
    const { fit, bayes, used, n } = result;
    const range = ([a, b], digits, end = "") => (Number.isFinite(a)
      ? ` (${levelText()} interval ${number(a, digits)}${end} to ${number(b, digits)}${end})` : "");
    const few = ", nominal: with so few trials it holds less than it says";
    const many = [["Between-trial variance τ²", number(fit.tau2, 3) + range(fit.tau2Ci, 3)],
      ["I²", `${number(fit.i2, 0)}%${range(fit.i2Ci, 0, "%")}`],
      ["Q", `${number(fit.q)} on ${fit.k - 1} df, p = ${number(fit.qP, 3)}`],
      [`Prediction interval${fit.k < 5 ? few : " (nominal)"}`,
        Number.isNaN(fit.prediction[0]) ? "–" : fit.prediction.map((x) => number(x)).join(" to ")]];
    const rows = [[fit.k === 2 ? "Mean of two (hardly informative)" : "Mean",
      interval(fit.estimate, fit.ci)], ["p", number(fit.pValue, 3)], ...(fit.k > 1 ? many : []),
    ["Trials; participants", `${fit.k}; ${n}`],
    ...used.map((r) => [`Weight of ${r.label}`, `${r.share}%`])];
    $("numbers").append(...rows.map(([name, value]) =>
      node("tr", {}, node("th", { scope: "row" }, name), node("td", {}, value))));
    $("forest-note").textContent = joined(
      `Squares: trials, by weight. Shaded: too small to matter (less than ${limit()}).`, fit.widened
      && "The wider of two intervals is shown, since the trials agree better than chance allows.",
      fit.k === 1 ? "One trial: its own interval."
        : `${labelOf("tau2_method")}; ${labelOf("inference")}.`,
      used.some((r) => r.printed && state.level === 0.95)
        && "Trials' intervals as their papers print them, where they do.");
    const told = joined(`Median ${interval(bayes.median, bayes.ci)}.`,
      `Prior of τ: ${bayes.prior.words}; of the mean: ${data.mean_prior.words}.`,
      bayes.prior.instead && `The prior ${state.prior} cannot be put into points here.`,
      result.within ? data.words["no chance"] : "The probabilities of:");
    const chances = result.within ? [] : Object.entries(bayes.chances);
    const event = (name) => Core.fill(data.words.events[name], { mid: limit() });
    $("bayes").append(node("p", {}, told), node("ul", {}, ...chances
      .map(([name, p]) => node("li", {}, `${event(name)}: ${Core.chance(p, data.words)}`))));
  }

  function placeText() {
    if (!data.total) return "No analysis of the data can be had without an added trial.";
    const { kind, inside, curve, share, rank } = result.place, n = Core.thousands;
    const name = kind === "error" ? "an error" : kind, percent = (p) => Core.percent(p, data.words);
    const all = `one of the ${n(data.total)} analyses of the multiverse; by its worst choice it`;
    const first = inside ? `This is ${all} is ${name}.`
      : `This is not itself ${all} would be ${name}.`;
    if (!curve) return `${first} There is no ${kind} analysis on this scale.`;
    const kin = `of the ${n(curve.n)} of that kind on this scale`;
    const [side, part] = share < 0.5 ? ["lower", 1 - share] : ["higher", share];
    const where = rank === null ? `Its estimate is ${side} than ${percent(part)} ${kin}`
      : `${n(rank)} ${kin} have an estimate as low or lower`;
    const beneath = curve.below === 0 ? "None of those intervals lies"
      : `${percent(curve.below)} of those intervals lie`;
    return `${first} ${where}. ${beneath} wholly below zero.`;
  }

  function reviews() {
    const same = data.reviews.filter((r) => r.measure === result.measure);
    const drawn = same.filter((r) => !r.note && r.estimate !== null && r.lower95 !== null);
    const rows = drawn.map(({ label, k, estimate: e, lower95, upper95 }) =>
      ({ label: label + (k ? `, ${general(k)} trials` : ""), e, ci: [lower95, upper95],
        mark: "square", size: 8, told: interval(e, [lower95, upper95]) }));
    if (result.fit.k !== 2) rows.unshift(pooledRow("This analysis"));
    const each = drawn.map((r) => `${r.label} ${number(r.estimate)}`).join("; ");
    $("reviews").append(plot(rows, wide("reviews"),
      `This analysis beside ${drawn.length} published reviews: ${each}.`));
    for (const { label, doi } of drawn.filter((r) => r.doi)) {
      const link = node("a", { href: `https://doi.org/${encodeURI(doi)}` }, doi);
      $("others").append(node("li", {}, `${label}: `, link));
    }
    for (const { label, note } of same.filter((r) => r.note)) {
      $("others").append(node("li", {}, `Not shown: ${label}. ${note}`));
    }
  }

  // ---- controls -------------------------------------------------------------------------------
  const slider = $("slider");
  const listed = (key) => Boolean(optionOf(key, state[key]));

  /** The controls say what the state says. */
  function controls() {
    for (const { key } of data.choices) {
      const box = $(`c-${key.replace(".", "-")}`), value = listed(key) ? state[key] : data.own;
      const { kind, reason } = optionOf(key, value);
      box.value = value;
      box.parentElement.dataset.kind = kind;
      const worth = kind && `${kind[0].toUpperCase()}${kind.slice(1)}.`;
      write($(`${box.id}-hint`), joined(worth, reason));
    }
    for (const { name, times } of data.numbers) {
      const box = $(`c-${name}`);
      if (box.getAttribute("aria-invalid") === "true" && document.activeElement === box) continue;
      box.value = general(state[name] * times);
      refused(box, "");
    }
    for (const t of data.trials) {
      const row = result.rows.find((r) => r.id === t.id);
      $(`t-${t.id}`).checked = row.ticked;
      write($(`t-${t.id}-hint`), rowHint(row) || (row.ticked ? "" : t.reason));
    }
    slider.parentElement.hidden = listed("crossover_r") && document.activeElement !== slider;
    const at = data.correlations.indexOf(state.crossover_r);
    if (at >= 0) slider.value = String(at);
    const r = number(Number(data.correlations[slider.value]));
    slider.setAttribute("aria-valuetext", r);
    write($("slider-value"), r);
    added();
  }

  const rowHint = (row) => (!row.ticked ? "" : row.reason ? `Not usable here: ${row.reason}.`
    : interval(row.yi, row.ci));

  function refused(box, why) {
    write($(`${box.id}-hint`), why);
    box.setAttribute("aria-invalid", String(why !== ""));
  }

  /** A correlation of one's own starts at the first step from a half on that is not listed. */
  function ownCorrelation() {
    const free = data.correlations.filter((r) => !optionOf("crossover_r", r));
    return free.find((r) => Number(r) >= 0.5) || free[0];
  }

  const CHANGED = {
    choice(box, key) {
      change({ [key]: box.value === data.own ? ownCorrelation() : box.value });
    },
    number(box, name) {
      const { times } = data.numbers.find((one) => one.name === name), text = box.value.trim();
      const [low, high] = data.limits[name].map((end) => general(end * times));
      const x = Number(text);
      const good = /^[0-9]*\.?[0-9]+$/.test(text) && x >= Number(low) && x <= Number(high);
      refused(box, good ? "" : `must be a number from ${low} to ${high}`);
      if (good) change({ [name]: Number((x / times).toPrecision(6)) });
    },
    trial(box, id) {
      const now = (t) => (t.id === id ? box.checked : state.trials.includes(t.id));
      change({ trials: data.trials.filter(now).map((t) => t.id) });
    },
    added(box, at) {
      change({ added: state.added.with(at, { ...state.added[at], out: !box.checked }) });
    },
  };

  function save(name, href) {
    const link = node("a", { href, download: name });
    document.body.append(link);
    link.click();
    link.remove();
  }

  const uri = (text, type) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
  const picture = () => uri(new XMLSerializer().serializeToString(forest(900))
    .replace(/var\(--(\w+)\)/g, (_, name) => LIGHT[name]), "image/svg+xml");

  async function asPng() {
    const drawn = new Image();
    drawn.src = picture();
    await drawn.decode();
    const canvas = node("canvas", { width: 2 * drawn.width, height: 2 * drawn.height });
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    save("ldn-pain.png", canvas.toDataURL("image/png"));
  }

  /** The analysis as a table: a row a trial, then the pooled results, for a spreadsheet or R. */
  function asCsv() {
    const { fit, bayes, n, threshold } = result, { relief, beyond } = bayes.chances;
    const plain = (x) => (Number.isFinite(x) ? String(x) : "");
    const calm = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text); // never a formula
    const row = (label, e, v, ci, note, { year = "", used = "", n, weight } = {}) =>
      [calm(label), year, used, ...[e, v, ...ci, n, weight].map(plain), calm(note)];
    const page = location.href.split("#")[0].split("/").pop(), hash = address();
    return Core.csv([["label", "year", "included", "yi", "vi", "lower", "upper", "participants",
      "weight_percent", "note"],
    ...result.rows.map((r) => row(r.label, r.yi, r.vi, r.ci || [NaN, NaN], r.reason || "",
      { ...r, year: plain(r.year), used: r.used ? "yes" : "no" })),
    row("pooled mean", fit.estimate, fit.se ** 2, fit.ci, `${fit.method}, ${fit.inference}, level `
      + `${fit.level}, tau2 ${plain(fit.tau2)}`, { n, weight: 100 }),
    row("prediction", NaN, NaN, fit.prediction, ""),
    row("posterior median", bayes.median, NaN, bayes.ci, `prior of tau ${state.prior}; `
      + `P(better) ${plain(relief.p)}; P(beyond ${threshold}) ${plain(beyond.p)}`),
    [calm(page + (hash && `#${hash}`))]]);
  }

  /** Copy a text, and say so: in `where` to be seen, in the page's one quiet voice to be heard. */
  function copy(text, where, done) {
    const say = (words) => { where.textContent = $("said").textContent = words; };
    const refuse = () => say("This browser does not let a page copy: select the text and copy it.");
    (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => say(done), refuse);
  }

  const BUTTONS = {
    undo,
    reset: () => change({ ...usual, added: [] }),
    link: () => copy(location.href, $("copied"), "The link is copied."),
    svg: () => save("ldn-pain.svg", picture()),
    png: asPng,
    csv: () => save("ldn-pain.csv", uri(asCsv(), "text/csv")),
    print: () => print(),
  };

  // ---- a new trial ----------------------------------------------------------------------------
  const form = data.form, box = (name) => $(`a-${name}`), fields = Object.keys(form.fields);
  const touched = new Set();

  /** What is typed now. */
  function draft() {
    const [how, design, scale] = ["form", "design", "scale"].map((name) => box(name).value);
    const made = { form: how, design, scale: Number(scale) };
    for (const name of Core.fieldsOf(made, form)) made[name] = box(name).value.trim();
    return made;
  }

  /** The fields of the design and the form that are chosen. */
  function lay() {
    const design = box("design");
    for (const one of design.options) one.disabled = !form.rows[one.value][box("form").value];
    if (design.selectedOptions[0].disabled) design.value = "parallel";
    const now = draft(), names = Core.fieldsOf(now, form);
    const other = { ...(now.form === "quartiles" ? form.medians : {}),
      ...(now.design === "crossover" ? { n1: form.both } : {}) };
    $("fields").append(...names.map((name) => box(name).parentElement)); // in the order of the form
    for (const name of fields) {
      box(name).parentElement.hidden = !names.includes(name);
      box(name).labels[0].textContent = other[name] || form.fields[name].title;
    }
    check();
  }

  /** Wrong cells, said beside those that were typed in; all of them when the form is sent. */
  function check(all = false) {
    const wrong = Core.wrongWith(draft(), form, taken(state.added)), said = new Map(wrong);
    for (const name of fields) {
      refused(box(name), ((all || touched.has(name)) && said.get(name)) || "");
    }
    return wrong;
  }

  /** A short name from the label and the year, until there is one of the reader's own. */
  function suggest() {
    if (touched.has("id")) return;
    const [word] = box("label").value.toLowerCase().normalize("NFD").replace(/[^a-z0-9 ]/g, "")
      .trim().split(/\s+/);
    box("id").value = word && (/^[a-z]/.test(word) ? word : `t${word}`) + box("year").value.trim();
  }

  function add(event) {
    event.preventDefault();
    const wrong = check(true);
    const many = wrong.length === 1 ? "one field does" : `${wrong.length} fields do`;
    $("wrong").textContent = wrong.length ? `Not added: ${many} not keep the rules.` : "";
    if (wrong.length) { box(wrong[0][0]).focus(); return; }
    change({ added: [...state.added, draft()] });
    for (const name of fields) box(name).value = "";
    touched.clear();
    check();
  }

  let shownTrials = null;
  function added() {
    if (shownTrials !== state.added) list();
    shownTrials = state.added;
    state.added.forEach((t, i) => {
      const row = result.rows.find((r) => r.id === t.id);
      $(`t-added-${i}`).checked = row.ticked;
      write($(`t-added-${i}-hint`), rowHint(row));
    });
  }

  /** The added trials and their rows, laid out anew. */
  function list() {
    const focus = document.activeElement.id, open = [...$("rows").children].map((d) => d.open);
    $("added").replaceChildren(...state.added.map((t, i) => {
      const id = `t-added-${i}`;
      const gone = node("button", { type: "button", id: `gone-${i}` }, `Remove ${t.label}`);
      gone.addEventListener("click", () => {
        change({ added: state.added.filter((one) => one !== t) });
        box("form").focus();
      });
      return node("div", { class: "tick" }, node("input", { type: "checkbox", id, "data-added": i,
        "aria-describedby": `${id}-hint` }), node("label", { for: id }, `${t.label} (added)`),
      node("span", { class: "hint", id: `${id}-hint` }), gone);
    }));
    $("rows").replaceChildren(...state.added.map((t, i) => {
      const parts = Core.rowsFor(t, form).map(([file, text]) => `${file}\n${text}`).join("\n");
      const button = node("button", { type: "button" }, "Copy these rows");
      const copied = node("span", { class: "hint", "aria-hidden": "true" });
      button.addEventListener("click", () => copy(parts, copied, "The rows are copied."));
      const empty = form.open.filter((name) => !t[name]).map((name) => form.fields[name].label);
      const title = node("summary", {}, `Rows for the data that would add ${t.label} for good`);
      const area = { readonly: "", rows: 6, id: `r-${i}`, "aria-label": `Rows of ${t.label}` };
      const hint = joined(empty.length && `Still empty: ${empty.join("; ")}.`,
        ...form.rows[t.design][t.form].map((table) => table.needs), form.about_rows);
      const made = node("details", {}, title, node("textarea", area, parts),
        node("p", { class: "hint" }, hint), button, copied);
      made.open = Boolean(open[i]);
      return made;
    }));
    $(focus)?.focus();
  }

  // ---- start ----------------------------------------------------------------------------------
  $("choices").addEventListener("change", ({ target }) => {
    for (const [kind, value] of Object.entries(target.dataset)) CHANGED[kind]?.(target, value);
  });
  slider.addEventListener("input", () => change({ crossover_r: data.correlations[slider.value] }));
  for (const [id, does] of Object.entries(BUTTONS)) $(id).addEventListener("click", () => does());
  addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=text], textarea");
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || typing) return;
    event.preventDefault();
    undo();
  });
  for (const name of ["form", "design", "scale"]) box(name).addEventListener("change", lay);
  for (const name of fields) {
    box(name).addEventListener("input", () => {
      if (name === "label" || name === "year") suggest();
      touched.add(name);
      check();
    });
  }
  $("add").addEventListener("submit", add);
  from(location.hash);
  lay();
  $("app").hidden = false;
  redraw();
  addEventListener("hashchange", () => {
    if (location.hash.replace(/^#/, "") === address()) return;
    past.push(address());
    from(location.hash);
    redraw();
  });
  let resizing = 0, last = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === last) return;
    last = innerWidth;
    clearTimeout(resizing);
    resizing = setTimeout(() => { widths.clear(); redraw(); }, 150);
  });
})();
