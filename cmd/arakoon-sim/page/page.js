// The page around the picture: header, controls, and what is true at the cursor.

const $ = id => document.getElementById(id);
const times = [...new Set([...T.entries.map(e => e.at), D.failure ? D.failure.at : T.end])].sort((a, b) => a - b);

function element(tag, text, cls) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
}

// The last index whose value is at most t; -1 if there is none.
function lastBy(list, value, t) {
  let low = -1, high = list.length;
  while (low + 1 < high) {
    const m = (low + high) >> 1;
    if (value(list[m]) <= t) low = m; else high = m;
  }
  return low;
}

function fillHeader() {
  $("check").textContent = D.failure ? D.failure.check : "ok";
  $("check").classList.toggle("ok", !D.failure);
  $("means").textContent = D.failure ? D.failure.means || "A check has fired." : "No check has fired.";
  $("said").textContent = D.failure ? `${seconds(D.failure.at)} s: ${D.failure.text}` : "";
  for (const f of D.also) $("said").textContent += `\nlater ${f.check}, ${seconds(f.at)} s: ${f.text.split("\n")[0]}`;
  $("facts").append(`seed ${D.seed} · commit ${D.commit} · ${D.options || "calm options"} · `, element("code", D.replay));
}

// fillDisputed shows what disks held at the instances that the failure names.
function fillDisputed() {
  if (!D.disputed || !D.disputed.length) return;
  const head = element("tr");
  for (const t of ["instance", "ballot", "on the disks of", "value", ""]) head.append(element("th", t));
  $("disputed").append(head);
  for (const h of D.disputed) {
    const tr = element("tr");
    for (const t of [h.instance, h.ballot, h.nodes.map(n => "n" + n).join(" "), h.value]) tr.append(element("td", t));
    tr.append(element("td", h.chosen ? "chosen" : "", "serves"));
    $("disputed").append(tr);
  }
}

function fillKinds() {
  for (const group of Object.keys(GROUPS)) {
    const count = T.arrows.filter(a => (groupOf[a.kind] || "identity") === group).length;
    if (!count) continue;
    const l = element("label"), box = element("input"), name = element("span", `${group} ${count}`);
    box.type = "checkbox";
    box.checked = !view.hidden.has(group);
    box.onchange = () => { if (box.checked) view.hidden.delete(group); else view.hidden.add(group); draw(); };
    name.style.color = `var(--${group})`;
    l.append(box, name);
    l.title = GROUPS[group].join(", ");
    $("kinds").append(l);
  }
  for (const [text, ink] of [["follower", "follower"], ["asking, candidate", "candidate"], ["master", "master"], ["serves reads by its lease (true time)", "lease"],
    ["two serve at once", "bad"], ["learner", "learner"], ["down", "blank"], ["owes a client an answer", "dim"], ["fault; disk slow or full", "warn"]]) {
    const s = element("span"), i = element("i");
    i.style.background = `var(--${ink})`;
    s.append(i, text);
    $("legend").append(s);
  }
  $("legend").append("numbers below a line: commit index · ▸ start · ✕ crash · ϟ power loss");
}

// Rows of the state table: what the process has, gone with it, and beside it what its
// disk would give back; then what the disk has on its own.
const inMemory = [["role", s => s.role], ["ballot", s => s.ballot], ["promised", s => s.promised, s => s.durable.promised],
  ["commit", s => s.commit], ["applied", s => s.applied], ["last accepted", s => s.last, s => s.durable.last], ["waits for", s => s.waiting]];
const onDisk = [["promised", s => s.durable.promised], ["commit", s => s.durable.commit], ["last accepted", s => s.durable.last],
  ["checkpoint", s => s.up ? s.durable.checkpoint : "–"]];

function stateRow(name, at, cell) {
  const tr = element("tr");
  tr.append(element("th", name));
  for (const s of at) {
    const [text, cls] = s ? cell(s) : ["–", "down"];
    tr.append(element("td", text === "" ? "–" : text, cls));
  }
  return tr;
}

