// Messages, rows below the lanes, and the lines that go through everything.

function arrowEnd(a) {
  switch (a.fate) {
    case "lost": case "cut": return null;
    case "flying": return T.end;
    default: return a.end;
  }
}

let named = []; // boxes of the names of messages that were drawn

// free reports whether no name stands there yet, and takes the place.
function free(px, y, w) {
  if (named.some(b => px < b[0] + b[2] && b[0] < px + w && Math.abs(y - b[1]) < 11)) return false;
  named.push([px, y, w]);
  return true;
}

function drawArrows(g) {
  named = [];
  const shown = T.arrows.filter(a => !view.hidden.has(groupOf[a.kind] || "identity") && a.sent <= view.to &&
    (arrowEnd(a) === null ? a.sent : arrowEnd(a)) >= view.from);
  const crowded = shown.length > 900, few = shown.length < 150;
  for (const a of shown) drawArrow(g, a, crowded, few);
}

function drawArrow(g, a, crowded, few) {
  const ink = colour[groupOf[a.kind] || "identity"];
  const x1 = x(a.sent), y1 = mid(a.from), end = arrowEnd(a);
  let x2, y2;
  if (end === null) { x2 = x1 + 14; y2 = y1 + (mid(a.to) - y1) * .45; } else { x2 = x(end); y2 = mid(a.to); }
  const bad = D.failure && a.sent === D.failure.at && guilty.has(a.from) && /^K[35]$/.test(D.failure.check);
  g.globalAlpha = bad ? 1 : crowded ? .35 : a.kind.startsWith("Heartbeat") ? .7 : .95;
  g.strokeStyle = g.fillStyle = bad ? colour.bad : a.fate === "lost" ? colour.bad : ink;
  g.lineWidth = bad ? 3 : 1.4;
  g.setLineDash(a.fate === "lost" || a.fate === "cut" ? [4, 3] : a.fate === "flying" ? [2, 4] : []);
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
  g.setLineDash([]);
  drawHead(g, a, x1, y1, x2, y2);
  if (few && x1 > GUTTER - 40) nameArrow(g, a, x1 + (x2 - x1) * .36 + 4, y1 + (y2 - y1) * .36 + 4);
  g.globalAlpha = 1;
  const fate = { heard: "arrives", unheard: "arrives where nobody hears it", lost: "is lost", cut: "finds no link", flying: "is still under way" }[a.fate] || a.fate;
  hits.push({ seg: [x1, y1, x2, y2], at: a.sent,
    tip: `n${a.from} → n${a.to}  ${a.again ? "again: " : ""}${a.text}\nsent ${seconds(a.sent)}, ${fate}` + (a.end >= 0 ? ` ${seconds(a.end)} (${((a.end - a.sent) / 1e6).toFixed(3)} ms)` : "") });
}

function nameArrow(g, a, px, y) {
  g.font = "10.5px system-ui, sans-serif";
  const text = a.kind + (a.fate === "lost" ? " lost" : a.fate === "cut" ? " cut" : "");
  if (free(px, y, g.measureText(text).width)) g.fillText(text, px, y);
  g.font = "12px system-ui, sans-serif";
}

function drawHead(g, a, x1, y1, x2, y2) {
  if (a.fate === "lost" || a.fate === "cut") {
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(x2 - 4, y2 - 4); g.lineTo(x2 + 4, y2 + 4); g.moveTo(x2 + 4, y2 - 4); g.lineTo(x2 - 4, y2 + 4);
    g.stroke();
    return;
  }
  if (a.fate === "unheard") {
    g.lineWidth = 1.5;
    g.strokeStyle = colour.bad;
    g.beginPath();
    g.arc(x2, y2, 4, 0, 7);
    g.stroke();
    return;
  }
  const d = Math.atan2(y2 - y1, x2 - x1);
  g.beginPath();
  g.moveTo(x2, y2);
  g.lineTo(x2 - 8 * Math.cos(d - .35), y2 - 8 * Math.sin(d - .35));
  g.lineTo(x2 - 8 * Math.cos(d + .35), y2 - 8 * Math.sin(d + .35));
  g.fill();
}

// drawRows draws cuts, the chosen prefix, and the calls of clients.
function drawRows(g) {
  let y = RULER + T.lanes.length * LANE;
  for (const c of T.cuts) {
    const w = bar(g, c.begin, endOf(c), y + 3, ROW - 6, colour.badwash, `links cut: ${c.text}\n${seconds(c.begin)} to ${seconds(endOf(c))}`);
    hatch(g, c.begin, endOf(c), y + 3, ROW - 6, colour.badwash);
    if (w) label(g, c.text, x(c.begin) + 4, y + 15, colour.bad, Math.min(w, x(endOf(c)) - GUTTER) - 6);
  }
  y += ROW;
  let free = -1e9;
  for (const c of T.chosen) {
    if (c.at < view.from || c.at > view.to) continue;
    const px = x(c.at);
    g.fillStyle = colour.accept;
    g.fillRect(px - .5, y + 4, 1, ROW - 8);
    if (px > free) { g.fillText(c.instance, px + 3, y + 15); free = px + g.measureText(c.instance).width + 10; }
    hits.push({ rect: [px - 3, y + 2, 6, ROW - 4], at: c.at, tip: `instances through ${c.instance} are chosen: a quorum of disks holds them\n${seconds(c.at)}` });
  }
  for (const client of clientRows) {
    y += ROW;
    for (const c of T.calls) if (c.client === client) drawCall(g, c, y);
  }
}

