const each = (what, act) => document.querySelectorAll(what).forEach(act);
const at = hash => hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
let from = null;
function open(there) {
  for (let fold = there.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
function back(there) {
  const way = document.createElement("a");
  way.className = "back"; way.href = "#" + from.id; way.textContent = "Back to the number";
  way.onclick = event => { event.preventDefault(); const to = document.getElementById(way.hash.slice(1));
    way.remove(); open(to); to.focus(); to.scrollIntoView({ block: "center" }); };
  there.querySelectorAll(":scope > .back").forEach(old => old.remove());
  there.append(way);
}
function follow() {
  const there = at(location.hash);
  if (!there) return;
  open(there);
  if (there.matches("summary, a, button")) there.focus();
  else { there.tabIndex = -1; there.focus({ preventScroll: true }); }
  there.scrollIntoView();
  if (from && from !== there && there.closest(".ldn-sources, .ldn-provenance, .ldn-results")) back(there);
  from = null;
}
let count = 0;
addEventListener("click", event => {
  const link = event.target.closest && event.target.closest('a[href^="#"]');
  if (!link) return;
  if (!link.id) link.id = "from-" + (count += 1);
  from = link;
  if (link.hash === location.hash) { event.preventDefault(); follow(); }
});
addEventListener("hashchange", follow);
follow();
function fit() {
  each(".ldn-table, .out", box => {
    const wide = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("wide", wide);
    if (wide) box.tabIndex = 0; else box.removeAttribute("tabindex");
  });
}
addEventListener("resize", fit);
addEventListener("toggle", fit, true);
fit();