function groupRow(name) {
  const tr = element("tr", undefined, "group");
  tr.append(element("th", name));
  return tr;
}

function fillState() {
  const at = T.lanes.map(l => l.states[lastBy(l.states, s => s.at, view.cursor)]);
  const table = $("state");
  table.replaceChildren();
  const head = element("thead"), line = element("tr");
  line.append(element("th"));
  T.lanes.forEach((l, n) => line.append(element("th", l.name, guilty.has(n) ? "wrong" : "")));
  head.append(line);
  table.append(head, stateRow("process", at, s => s.up ? ["up", ""] : ["down", "down"]), groupRow("in memory"));
  for (const [name, value, durable] of inMemory) {
    table.append(stateRow(name, at, s => s.up ? [value(s), durable && durable(s) !== value(s) ? "memory" : ""] : ["–", "down"]));
  }
  table.append(groupRow("durable"));
  for (const [name, value] of onDisk) table.append(stateRow(name, at, s => [value(s), ""]));
  table.append(groupRow("around it"));
  extra(table, "serves reads", l => during(l.leases) ? "until " + seconds(goesTo(during(l.leases))) : "no", text => text === "no" ? "down" : "serves");
  extra(table, "clock errs", (l, n) => at[n] && at[n].ppm ? at[n].ppm + " ppm" : "no", () => "");
  extra(table, "trouble", l => (during(l.stops) ? "stopped " : "") + (during(l.disk) ? "disk " + during(l.disk).text : "") || "–", () => "");
  extra(table, "excused", (l, n) => at[n] && at[n].excused || "no", text => text === "no" ? "down" : "memory");
  wide(table, "budget", during(T.budget), b => b.text.startsWith("overdrawn") ? "wrong" : "");
  wide(table, "links cut", during(T.cuts), () => "wrong");
}

// wide adds a row that is about all nodes.
function wide(table, name, span, cls) {
  if (!span) return;
  const tr = element("tr"), td = element("td", span.text, cls(span));
  td.colSpan = T.lanes.length;
  tr.append(element("th", name), td);
  table.append(tr);
}

const during = spans => spans.findLast(s => s.begin <= view.cursor && view.cursor <= endOf(s));

function extra(table, name, value, cls) {
  const tr = element("tr");
  tr.append(element("th", name));
  T.lanes.forEach((l, n) => { const text = value(l, n); tr.append(element("td", text, cls(text))); });
  table.append(tr);
}

function fillLines() {
  const list = $("lines"), here = lastBy(T.entries, e => e.at, view.cursor);
  list.replaceChildren();
  let current = null;
  for (let i = Math.max(0, here - 60); i < Math.min(T.entries.length, here + 30); i++) {
    const e = T.entries[i];
    const li = element("li", undefined, `${e.kind}${i === here ? " now" : ""}${i > here ? " later" : ""}`);
    li.append(element("time", seconds(e.at)), element("span", e.node < 0 ? "--" : "n" + e.node), element("span", e.text.split("\n")[0]));
    li.onclick = () => moveTo(e.at);
    list.append(li);
    if (i === here) current = li;
  }
  if (current) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 2;
}

function fillDecisions() {
  $("count").textContent = D.decisions.length + " that were not mild";
  const most = 3000;
  for (const [i, d] of D.decisions.slice(0, most).entries()) {
    const li = element("li");
    li.append(element("b", D.decisions.length <= NUMBERED ? i + 1 : ""), element("time", seconds(d.at)), element("span", d.text));
    li.onclick = () => moveTo(d.at);
    $("decisions").append(li);
  }
  if (D.decisions.length > most) $("decisions").append(element("li", "… shrink the run to read them all"));
}

function moveTo(t) {
  view.cursor = Math.min(Math.max(t, 0), T.end);
  const span = view.to - view.from;
  if (view.cursor < view.from || view.cursor > view.to) { view.from = Math.max(0, view.cursor - span / 2); view.to = view.from + span; }
  $("now").textContent = seconds(view.cursor) + " s";
  $("slider").value = Math.round(view.cursor / Math.max(T.end, 1) * 1e6);
  fillState();
  fillLines();
  draw();
}

