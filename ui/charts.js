// SPDX-License-Identifier: ISC
// What is measured of one proxy while somebody looks at it, and its charts.

import * as api from './api.js';
import { Chart, SPAN_MS } from './chart.js';
import { h } from './dom.js';
import { isAway } from './follow.js';
import { History, Rates } from './history.js';
import { store, timeOf } from './store.js';
import { bytes, count, duration, rate } from './text.js';
import { changeText, isChange } from './words.js';

const EVERY_MS = 1000;
const COLUMNS = ['time', 'up', 'down', 'sessions', 'held', 'addedUp',
  'addedDown', 'measured'];
const COLUMN = Object.fromEntries(COLUMNS.map((name, i) => [name, i]));
const MEAN = 5;     // samples that a measured delay is of
const REMEMBERED = 8; // proxies, for who comes back to one

// ---- delay

/*
 * What latencies add on the whole way, in the mean of all sessions.  Those of
 * a chain add up exactly; a jitter is as often less as more.
 */
function added(proxy, stream) {
  if (proxy.halted || store.isHalted)
    return 0;
  return proxy.toxics
    .filter((toxic) => toxic.stream === stream && toxic.type === 'latency')
    .reduce((sum, { attributes, toxicity }) => sum +
      Math.max(0, Number(attributes.latency)) *
      Math.min(1, Math.max(0, toxicity)), 0);
}

/*
 * How long a byte is held here, by Little's law: what is within, over what
 * goes through, each in the mean of some samples.  Of nothing it is nothing.
 */
function measured(history, held, through) {
  let within = held, flow = through, n = 1;

  for (let i = history.length - 1; i >= 0 && n < MEAN; i--, n++) {
    within += history.at(i, COLUMN.held);
    flow += history.at(i, COLUMN.up) + history.at(i, COLUMN.down);
  }
  return flow > 0 ? within / flow * 1000 : NaN;
}

// ---- samples

const remembered = new Map(); // by name: {history, rates}

function memoryOf(name) {
  const memory = remembered.get(name) ??
    { history: new History(SPAN_MS / EVERY_MS, COLUMNS.length),
      rates: new Rates() };

  remembered.delete(name);
  remembered.set(name, memory); // the last that was looked at
  if (remembered.size > REMEMBERED)
    remembered.delete(remembered.keys().next().value);
  return memory;
}

/** Asks each second, and tells told(health, stats, rates). */
export class Sampler {
  #name;
  #told;
  #timer = 0;
  #isOpen = true;

  constructor(name, told) {
    this.#name = name;
    this.#told = told;
    Object.assign(this, memoryOf(name));
    this.#run();
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  async #run() {
    try {
      if (!document.hidden && !isAway() && store.proxies.has(this.#name))
        await this.#ask();
    } catch { /* the bar above says that nobody answers */ }
    if (this.#isOpen)
      this.#timer = setTimeout(() => this.#run(), EVERY_MS);
  }

  async #ask() {
    const [health, stats] = await Promise.all(
      [api.healthOf(this.#name), api.stats(this.#name)]);
    const now = performance.now(), rates = this.rates.next(health.bytes, now);
    const known = store.proxies.get(this.#name);

    if (!this.#isOpen || known === undefined)
      return;
    if (rates !== null)
      this.history.push(now, rates.up, rates.down, health.open_sessions,
        health.held_bytes, added(known.proxy, 'upstream'),
        added(known.proxy, 'downstream'),
        measured(this.history, health.held_bytes, rates.up + rates.down));
    this.#told(health, stats, rates);
  }
}

// ---- charts

const CHARTS = [
  { title: 'Bytes', format: rate, least: 1000, series: [
    { column: COLUMN.up, label: '↑ to the server', className: 'up' },
    { column: COLUMN.down, label: '↓ to clients', className: 'down' }] },
  { title: 'Sessions', format: (n) => count(Math.round(n * 10) / 10), least: 4,
    series: [{ column: COLUMN.sessions, label: 'open', className: 'plain' }] },
  { title: 'Delay', format: duration, least: 100, series: [
    { column: COLUMN.addedUp, label: '↑ added', className: 'up' },
    { column: COLUMN.addedDown, label: '↓ added', className: 'down' },
    { column: COLUMN.measured, label: 'measured', className: 'dots' }] },
  { title: 'Held back', format: bytes, least: 1000, series: [
    { column: COLUMN.held, label: 'bytes within', className: 'plain' }] },
];

/* Of a proxy, on the clock of samples. */
function marksOf(name) {
  const ahead = Date.now() - performance.now();

  return store.events
    .filter((event) => event.proxy === name && isChange(event))
    .map((event) => ({ at: timeOf(event) - ahead, event,
      text: changeText(event) }));
}

export class Charts {
  #all;
  #name;
  #history;

  constructor(name, history) {
    const hovered = (part) => this.#all.forEach((one) => one.at(part));

    this.#name = name;
    this.#history = history;
    this.#all = CHARTS.map((one) => new Chart({ ...one, hovered }));
    this.shown = h('div', { class: 'charts' },
      this.#all.map((one) => one.shown));
  }

  /** Returns the marks. */
  show() {
    const marks = marksOf(this.#name), now = performance.now();

    for (const one of this.#all)
      one.show(this.#history, marks, now);
    return marks;
  }

  close() {
    this.#all.forEach((one) => one.close());
  }
}
