"use strict";
// The picture: lanes over true time, on a canvas. What can be pointed at is noted
// while it is drawn (hits), so that pointing and drawing agree.

const D = JSON.parse(document.getElementById("data").textContent);
const T = D.timeline;
const canvas = document.getElementById("picture");
const GUTTER = 96, RULER = 26, LANE = T.lanes.length <= 3 ? 124 : 96, ROW = 22;
const NUMBERED = 60; // so many decisions at most are drawn, each with its number

const GROUPS = {
  election: ["Ask", "AskYes", "Prepare", "Promise", "Behind", "Nack", "StandNow", "Release"],
  accept: ["Accept", "Accepted", "Chosen"],
  heartbeat: ["Heartbeat", "HeartbeatReply"],
  catchup: ["Fetch", "Entries"],
  snapshot: ["SnapshotOffer", "SnapshotFetch", "SnapshotChunk"],
  identity: ["Probe", "Identity"],
};
const groupOf = {};
for (const [group, kinds] of Object.entries(GROUPS)) for (const k of kinds) groupOf[k] = group;

const view = { from: 0, to: Math.max(T.end, 1), cursor: D.failure ? D.failure.at : T.end, hidden: new Set() };
const colour = {};
let hits = [];

function readColours() {
  const css = getComputedStyle(document.documentElement);
  for (const name of ["bg", "panel", "fg", "dim", "rule", "lane", "bad", "badwash", "lease", "warn", "cursor", "blank", "follower", "learner",
    "candidate", "master", "election", "accept", "heartbeat", "catchup", "snapshot", "identity"]) {
    colour[name] = css.getPropertyValue("--" + name).trim();
  }
  colour.asking = colour.candidate;
}

