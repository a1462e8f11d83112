'use strict';
const { facts, drawings, rewrites, operators } = JSON.parse(document.getElementById('data').textContent);
const PAGE = 15;
const find = (query, root = document) => root.querySelector(query);
const number = n => n.toLocaleString('en-US');
const signed = n => n === 0 ? '' : (n > 0 ? '+' : '') + number(n);

// An element; children are elements or text, never markup.
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made['on' + name] = value;
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== undefined && child !== null));
  return made;
}

const key = (graph, id) => graph + '-' + id;
const byKey = new Map(facts.operators.map((op, i) => [key(op.graph, op.id), i]));
const byRule = new Map(facts.rules.map(rule => [rule.name, rule]));

// The end of a name says more than its beginning.
function short(name) {
  const letters = Array.from(name);
  return letters.length > 24 ? '…' + letters.slice(-23).join('') : name;
}

// The drawing of a piece, with its names filled in and its boxes linked.
function picture(shown, graph, here) {
  const frame = make('div', { class: 'picture' });
  frame.innerHTML = drawings[shown.drawing];
  for (const place of frame.querySelectorAll('[data-name]')) {
    const name = shown.names[place.dataset.name];
    place.textContent = place.tagName === 'title' ? name : short(name);
  }
  for (const box of frame.querySelectorAll('[data-op]')) {
    const id = shown.ops[box.dataset.op];
    const index = byKey.get(key(graph, id));
    if (here === id) box.classList.add('here');
    if (index !== undefined) box.addEventListener('click', () => { location.hash = 'op=' + index; });
  }
  return frame;
}