function drawCall(g, c, y) {
  const failed = D.failed && D.failed.some(f => f.client === c.client && (c.end < 0 || f.end === c.end));
  const ink = failed ? colour.bad : { ok: colour.lease, unknown: colour.warn, refused: colour.dim, open: colour.warn }[c.outcome];
  g.globalAlpha = failed ? 1 : .32;
  const w = bar(g, c.begin, endOf(c), y + 3, ROW - 6, ink, `c${c.client} asks ${c.nodes.map(n => "n" + n).join(", ")}: ${c.text}\n${c.outcome}, ${seconds(c.begin)} to ${seconds(endOf(c))}`);
  g.globalAlpha = 1;
  if (w !== false) label(g, c.text, x(c.begin) + 4, y + 15, failed ? colour.bg : colour.fg, Math.min(w, x(endOf(c)) - GUTTER) - 6);
}

function drawMarks(g) {
  for (const e of T.entries) {
    if (!["fault", "network", "disk", "clock"].includes(e.kind) || e.at < view.from || e.at > view.to || e.text.startsWith("job ")) continue;
    const px = x(e.at), y = e.node < 0 ? RULER + 6 : laneTop(e.node) + 32;
    g.fillStyle = e.kind === "clock" ? colour.dim : colour.warn;
    g.beginPath();
    g.moveTo(px, y - 5); g.lineTo(px + 5, y); g.lineTo(px, y + 5); g.lineTo(px - 5, y);
    g.fill();
    const words = e.text.replace(/^fault (\S+) n\d/, "$1");
    if (e.kind !== "clock" && free(px, y + 4, g.measureText(words).width + 14)) label(g, words, px + 8, y + 4, colour.warn);
    hits.push({ rect: [px - 6, y - 6, 12, 12], at: e.at, tip: `${e.text}\n${seconds(e.at)}` });
  }
}

// drawDecisions puts the number of each decision where the run asked for it.
function drawDecisions(g) {
  if (D.decisions.length > NUMBERED) return;
  const taken = {};
  D.decisions.forEach((d, i) => {
    const node = /\bn(\d)\b/.exec(d.text), client = /\bc(\d+)\b/.exec(d.text), lane = node ? +node[1] : -1;
    const r = client ? 6 : 8.5; // small enough to leave a call's words legible
    const y = client ? RULER + T.lanes.length * LANE + (2 + clientRows.indexOf(+client[1])) * ROW + 3 : node ? laneTop(lane) + LANE - 22 : RULER + 8;
    const px = Math.max(x(d.at) + 8, (taken[y] || -1e9) + 2 * r + 2);
    if (d.at < view.from || d.at > view.to) return;
    taken[y] = px;
    g.fillStyle = colour.warn;
    g.beginPath();
    g.arc(px, y, r, 0, 7);
    g.fill();
    g.fillStyle = colour.panel;
    g.font = `700 ${client ? 8 : 10}px system-ui, sans-serif`;
    g.textAlign = "center";
    g.fillText(i + 1, px, y + 3.5);
    g.textAlign = "left";
    g.font = "12px system-ui, sans-serif";
    hits.push({ rect: [px - 9, y - 9, 18, 18], at: d.at, tip: `${i + 1}  ${d.text}\n${seconds(d.at)}` });
  });
}

function drawRuler(g) {
  const span = view.to - view.from, wanted = span / Math.max(2, (width() - GUTTER) / 120);
  let step = 1e3;
  for (const f of [2, 2.5, 2]) if (step < wanted) step *= f;
  while (step < wanted) for (const f of [2, 2.5, 2]) if (step < wanted) step *= f;
  const places = step >= 1e9 ? 0 : step >= 1e8 ? 1 : step >= 1e7 ? 2 : step >= 1e6 ? 3 : step >= 1e5 ? 4 : step >= 1e4 ? 5 : 6;
  for (let t = Math.ceil(view.from / step) * step; t <= view.to; t += step) {
    g.fillStyle = colour.rule;
    g.fillRect(x(t), RULER - 6, 1, height());
    g.fillStyle = colour.dim;
    g.fillText((t / 1e9).toFixed(places) + " s", x(t) + 4, 15);
  }
  if (T.healed >= 0 && T.healed >= view.from && T.healed <= view.to) through(g, T.healed, colour.lease, "all faults end", 2, [6, 4], 12);
}

function through(g, at, ink, text, w, dash, down = 0) {
  g.strokeStyle = ink;
  g.lineWidth = w;
  g.setLineDash(dash);
  g.beginPath();
  g.moveTo(x(at), RULER - 4);
  g.lineTo(x(at), height());
  g.stroke();
  g.setLineDash([]);
  const wide = g.measureText(text).width;
  g.fillStyle = ink;
  g.fillText(text, x(at) + wide + 8 > width() ? x(at) - wide - 6 : x(at) + 5, RULER + 9 + down);
}

function drawFailure(g) {
  if (!D.failure) return;
  for (const f of D.also) through(g, f.at, colour.warn, f.check, 1, [3, 3]);
  g.font = "700 13px system-ui, sans-serif";
  through(g, D.failure.at, colour.bad, D.failure.check, 2, []);
  g.font = "12px system-ui, sans-serif";
}

function drawCursor(g) {
  g.fillStyle = colour.cursor;
  g.globalAlpha = .75;
  g.fillRect(x(view.cursor) - .5, RULER - 6, 1, height());
  g.globalAlpha = 1;
  g.beginPath();
  g.moveTo(x(view.cursor) - 5, RULER - 10); g.lineTo(x(view.cursor) + 5, RULER - 10); g.lineTo(x(view.cursor), RULER - 2);
  g.fill();
}