// Which nodes the failure names, and which of them it is about.
const guilty = new Set();
if (D.failure) for (const m of D.failure.text.split(/\n|; \[/)[0].matchAll(/\bn(\d)\b/g)) guilty.add(+m[1]);

const clientRows = [...new Set(T.calls.map(c => c.client))].sort((a, b) => a - b);
const height = () => RULER + T.lanes.length * LANE + 2 * ROW + clientRows.length * ROW + 14;
const width = () => canvas.clientWidth;
const x = t => GUTTER + (t - view.from) / (view.to - view.from) * (width() - GUTTER - 12);
const timeAt = px => view.from + (px - GUTTER) / (width() - GUTTER - 12) * (view.to - view.from);
const laneTop = n => RULER + n * LANE;
const mid = n => laneTop(n) + 60;
const endOf = s => s.end < 0 ? T.end : s.end;
const goesTo = s => s.end < 0 && s.until > T.end ? s.until : endOf(s);
const seconds = t => (Math.floor(t / 1e3) / 1e6).toFixed(6);

function draw() {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = height() + "px";
  canvas.width = width() * ratio;
  canvas.height = height() * ratio;
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  g.font = "12px system-ui, sans-serif";
  hits = [];
  g.save();
  g.beginPath();
  g.rect(GUTTER, 0, width() - GUTTER, height());
  g.clip();
  T.lanes.forEach((lane, n) => drawLane(g, lane, n));
  drawRuler(g);
  drawOverlaps(g);
  drawArrows(g);
  T.lanes.forEach((lane, n) => drawEnds(g, lane, n));
  drawRows(g);
  drawMarks(g);
  drawDecisions(g);
  drawFailure(g);
  drawCursor(g);
  g.restore();
  drawNames(g);
}

function bar(g, from, to, y, h, fill, tip) {
  const a = Math.max(x(from), GUTTER - 4), b = Math.min(x(to), width() + 4);
  if (b < GUTTER || a > width()) return false;
  g.fillStyle = fill;
  g.fillRect(a, y, Math.max(b - a, 1.5), h);
  if (tip) hits.push({ rect: [a, y, Math.max(b - a, 5), h], tip });
  return b - a;
}

function label(g, text, px, y, fill, max) {
  g.fillStyle = fill;
  if (px < GUTTER && max === undefined) return;
  px = Math.max(px, GUTTER + 3);
  if (max !== undefined && g.measureText(text).width >= max) return;
  if (max === undefined) { // it stands over other things
    g.strokeStyle = colour.panel;
    g.lineWidth = 4;
    g.lineJoin = "round";
    g.strokeText(text, px, y);
  }
  g.fillText(text, px, y);
}

function hatch(g, from, to, y, h, ink) {
  const a = Math.max(x(from), GUTTER), b = Math.min(x(to), width());
  if (b <= a) return;
  g.save();
  g.beginPath();
  g.rect(a, y, b - a, h);
  g.clip();
  g.strokeStyle = ink;
  g.lineWidth = 1;
  g.beginPath();
  for (let px = a - h; px < b; px += 7) { g.moveTo(px, y + h); g.lineTo(px + h, y); }
  g.stroke();
  g.restore();
}

function drawLane(g, lane, n) {
  const top = laneTop(n);
  g.fillStyle = guilty.has(n) ? colour.badwash : n % 2 ? colour.panel : colour.lane;
  g.fillRect(GUTTER, top, width(), LANE);
  let last = 0;
  for (const life of lane.lives) { // what lies between lives
    hatch(g, last, life.begin, mid(n) - 14, 28, colour.blank);
    last = endOf(life);
  }
  if (!lane.lives.length || lane.lives[lane.lives.length - 1].end >= 0) hatch(g, last, T.end, mid(n) - 14, 28, colour.blank);
  for (const s of lane.leases) {
    g.globalAlpha = .35;
    if (goesTo(s) > endOf(s)) bar(g, endOf(s), goesTo(s), top + 12, 11, colour.lease, `this lease of n${n} would have gone on to ${seconds(goesTo(s))}`);
    g.globalAlpha = 1;
    const w = bar(g, s.begin, endOf(s), top + 12, 11, colour.lease, `n${n} would serve reads, by its lease\n${seconds(s.begin)} to ${seconds(endOf(s))}`);
    if (w > 60) label(g, "serves reads", x(s.begin) + 5, top + 21.5, colour.panel, Math.min(w, x(endOf(s)) - GUTTER) - 8);
  }
  for (const s of lane.owes) {
    const late = endOf(s) - s.begin > D.lease;
    bar(g, s.begin, endOf(s), top + LANE - 5, late ? 5 : 2, late ? colour.bad : colour.dim, `n${n} owes an answer: ${s.text}\n${seconds(s.begin)} to ${seconds(endOf(s))}`);
    if (late) label(g, "owes an answer", x(s.begin) + 4, top + LANE - 8, colour.bad);
  }
  for (const s of lane.disk) bar(g, s.begin, endOf(s), top + LANE - 12, 5, colour.warn, `disk of n${n} is ${s.text}\n${seconds(s.begin)} to ${seconds(endOf(s))}`);
  drawRoles(g, lane, n);
  for (const s of lane.stops) {
    bar(g, s.begin, endOf(s), mid(n) - 7, 14, colour.panel, `n${n} is stopped\n${seconds(s.begin)} to ${seconds(endOf(s))}`);
    hatch(g, s.begin, endOf(s), mid(n) - 7, 14, colour.warn);
    if (x(endOf(s)) - x(s.begin) > 50) label(g, "stopped", x(s.begin) + 6, mid(n) + 21, colour.warn);
  }
}

// drawRoles draws the line of life in the colour of the role, and commit indexes.
function drawRoles(g, lane, n) {
  const s = lane.states;
  let free = -1e9, role = "", begun = 0;
  const close = until => {
    if (!role) return;
    const w = bar(g, begun, until, mid(n) - 3.5, 7, colour[role] || colour.follower, null);
    if (w > 54 && role !== "follower") label(g, role, x(begun) + 4, mid(n) - 8, colour[role], w);
  };
  for (let i = 0; i < s.length; i++) {
    const now = s[i].up ? s[i].role : "";
    if (now !== role) { close(s[i].at); role = now; begun = s[i].at; }
    if (i > 0 && s[i].up && s[i].commit !== s[i - 1].commit && s[i].at >= view.from && s[i].at <= view.to) {
      const px = x(s[i].at), text = "" + s[i].commit;
      g.fillStyle = colour.dim;
      g.fillRect(px - .5, mid(n) + 4, 1, 5);
      if (px > free) { g.fillText(text, px - 3, mid(n) + 20); free = px + g.measureText(text).width + 10; }
    }
  }
  close(T.end);
}

// drawOverlaps shows where two nodes would serve at once.
function drawOverlaps(g) {
  for (let a = 0; a < T.lanes.length; a++) for (let b = a + 1; b < T.lanes.length; b++) for (const s of T.lanes[a].leases) for (const r of T.lanes[b].leases) {
    const from = Math.max(s.begin, r.begin), to = Math.min(goesTo(s), goesTo(r));
    if (to <= from) continue;
    for (const n of [a, b]) bothServe(g, n, from, to, `both n${a} and n${b} would serve reads from ${seconds(from)} on`);
  }
}

function bothServe(g, n, from, to, tip) {
  const w = bar(g, from, to, laneTop(n) + 8, 19, colour.bad, tip);
  if (w) label(g, "both serve", x(from) + 5, laneTop(n) + 21.5, colour.panel, Math.min(w, width() - x(from)) - 6);
}

// drawEnds draws how lives begin and end, over everything else of the lane.
function drawEnds(g, lane, n) {
  for (const life of lane.lives) {
    mark(g, x(life.begin), mid(n), "start", colour.lease, `n${n} starts\n${seconds(life.begin)}`);
    if (life.end < 0) continue;
    const how = life.text || "ends";
    mark(g, x(life.end), mid(n), how, how === "stop" ? colour.dim : colour.bad, `n${n}: ${how === "power" ? "loses power" : how}\n${seconds(life.end)}`);
    label(g, how === "power" ? "loses power" : how, x(life.end) + 9, mid(n) + 4, colour.bad);
  }
}

function mark(g, px, y, how, ink, tip) {
  if (px < GUTTER - 10 || px > width() + 10) return;
  g.fillStyle = g.strokeStyle = ink;
  g.lineWidth = 2.5;
  g.beginPath();
  if (how === "start") { g.moveTo(px - 4, y - 7); g.lineTo(px + 6, y); g.lineTo(px - 4, y + 7); g.fill(); }
  else if (how === "power") { g.moveTo(px + 3, y - 11); g.lineTo(px - 5, y + 2); g.lineTo(px, y + 2); g.lineTo(px - 3, y + 11); g.lineTo(px + 5, y - 2); g.lineTo(px, y - 2); g.fill(); }
  else { g.moveTo(px - 6, y - 6); g.lineTo(px + 6, y + 6); g.moveTo(px + 6, y - 6); g.lineTo(px - 6, y + 6); g.stroke(); }
  hits.push({ rect: [px - 7, y - 10, 14, 20], tip });
}

function drawNames(g) {
  g.fillStyle = colour.panel;
  g.fillRect(0, 0, GUTTER, height());
  T.lanes.forEach((lane, n) => {
    g.font = "700 15px system-ui, sans-serif";
    g.fillStyle = guilty.has(n) ? colour.bad : colour.fg;
    g.fillText(lane.name, 14, mid(n) + 1);
    g.font = "11px system-ui, sans-serif";
    g.fillStyle = colour.dim;
    g.fillText(lane.role, 14, mid(n) + 16);
  });
  g.font = "11px system-ui, sans-serif";
  g.fillStyle = colour.dim;
  let y = RULER + T.lanes.length * LANE + 15;
  for (const name of ["links cut", "chosen", ...clientRows.map(c => "client c" + c)]) { g.fillText(name, 14, y); y += ROW; }
}