function definitions(...pairs) {
  return make('dl', {}, ...pairs.filter(([, value]) => value !== undefined && value !== '')
    .flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

// A pattern as it is written, with the numbers of its lines.
function source(rule, marked) {
  const written = rule.source.split('\n');
  const blanks = written.slice(1).filter(text => text.trim()).map(text => text.search(/\S/));
  const indent = blanks.length ? Math.min(...blanks) : 0;
  const lines = written.map((whole, i) => {
    const text = i ? whole.slice(indent) : whole;
    const line = rule.line + i;
    return make('span', {}, make('i', {}, String(line)), line === marked ? make('b', {}, text) : text, '\n');
  });
  const last = rule.line + written.length - 1;
  const outside = marked !== undefined && (marked < rule.line || marked > last);
  const fragment = outside ? [make('span', {}, make('i', {}, String(marked)), make('b', {}, 'in a fragment of this file'), '\n')] : [];
  return make('pre', { class: 'source' }, ...fragment, ...lines);
}

const link = (hash, text) => make('a', { href: '#' + hash }, text);

function change(numbers) {
  const parts = [['operators', 'operators'], ['bytes', 'bytes'], ['traffic', 'traffic'], ['macs', 'MACs']];
  return parts.filter(([name]) => numbers[name]).map(([name, word]) => signed(numbers[name]) + ' ' + word).join(', ') || 'no change of cost';
}

function pattern(name, marked) {
  const rule = byRule.get(name);
  return rule ? [make('h3', {}, 'pattern ' + rule.file + ':' + rule.line), make('p', {}, rule.doc), source(rule, marked)] : [];
}

const details = {
  rewrite(index) {
    const found = facts.rewrites[index];
    const [before, after] = rewrites[index];
    return [
      make('h2', {}, '#' + index + ' ', link('rule=' + found.rule, found.rule)),
      definitions(['at', found.root], ['pattern', link('rule=' + found.rule, found.place)], ['change', change(found.change)],
        ['taken back', found.rolled_back]),
      make('h3', {}, 'before'), picture(before, found.graph),
      make('h3', {}, 'after'), picture(after, found.graph),
      ...pattern(found.rule)];
  },
  op(index) {
    const found = facts.operators[index];
    const cost = found.after || found.before;
    const rewrite = i => i === null ? undefined : link('rewrite=' + i, '#' + i + ' ' + facts.rewrites[i].rule);
    const parts = [
      make('h2', {}, found.kind),
      definitions(['result', cost ? cost.name : found.name], ['graph', String(found.graph)], ['made by', rewrite(found.made_by)],
        ['taken away by', rewrite(found.removed_by) || found.removed_by_pass || undefined],
        ...(cost ? [['traffic', number(cost.traffic)], ['MACs', number(cost.macs)],
          ['constants', number(cost.constant_bytes) + ' bytes'], ['alive while it runs', number(cost.live_bytes) + ' bytes']] : []))];
    if (operators[index]) parts.push(make('h3', {}, 'around it'), picture(operators[index], found.graph, found.id));
    if (found.made_by !== null) parts.push(make('h3', {}, 'as it was made'), picture(rewrites[found.made_by][1], found.graph, found.id));
    if (found.removed_by !== null) parts.push(make('h3', {}, 'as it was taken away'), picture(rewrites[found.removed_by][0], found.graph, found.id));
    return parts;
  },
  rule(name) {
    const rule = byRule.get(name);
    if (!rule) return [make('h2', {}, name)];
    const own = facts.rewrites.flatMap((rewrite, i) => rewrite.rule === name ? [i] : []);
    return [make('h2', {}, name), ...pattern(name), make('h3', {}, 'rewrites'), rewriteTable(own.slice(0, 200))];
  },
  miss(index) {
    const found = facts.near_misses[index];
    const operator = byKey.get(key(found.graph, found.operator));
    const rule = byRule.get(found.rule);
    const line = Number(found.place.split(':')[1]);
    return [
      make('h2', {}, found.rule),
      definitions(['at', found.root], ['pattern', found.place], ['matched', found.matched + ' operators'], ['refused', found.why]),
      ...(operator !== undefined && operators[operator] ? [make('h3', {}, 'the operator it starts at'),
        picture(operators[operator], found.graph, found.operator)] : []),
      ...(rule ? [make('h3', {}, 'pattern'), source(rule, line)] : [])];
  },
};

// A list that shows its rows a page at a time.
function list(section, heads, rows, order) {
  const at = find('#' + section + ' .list');
  let shown = PAGE;
  const draw = () => {
    const body = make('tbody', {}, ...rows.slice(0, shown).map(row => row()));
    const head = make('tr', {}, ...heads.map(([text, kind, sort]) =>
      make('th', { class: (kind || '') + (sort ? ' sort' : ''), click: sort ? () => order(sort) : undefined }, text)));
    const more = rows.length > shown ? make('button', { class: 'next', click: () => { shown *= 4; draw(); } },
      'Show more of ' + number(rows.length)) : undefined;
    at.replaceChildren(...(rows.length ? [make('table', {}, make('thead', {}, head), body)] : [make('p', { class: 'none' }, 'None.')]),
      ...(more ? [more] : []));
    mark();
  };
  find('#' + section + ' .count').textContent = number(rows.length);
  draw();
}

const go = hash => () => { location.hash = hash; };
const cell = (text, kind) => make('td', { class: kind }, text);
const cells = numbers => ['operators', 'bytes', 'traffic', 'macs'].map(name =>
  cell(signed(numbers[name]), 'n' + (numbers[name] < 0 ? ' less' : numbers[name] > 0 ? ' more' : '')));
const rewriteHeads = [['#', 'n'], ['rule'], ['at'], ['operators', 'n'], ['bytes', 'n'], ['traffic', 'n'], ['MACs', 'n']];

function rewriteRow(i) {
  const found = facts.rewrites[i];
  const back = found.rolled_back ? make('span', { class: 'badge', title: found.rolled_back }, 'taken back') : undefined;
  return make('tr', { class: 'row', 'data-hash': 'rewrite=' + i, click: go('rewrite=' + i) }, cell(String(i), 'n'),
    make('td', { class: 'rule', title: found.rule }, found.rule + ' ', back), cell(found.root), ...cells(found.change));
}

function rewriteTable(indices) {
  const head = make('tr', {}, ...rewriteHeads.map(([text, kind]) => make('th', { class: kind }, text)));
  return make('table', {}, make('thead', {}, head), make('tbody', {}, ...indices.map(rewriteRow)));
}

let needle = '';
let which = 'after';
let sort = 'traffic';
const holds = (...texts) => texts.some(text => text.toLowerCase().includes(needle));

function showRewrites() {
  const found = facts.rewrites.flatMap((r, i) => holds(r.rule, r.root, r.place, '#' + i) ? [i] : []);
  list('rewrites', rewriteHeads, found.map(i => () => rewriteRow(i)));
}

function showOperators() {
  const found = facts.operators.flatMap((op, i) => op[which] && holds(op.kind, op.name, op[which].name) ? [i] : []);
  const costOf = i => facts.operators[i][which];
  if (sort) found.sort((a, b) => costOf(b)[sort] - costOf(a)[sort] || a - b);
  const most = Math.max(1, ...facts.operators.map(op => op[which] ? op[which].traffic : 0));
  const rows = found.map(i => () => {
    const op = facts.operators[i];
    const cost = costOf(i);
    const by = which === 'after' ? op.made_by : op.removed_by;
    const what = by !== null ? '#' + by + ' ' + facts.rewrites[by].rule : (which === 'before' && op.removed_by_pass) || '';
    const share = make('span', { class: 'share', style: 'width:' + (70 * cost.traffic / most).toFixed(1) + 'px' });
    return make('tr', { class: 'row', 'data-hash': 'op=' + i, click: go('op=' + i) }, cell(op.kind, 'rule'), cell(cost.name),
      make('td', { class: 'n' }, share, number(cost.traffic)), cell(number(cost.macs), 'n'),
      cell(number(cost.constant_bytes), 'n'), cell(number(cost.live_bytes), 'n'), cell(what));
  });
  list('operators', [['kind', '', 'none'], ['result'], ['traffic', 'n', 'traffic'], ['MACs', 'n', 'macs'], ['constants', 'n', 'constant_bytes'], ['alive', 'n', 'live_bytes'],
    [which === 'after' ? 'made by' : 'taken away by']], rows, by => { sort = by === 'none' ? '' : by; showOperators(); });
}

function showMisses() {
  const found = facts.near_misses.flatMap((m, i) => holds(m.rule, m.root, m.why, m.place) ? [i] : []);
  list('misses', [['rule'], ['at'], ['matched', 'n'], ['refused'], ['pattern']], found.map(i => () => {
    const m = facts.near_misses[i];
    return make('tr', { class: 'row', 'data-hash': 'miss=' + i, click: go('miss=' + i) }, cell(m.rule, 'rule'), cell(m.root),
      cell(String(m.matched), 'n'), cell(m.why), cell(m.place, 'place'));
  }));
}

// Operators left after each step, as an area that can be clicked.
function showTimeline() {
  const steps = facts.timeline;
  if (!steps.length) { find('#chart').replaceChildren(make('p', { class: 'none' }, 'Nothing happened.')); return; }
  let left = facts.before.operators;
  const levels = steps.map(step => {
    const rewrite = facts.rewrites[step.rewrite];
    if (step.pass) left += step.pass.operators;
    else if (!rewrite.rolled_back) left += rewrite.change.operators;
    return left;
  });
  const top = Math.max(1, facts.before.operators, ...levels);
  const y = level => (100 - 96 * level / top).toFixed(2);
  const line = levels.map((level, i) => 'H' + i + 'V' + y(level)).join('') + 'H' + steps.length;
  const space = 'http://www.w3.org/2000/svg';
  const draw = (tag, attributes) => {
    const made = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const chart = draw('svg', { viewBox: '0 0 ' + steps.length + ' 100', preserveAspectRatio: 'none' });
  const begin = 'M0 ' + y(facts.before.operators) + line;
  chart.append(draw('path', { class: 'area', d: begin + 'V100H0Z' }), draw('path', { class: 'line', d: begin }));
  chart.addEventListener('click', event => {
    const box = chart.getBoundingClientRect();
    const step = steps[Math.min(steps.length - 1, Math.floor((event.clientX - box.left) / box.width * steps.length))];
    if (step.rewrite !== undefined) location.hash = 'rewrite=' + step.rewrite;
  });
  chart.addEventListener('mousemove', event => {
    const box = chart.getBoundingClientRect();
    const i = Math.min(steps.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * steps.length)));
    const step = steps[i];
    const what = step.pass ? step.pass.name + ', a pass: ' + number(step.pass.changes) + ' changes'
      : '#' + step.rewrite + ' ' + facts.rewrites[step.rewrite].rule + (facts.rewrites[step.rewrite].rolled_back ? ', taken back' : '');
    find('#chart .now').textContent = what;
  });
  const back = steps.flatMap((step, i) => step.rewrite !== undefined && facts.rewrites[step.rewrite].rolled_back ? [i] : []);
  chart.prepend(...back.map(i => draw('rect', { class: 'back', x: i, y: 0, width: 1, height: 100 })));
  find('#chart').replaceChildren(chart, make('div', { class: 'axis' }, make('span', {}, number(facts.before.operators) + ' operators'),
    make('span', { class: 'now' }, back.length ? number(back.length) + ' steps taken back' : ''),
    make('span', {}, number(facts.after.operators) + ' operators after ' + number(steps.length) + ' steps')));
}

function mark() {
  const hash = decodeURIComponent(location.hash.slice(1));
  for (const row of document.querySelectorAll('tr.row')) row.classList.toggle('chosen', row.dataset.hash === hash);
}

// The hash says what the panel shows.
function route() {
  const [kind, place] = decodeURIComponent(location.hash.slice(1)).split('=');
  const lists = { rewrite: facts.rewrites, op: facts.operators, miss: facts.near_misses };
  const known = kind === 'rule' || (lists[kind] && lists[kind][place] !== undefined);
  const panel = find('#detail');
  if (known && place !== undefined) {
    find('.content', panel).replaceChildren(...details[kind](kind === 'rule' ? place : Number(place)));
    panel.hidden = false;
    panel.scrollTop = 0;
    for (const frame of panel.querySelectorAll('.picture')) frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  }
  panel.hidden = !(known && place !== undefined);
  document.body.classList.toggle('open', !panel.hidden);
  mark();
}

function showAll() { showRewrites(); showOperators(); showMisses(); }

const search = find('#search');
search.addEventListener('input', () => { needle = search.value.trim().toLowerCase(); showAll(); });
document.addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  if (event.key === 'Escape') location.hash = 'closed';
});
find('#detail .close').addEventListener('click', () => { location.hash = 'closed'; });
for (const radio of document.querySelectorAll('[name=which]')) radio.addEventListener('change', () => { which = radio.value; showOperators(); });
window.addEventListener('hashchange', route);
showTimeline();
showAll();
route();
