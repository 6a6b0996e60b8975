"use strict";
/* The page around the numbers: choices, address, pictures. What stands in the page as it was made
   has slots (data-says) and conditions (data-when). Text becomes text nodes, never HTML. */
(() => {
  const data = JSON.parse(document.getElementById("explore-data").textContent), { form } = data;
  const core = Core(data), { number, general, interval } = core;
  const $ = (id) => document.getElementById(id);
  const DRAWN = /^(svg|rect|line|text|path|polyline|circle)$/;

  /** An element of the page or of a picture. */
  function node(tag, attributes, ...inside) {
    const made = DRAWN.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      made.setAttribute(name, typeof value === "number" ? Math.round(value * 100) / 100 : value);
    }
    made.append(...inside);
    return made;
  }

  /** Set a text; the same text again would be laid out anew. */
  function write(where, text) {
    const said = text || "";
    if (where.textContent !== said) where.textContent = said;
  }

  /** A copy of a template of the page, its slots filled. */
  function stamp(id, values) {
    const made = $(id).content.firstElementChild.cloneNode(true);
    for (const part of [made, ...made.querySelectorAll("*")]) {
      for (const one of part.attributes) one.value = core.fill(one.value, values);
      if (!part.childElementCount) part.textContent = core.fill(part.textContent, values);
    }
    return made;
  }

  // ---- the choices and their address ----------------------------------------------------------
  /* The form holds the state, and its default values the default analysis. */
  const choices = $("choices"), slider = $("slider"), own = $("c-crossover_r").lastElementChild;
  const ticks = () => [...choices.querySelectorAll("[name=trials]")];
  const controls = () => [...choices.elements].filter((box) => box.name);
  const optionOf = (box) =>
    data.choices.find(({ key }) => key === box.name).options[box.selectedIndex];
  const labelOf = (box) => (optionOf(box).value === data.own ? number(Number(box.value))
    : optionOf(box).label);
  const past = [];
  let added = [], here = "", result = null, saying = 0;

  const isUsual = (box) => (box.options ? box.selectedOptions[0].defaultSelected
    : box.checked === box.defaultChecked && box.value === box.defaultValue);

  /** The state; a number that may not be gives way to the last that may. */
  function chosen() {
    for (const box of choices.querySelectorAll("[type=number]")) {
      if (!box.validity.valid) box.value = box.dataset.last ?? box.defaultValue;
      box.dataset.last = box.value;
    }
    const all = new FormData(choices);
    const numbers = data.numbers.map(({ name }) => [name, Number(all.get(name))]);
    return { ...Object.fromEntries([...all, ...numbers]), trials: all.getAll("trials"), added };
  }

  function address() {
    const asked = new URLSearchParams(added.map((trial) => ["add", JSON.stringify(trial)]));
    const changed = controls().filter((box) => !isUsual(box));
    for (const { name, value } of changed) if (name !== "trials") asked.set(name, value);
    if (changed.some(({ name }) => name === "trials")) {
      asked.set("trials", new FormData(choices).getAll("trials").join("+"));
    }
    return asked.toString();
  }

  /** Set a control to what an address says; whether it can be. */
  function set(name, text) {
    const box = choices.querySelector(`[name="${CSS.escape(name)}"]`), before = box?.value;
    const plain = core.isNumber(text) && Number.isFinite(Number(text));
    const value = plain ? general(Number(text)) : text;
    if (!box || !value || (box.type === "number" && !plain)) return false;
    if (name === "crossover_r" && data.correlations.includes(value)) slide(value);
    box.value = value;
    const good = box.value === value && box.validity.valid;
    if (!good) box.value = before;
    return good;
  }

  /** What a part of an address that has no control of its own says, if it is understood. */
  const PARTS = {
    study_set: (value) => data.trials.every((t) => Object.hasOwn(t.sets, value)) && value,
    as_of(value) {
      const [low, high] = data.as_of;
      return /^\d+$/.test(value) && value >= low && value <= high && Number(value);
    },
    trials(value) {
      const ids = value.split(/[+ ]/).filter(Boolean), known = ticks().map((box) => box.value);
      return ids.every((id) => known.includes(id)) && ids;
    },
    add(text) {
      let raw = null;
      try { raw = JSON.parse(text); } catch { /* ignored, as whatever breaks the rules */ }
      const cells = Object.entries(raw ?? {}).map(([name, cell]) => [name, String(cell).trim()]);
      const names = [...form.lists.map(([name]) => name), ...Object.keys(form.fields)];
      const trial = Object.fromEntries(cells), plain = cells.every(([name, cell]) =>
        names.includes(name) && cell.length <= form.most);
      return plain && added.length < 21 && !core.wrongWith(trial, taken()).length && put(trial);
    },
  };

  /** What the address says of the state; a place on this page is none. */
  const asked = () => ($(location.hash.slice(1)) ? here : location.hash.slice(1));

  /** Take over what is asked for, and say what of it is not understood: of a part that comes twice,
      the second. Added trials come first, since a choice of trials may name them. */
  function from(hash) {
    const parts = [...new URLSearchParams(hash)], found = {}, ignored = [];
    choices.reset();
    slide(data.correlations[slider.value]);
    for (const { id } of added) drop(id);
    for (const [name, value] of parts.sort(([a], [b]) => (b === "add") - (a === "add"))) {
      const limits = data.choices.find(({ key }) => key === name)?.here;
      const again = name !== "add" && Object.hasOwn(found, name);
      const said = !again && (Object.hasOwn(PARTS, name) ? PARTS[name](value) : set(name, value));
      if (said) found[name] = said;
      else ignored.push(`${name}=${value}`.slice(0, 60) + (limits ? ` (here: ${limits})` : ""));
    }
    const { study_set: name = "primary", as_of: year = Infinity, trials } = found;
    const points = choices.elements.measure.value === "MD";
    for (const box of ticks()) {
      const known = data.trials.find((t) => t.id === box.value);
      box.checked = trials ? trials.includes(box.value)
        : !known || (known.sets[name] && known.year <= year
          && !(known.assumed && points)); // as the reports, which assume nothing
    }
    const more = ignored.splice(5).length;
    $("ignored").hidden = !ignored.length;
    write($("ignored"), ignored.length && "Part of this address cannot be shown here and was "
      + `ignored: ${ignored.join("; ")}${more ? `; and ${more} more` : ""}.`);
  }

  /** Show what the form holds, with its address. */
  function show() {
    here = address();
    history.replaceState(null, "", here ? `#${here}` : location.pathname + location.search);
    redraw();
  }

  /** Say the answer to who listens, a while after the last change; the same answer once more. */
  function tell(first = "") {
    clearTimeout(saying);
    const say = () => { $("said").textContent = `${first} ${result.sentence}`.trim(); };
    saying = setTimeout(say, 600);
  }

  /** The same after a change; what was is kept for undoing. */
  function changed() {
    past.push(here);
    show();
    tell();
  }

  function undo() {
    if (!past.length) return;
    const held = document.activeElement === $("undo");
    from(past.pop());
    show();
    tell();
    if (held && !past.length) $("reset").focus(); // a button that sleeps loses the keyboard
  }

  /** The slider stands at a correlation, which becomes the option of one's own. */
  function slide(r) {
    slider.value = String(data.correlations.indexOf(r));
    own.value = r;
  }

  // ---- drawing --------------------------------------------------------------------------------
  /* Colours are those of the style sheet, so that dark and paper need no other picture; a picture
     that leaves the page takes these. */
  const LIGHT = { ink: "#1f2933", soft: "#4a5763", paper: "#ffffff", line: "#c5ced6",
    tint: "#f2f5f8", link: "#00538a" };
  const [INK, SOFT, PAPER, LINE, TINT, OWN] = Object.keys(LIGHT).map((name) => `var(--${name})`);
  const FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
  const narrow = matchMedia("screen and (max-width: 50rem)");

  const picture = (width, height, words, parts) => node("svg", { width, height, role: "img",
    viewBox: `0 0 ${width} ${height}`, "aria-label": words, "font-family": FONT, "font-size": 13 },
  node("rect", { width, height, fill: PAPER }), ...parts);
  const line = (x1, y1, x2, y2, stroke, width = 1) =>
    node("line", { x1, y1, x2, y2, stroke, "stroke-width": width });
  const label = (x, y, text, fill, anchor = "start", more = { "font-size": 12 }) =>
    node("text", { x, y, fill, "text-anchor": anchor, ...more }, text);
  const short = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  /** Round values from low to high, each with its text. */
  function scale(low, high) {
    const raw = (high - low) / 5, size = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].find((s) => s * size >= raw) * size, found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) found.push(i * step);
    return found.map((x) => [x, number(x, step < 0.1 ? 2 : step < 1 ? 1 : 0)]);
  }

  /** Rows with intervals, each with a mark ("square", "diamond" or "bar"); on a phone the words
      stand above the marks. */
  function plot(rows, phone, words) {
    const width = phone ? 360 : 840, step = phone ? 58 : 28, head = 24, band = result.threshold;
    const bottom = head + rows.length * step + 4, left = phone ? 8 : 282;
    const right = width - (phone ? 8 : 215), finite = (all) => all.filter(Number.isFinite);
    const values = finite(rows.flatMap((r) => [r.e, ...r.ci])), axis = data.axes[result.measure];
    const most = Math.max(3 * band, 2,
      6 * Math.max(...finite(rows.map((r) => Math.abs(r.e))), 0.3));
    const low = Math.max(Math.min(...values, -1.2 * band), -most);
    const high = Math.min(Math.max(...values, 1.2 * band), most), pad = 0.04 * (high - low);
    const inside = (v) => Math.min(Math.max(v, low - pad), high + pad);
    const x = (v) => left + (inside(v) - low + pad) / (high - low + 2 * pad) * (right - left);
    const [less, more] = result.within ? ["less pain", "more pain"]
      : ["favours LDN", "favours placebo"];
    const row = ({ name, e, ci, told = interval(e, ci), mark, size, ink = INK, bold }, i) => {
      const top = head + i * step, y = top + (phone ? 46 : step / 2), m = x(e), [a, b] = ci.map(x);
      const weight = { "font-weight": bold ? 600 : 400 }, known = Number.isFinite(ci[0]);
      const [from, to, half] = known ? [a, b, 7] : [m - 5, m + 5, 5];
      const side = 8 + 1.4 * Math.sqrt(size);
      const cut = known ? [[ci[0], 6], [ci[1], -6]].filter(([v]) => inside(v) !== v) : [];
      return [
        phone && node("rect", { y: top + 1, width, height: 35, fill: PAPER }), // no line crosses words
        label(8, phone ? top + 14 : y + 4, short(name, phone ? 45 : 38), ink, "start", weight),
        phone ? label(8, top + 31, told, ink, "start", weight)
          : label(width - 8, y + 4, told, ink, "end", weight),
        mark === "diamond" && node("path", { fill: ink,
          d: `M${from} ${y}L${m} ${y - half}L${to} ${y}L${m} ${y + half}Z` }),
        known && mark !== "diamond" && line(a, y, b, y, ink, mark === "bar" ? 5 : 1.5),
        ...cut.map(([v, arrow]) => node("path", { fill: "none", stroke: ink,
          d: `M${x(v) + arrow} ${y - 4}L${x(v)} ${y}L${x(v) + arrow} ${y + 4}` })),
        mark === "square" && node("rect",
          { x: m - side / 2, y: y - side / 2, width: side, height: side, fill: ink }),
      ].filter(Boolean);
    };
    return picture(width, bottom + 58, words, [
      node("rect", { x: x(-band), y: head - 6, width: x(band) - x(-band), fill: TINT,
        height: bottom - head + 6 }),
      ...[-band, band].map((at) => line(x(at), head - 6, x(at), bottom, SOFT, 0.8)),
      line(x(0), head - 6, x(0), bottom, SOFT), line(left, bottom, right, bottom, LINE),
      ...scale(low, high).flatMap(([t, text]) => [
        line(x(t), bottom, x(t), bottom + 4, SOFT),
        label(x(t), bottom + 18, text, SOFT, "middle")]),
      label(x(0) - 6, bottom + 34, `← ${less}`, SOFT, "end"),
      label(x(0) + 6, bottom + 34, `${more} →`, SOFT),
      phone ? label(8, bottom + 52, short(axis, 52), SOFT)
        : label((left + right) / 2, bottom + 52, axis, SOFT, "middle"),
      ...rows.flatMap(row)]);
  }

  const each = (rows, e) => rows.map((r) => `${r.label} ${number(r[e])}`).join("; ");
  const pooledRow = (name) => (result.fit.k === 2 ? []
    : [{ name, e: result.fit.estimate, ci: result.fit.ci, mark: "diamond", bold: true, ink: OWN }]);

  function forest(phone) {
    const { fit, bayes, used, sentence } = result, { prediction, k } = fit, level = 100 * fit.level;
    return plot([
      ...used.map(({ label: name, yi: e, ci, weight: size, share }) =>
        ({ name, e, ci, mark: "square", size, told: `${interval(e, ci)}  ${share}%` })),
      ...pooledRow(`Mean (${general(level)}% interval)`),
      ...(k >= 5 && Number.isFinite(prediction[0]) ? [{ name: "Effect in a new trial (prediction)",
        e: NaN, ci: prediction, mark: "bar", ink: SOFT,
        told: `[${prediction.map((x) => number(x)).join(", ")}]` }] : []),
      { name: "With prior beliefs (Bayes)", e: bayes.median, ci: bayes.ci, mark: "diamond" },
    ], phone, `Forest plot. ${sentence} ${each(used, "yi")}.`);
  }

  function drawCurve(phone) {
    const { curve, share } = result.place, e = curve.estimates, mean = result.fit.estimate;
    const width = phone ? 360 : 840, left = 40, right = width - 10, base = 156, top = 28;
    const low = Math.min(e[0], mean, -0.1), high = Math.max(e.at(-1), mean, 0.1);
    const x = (s) => left + s * (right - left), last = e.length - 1;
    const y = (v) => base - (v - low) / (high - low) * (base - top);
    const points = e.map((v, i) => `${x(last ? i / last : 0.5).toFixed(1)},${y(v).toFixed(1)}`);
    const ends = `from ${number(e[0])} to ${number(e.at(-1))}`;
    const words = `All ${curve.kind} analyses by their estimate, ${ends}; this one at`;
    return picture(width, 186, `${words} ${number(mean)}.`, [
      label(8, 14, short(data.axes[result.measure], phone ? 52 : 99), SOFT),
      ...scale(low, high).flatMap(([t, text]) => [
        line(left, y(t), right, y(t), t === 0 ? SOFT : LINE),
        label(left - 6, y(t) + 4, text, SOFT, "end")]),
      node("polyline", { points: points.join(" "), fill: "none", stroke: SOFT, "stroke-width": 2 }),
      line(x(share), top, x(share), base, OWN),
      node("circle",
        { cx: x(share), cy: y(mean), r: 6, fill: OWN, stroke: PAPER, "stroke-width": 2 }),
      label(right, base + 22, "analyses, from the lowest estimate to the highest →", SOFT, "end")]);
  }

  function reviews(phone) {
    const drawn = data.reviews.filter((r) => r.measure === result.measure && r.drawn);
    return plot([...pooledRow("This analysis"), ...drawn.map((r) => ({ e: r.estimate,
      name: r.label + (r.k ? `, ${general(r.k)} trials` : ""), ci: [r.lower95, r.upper95],
      mark: "square", size: 8 }))], phone,
    `This analysis beside ${drawn.length} published reviews: ${each(drawn, "estimate")}.`);
  }

  // ---- what is shown --------------------------------------------------------------------------
  function redraw() {
    result = core.analyse(chosen());
    const { fit, place } = result, values = said(), phone = narrow.matches;
    for (const part of document.querySelectorAll("[data-when], [data-says]")) {
      const { when, says } = part.dataset;
      if (when) part.hidden = !values[when];
      if (says && !part.hidden) write(part, core.fill(says, values));
    }
    $("undo").disabled = !past.length;
    for (const id of ["svg", "png", "csv"]) $(id).disabled = !fit;
    if (fit) {
      $("forest").replaceChildren(forest(phone));
      $("curve").replaceChildren(...(place.curve ? [drawCurve(phone)] : []));
      $("reviews").replaceChildren(reviews(phone));
    }
    hints();
  }

  const differs = () => [...controls().filter((box) => !isUsual(box)).map((box) => {
    const title = box.labels[0].textContent;
    if (box.name === "trials") return `${title} taken ${box.checked ? "in" : "out"}`;
    return `${title}: ${box.options ? labelOf(box) : box.value}`;
  }), ...added.map((trial) => `${trial.label} added`)].join("; ");

  /** Conditions and slots of the page. */
  function said() {
    const { fit, bayes, place, used, n, within, measure, sentence } = result;
    const about = { sentence, differs: differs(), usual: !differs(), fitted: Boolean(fit),
      own: own.selected };
    if (!fit) return { ...about, brief: sentence.split(".")[0] };
    const { k } = fit, { curve, kind, why, share, rank } = place, many = k > 1;
    const boxes = choices.elements;
    const level = `${general(100 * fit.level)}%`, mean = interval(fit.estimate, fit.ci);
    const range = ([a, b], digits, end = "") => (Number.isFinite(a)
      ? ` (${level} interval ${number(a, digits)}${end} to ${number(b, digits)}${end})` : "");
    const chance = (p) => (p < 0.0005 ? "under 0.001" : number(p, 3));
    const worth = (asked) => why.filter((one) => one.kind === asked)
      .map((one) => one.title + (one.label && ` (${one.label})`)).join("; ");
    const chances = Object.entries(bayes.chances).map(([name, p]) => [name, core.chance(p)]);
    return { ...about, ...Object.fromEntries(chances), k, mean, level, within, many,
      n: core.counted(n),
      brief: k === 2 ? sentence.split(".")[0]
        : `${many ? "Mean" : "One trial"} ${mean}, ${core.trialsOf(k)}`,
      error: worth("error"), debatable: worth("debatable"), MD: measure === "MD",
      SMD: measure === "SMD", two: k === 2, one: k === 1, few: k < 5, enough: k >= 5,
      mid: measure === "MD" ? core.points(result.threshold) : `${general(result.threshold)} SD`,
      method: labelOf(boxes.tau2_method), inference: labelOf(boxes.inference), widened: fit.widened,
      printed: fit.level === 0.95 && used.some((r) => r.printed), p: chance(fit.pValue),
      tau2: many && number(fit.tau2, 3) + range(fit.tau2Ci, 3), df: k - 1, q: number(fit.q),
      i2: many && `${number(fit.i2, 0)}%${range(fit.i2Ci, 0, "%")}`, "q p": chance(fit.qP),
      prediction: Number.isFinite(fit.prediction[0])
        && fit.prediction.map((x) => number(x)).join(" to "),
      median: interval(bayes.median, bayes.ci), prior: bayes.prior.words,
      "prior name": boxes.prior.value,
      instead: bayes.prior.instead, treated: !within, inside: place.inside, outside: !place.inside,
      kind, "kind name": kind === "error" ? "an error" : kind, curve, "no curve": !curve,
      ranked: curve && rank !== null, between: curve && rank === null, rank: String(rank),
      side: share < 0.5 ? "lower" : "higher", part: core.percent(Math.max(share, 1 - share)),
      kin: curve?.shown, beneath: curve?.below && core.percent(curve.below),
      "none beneath": curve?.below === 0 };
  }

  /** What stands below each control: what the choice is worth and why, or a trial's estimate. */
  function hints() {
    for (const box of choices.querySelectorAll("select")) {
      const { kind, reason } = optionOf(box), worth = kind && `${kind}. `;
      box.parentElement.dataset.kind = kind;
      write($(`${box.id}-hint`), worth.charAt(0).toUpperCase() + worth.slice(1) + reason);
    }
    const r = number(Number(data.correlations[slider.value]));
    slider.setAttribute("aria-valuetext", r);
    write($("slider-value"), r);
    for (const row of result.rows) {
      const out = data.trials.find((t) => t.id === row.id)?.reason ?? "";
      write($(`t-${row.id}-hint`), !row.ticked ? out
        : row.reason ? `Not usable here: ${row.reason}.`
          : `${interval(row.yi, row.ci)}, weight ${row.share}%. ${row.assumed}`.trim());
    }
  }

  // ---- what leaves the page -------------------------------------------------------------------
  const save = (name, href) => node("a", { href, download: name }).click();
  const uri = (text, type) => `data:${type};charset=utf-8,${encodeURIComponent(text)}`;
  const drawing = () => uri(new XMLSerializer().serializeToString(forest(false))
    .replace(/var\(--(\w+)\)/g, (_, name) => LIGHT[name]), "image/svg+xml");

  async function png() {
    const drawn = new Image();
    drawn.src = drawing();
    await drawn.decode();
    const canvas = node("canvas", { width: 2 * drawn.width, height: 2 * drawn.height });
    canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
    save("ldn-pain.png", canvas.toDataURL("image/png"));
  }

  /** The analysis as a table: a row a trial, then the pooled results, for a spreadsheet or R. */
  function table() {
    const { fit, bayes, n, threshold, rows } = result, { relief, beyond } = bayes.chances;
    const columns = ["label", "year", "included", "yi", "vi", "lower", "upper", "participants",
      "weight_percent", "note"], limits = ([lower, upper] = []) => ({ lower, upper });
    const cell = (x) => (Number.isFinite(x) ? String(x)
      : String(x || "").replace(/^[=+\-@\t\r]/, "'$&")); // never a formula
    const all = [
      ...rows.map((r) => ({ ...r, ...limits(r.ci), included: r.used ? "yes" : "no",
        participants: r.n, weight_percent: r.weight, note: r.reason ?? r.assumed })),
      { label: "pooled mean", yi: fit.estimate, vi: fit.se ** 2, ...limits(fit.ci), participants: n,
        weight_percent: 100, note: `${fit.method}, ${fit.inference}, level ${fit.level}`
          + (fit.k > 1 ? `, tau2 ${fit.tau2}` : "") },
      { label: "prediction", ...limits(fit.prediction) },
      { label: "posterior median", yi: bayes.median, ...limits(bayes.ci), note: `prior of tau ${
        choices.elements.prior.value}; P(better) ${relief.p}; P(beyond ${threshold}) ${beyond.p}` },
      { label: location.href.split("/").pop() }];
    return core.csv([columns, ...all.map((one) => columns.map((name) => cell(one[name])))]);
  }

  /** Copy a text, and say so: in `where` to be seen, in the page's one quiet voice to be heard. */
  function copy(text, where, done) {
    const say = (words) => { where.textContent = $("said").textContent = words; };
    const refuse = () => say("This browser does not let a page copy: select the text and copy it.");
    (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => say(done), refuse);
  }

  /* What each button does, by its id; of a typed trial's, by what it says that it does. */
  const BUTTONS = {
    undo,
    reset() {
      from("");
      changed();
    },
    link: () => copy(location.href, $("copied"), "The link is copied."),
    svg: () => save("ldn-pain.svg", drawing()),
    png,
    csv: () => save("ldn-pain.csv", uri(table(), "text/csv")),
    print: () => print(),
    copy: (id) => copy($(`r-${id}`).value, $(`copied-${id}`), "The rows are copied."),
    drop(id) {
      drop(id);
      changed();
      $("a-form").focus();
    },
  };

  // ---- a typed trial --------------------------------------------------------------------------
  const typing = $("add"), taken = () => [...form.taken, ...added.map((trial) => trial.id)];
  const cell = (name) => typing.querySelector(`:enabled[name="${name}"]`);
  let suggested = "", sent = false;

  /** What is typed now; a minus sign may be one as papers print it, a dose have its mg, a p its "p =". */
  function draft() {
    const beside = { dose: /\s*mg$/i, p: /^p?\s*=\s*/i };
    const all = Object.fromEntries(new FormData(typing)), made = {};
    for (const name of [...form.lists.map(([one]) => one), ...core.fieldsOf(all)]) {
      const text = all[name].trim(), words = form.fields[name]?.type === "string";
      made[name] = words ? text : text.replaceAll("−", "-").replace(beside[name] ?? "", "");
    }
    return made;
  }

  /** The fields of the form that is chosen. */
  function lay() {
    const chosen = $("a-form").value;
    for (const part of typing.querySelectorAll("fieldset")) {
      part.hidden = part.disabled = part.dataset.form !== chosen;
    }
    check();
  }

  /** Wrong cells, said beside those that hold something; beside all once the form was sent. */
  function check() {
    const now = draft(), wrong = core.wrongWith(now, taken()), why = new Map(wrong);
    for (const name of core.fieldsOf(now)) {
      const said = (now[name] || sent) && why.get(name), box = cell(name);
      write($(`${box.id}-hint`), said && said.replace(/(?<=[ (])-(?=\d)/g, "−"));
      box.setAttribute("aria-invalid", Boolean(said));
    }
    return wrong;
  }

  /** A short name from the label and the year, until there is one of the reader's own. */
  function suggest() {
    const plain = cell("label").value.toLowerCase().normalize("NFD").replace(/[^a-z0-9 ]/g, "");
    const [word] = plain.trim().split(/\s+/), start = /^[a-z]/.test(word) ? "" : "t";
    if (cell("id").value !== suggested) return;
    cell("id").value = suggested = word && start + word + cell("year").value.trim();
  }

  function add(event) {
    event.preventDefault();
    sent = true;
    const wrong = check(), made = draft();
    const many = wrong.length === 1 ? "one field does" : `${wrong.length} fields do`;
    write($("wrong"), wrong.length && `Not added: ${many} not keep the rules.`);
    if (wrong.length) { cell(wrong[0][0]).focus(); return; }
    put(made);
    sent = false;
    suggested = "";
    for (const box of core.fieldsOf(made).map(cell)) {
      box.value = "";
      if (box.options) box.selectedIndex = 0;
    }
    check();
    changed();
    const { label: name, reason } = result.rows.at(-1);
    const done = `${name} is added${reason ? `, but is not usable here: ${reason}` : ""}.`;
    tell(done);
    write($("done"), `${done} ${$("brief").textContent}.`);
  }

  /** Take a typed trial in: a tick among the trials, and its rows for the data. */
  function put(trial) {
    const empty = core.fieldsOf(trial).filter((one) => !trial[one]).map((one) => form.fields[one].label);
    const needs = form.rows[trial.design][trial.form].map((one) => one.needs);
    const values = { ...trial,
      rows: core.rowsFor(trial).map(([file, text]) => `${file}\n${text}`).join("\n"),
      hint: [empty.length && `Still empty: ${empty.join("; ")}.`, ...needs, form.about_rows]
        .filter(Boolean).join(" ") };
    added = [...added, trial];
    $("added").append(stamp("added-tick", values));
    $("rows").append(stamp("added-rows", values));
    return true;
  }

  function drop(id) {
    added = added.filter((trial) => trial.id !== id);
    for (const part of document.querySelectorAll(`[data-trial="${id}"]`)) part.remove();
  }

  // ---- start ----------------------------------------------------------------------------------
  choices.addEventListener("change", ({ target: box }) => {
    if (box.name && box.validity.valid) changed(); // the slider has said so already
  });
  slider.addEventListener("input", () => {
    slide(data.correlations[slider.value]);
    own.selected = true;
    changed();
  });
  addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) BUTTONS[button.dataset.does ?? button.id]?.(button.dataset.of);
  });
  addEventListener("keydown", (event) => {
    const text = event.target.matches("input:not([type=checkbox], [type=range]), textarea");
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || text) return;
    event.preventDefault();
    undo();
  });
  typing.addEventListener("input", ({ target: { name } }) => {
    if (name === "label" || name === "year") suggest();
    write($("done"), "");
    lay();
  });
  typing.addEventListener("submit", add);
  addEventListener("hashchange", () => {
    const hash = asked();
    if (hash !== here) {
      past.push(here);
      from(hash);
      tell();
    }
    show();
  });
  narrow.addEventListener("change", redraw);
  $("app").hidden = false;
  from(asked());
  show();
  lay();
})();