function zoom(factor, around) {
  const span = Math.min(Math.max((view.to - view.from) * factor, 2e4), T.end * 1.05);
  const share = (around - view.from) / (view.to - view.from);
  view.from = Math.max(around - span * share, -T.end * .02);
  view.to = view.from + span;
  draw();
}

// show makes [from, to] what is seen.
function show(from, to) {
  view.from = Math.max(0, from);
  view.to = Math.max(to, view.from + 2e4);
  draw();
}

function whole() { show(0, T.end * 1.06); }

function failure() {
  const at = D.failure ? D.failure.at : T.end;
  show(at - Math.min(at, D.lease * 1.2), at + D.lease * .12);
  moveTo(at);
}

function step(by) {
  const here = lastBy(times, t => t, view.cursor);
  moveTo(times[Math.min(Math.max(here + by, 0), times.length - 1)]);
}

function hitAt(px, py) {
  let best = null, least = 6;
  for (const h of hits) {
    if (h.rect) {
      const [a, b, w, t] = h.rect;
      if (px >= a && px <= a + w && py >= b && py <= b + t) return h;
      continue;
    }
    const [x1, y1, x2, y2] = h.seg, len = (x2 - x1) ** 2 + (y2 - y1) ** 2 || 1;
    const s = Math.min(1, Math.max(0, ((px - x1) * (x2 - x1) + (py - y1) * (y2 - y1)) / len));
    const d = Math.hypot(px - x1 - s * (x2 - x1), py - y1 - s * (y2 - y1));
    if (d < least) { least = d; best = h; }
  }
  return best;
}

function listen() {
  let held = null;
  canvas.onwheel = e => { e.preventDefault(); zoom(e.deltaY > 0 ? 1.25 : .8, timeAt(e.offsetX)); };
  canvas.onpointerdown = e => { held = { px: e.offsetX, from: view.from, to: view.to, moved: false }; canvas.setPointerCapture(e.pointerId); };
  canvas.onpointerup = e => { if (held && !held.moved) moveTo(timeAt(e.offsetX)); held = null; };
  canvas.onpointerleave = () => { $("tip").hidden = true; };
  canvas.onpointermove = e => {
    if (held && Math.abs(e.offsetX - held.px) > 3) {
      held.moved = true;
      const d = (e.offsetX - held.px) / (width() - GUTTER - 12) * (held.to - held.from);
      view.from = held.from - d;
      view.to = held.to - d;
      return draw();
    }
    const h = hitAt(e.offsetX, e.offsetY), tip = $("tip");
    tip.hidden = !h;
    if (!h) return;
    tip.textContent = h.tip;
    tip.style.left = Math.min(e.clientX + 14, innerWidth - tip.offsetWidth - 10) + "px";
    tip.style.top = Math.min(e.clientY + 14, innerHeight - tip.offsetHeight - 10) + "px";
  };
  $("slider").oninput = e => moveTo(e.target.value / 1e6 * T.end);
  $("all").onclick = whole;
  $("jump").onclick = failure;
  $("in").onclick = () => zoom(.6, view.cursor);
  $("out").onclick = () => zoom(1.6, view.cursor);
  $("theme").onclick = () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  document.onkeydown = e => {
    const act = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), "+": () => zoom(.6, view.cursor), "=": () => zoom(.6, view.cursor),
      "-": () => zoom(1.6, view.cursor), f: failure, Home: whole, PageUp: () => step(-20), PageDown: () => step(20) }[e.key];
    if (!act || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    act();
  };
  window.onresize = draw;
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  readColours();
  draw();
}

fillHeader();
fillDisputed();
fillKinds();
fillDecisions();
listen();
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
failure();
if (T.arrows.length < 600) whole(); // a run that was shrunk is a story from its beginning
