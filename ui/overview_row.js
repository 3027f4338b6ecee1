// SPDX-License-Identifier: ISC
// A proxy in a line: what it is, what is on it, and how it does.

import * as api from './api.js';
import { connectChip } from './connect.js';
import { h, once, s, setAttribute, setClass, setText } from './dom.js';
import { refresh } from './follow.js';
import { link } from './router.js';
import { left, mayChange, store } from './store.js';
import { bytes, count, duration, name, visible } from './text.js';
import { failed, toast } from './toasts.js';
import { chip } from './weather.js';

const WIDE = 120, HIGH = 28;
const CHIPS = 2; // more are a number

// ---- the switch

async function turn(proxy) {
  const enabled = !proxy.enabled;

  try {
    await api.changeProxy(proxy.name, { enabled });
    toast(`${visible(proxy.name)} is ${enabled ? 'on' : 'off'}.`, {
      undo: async () => {
        await api.changeProxy(proxy.name, { enabled: !enabled });
        refresh(proxy.name);
        return `${visible(proxy.name)} is ${enabled ? 'off' : 'on'} again.`;
      } });
  } catch (error) {
    failed(error);
  }
  refresh(proxy.name);
}

/** of(): the proxy as it is then */
export function powerSwitch(of) {
  const button = h('button', { type: 'button', role: 'switch', class: 'power',
    disabled: !mayChange(), onclick: () => once(button, () => turn(of())) },
  h('i', { 'aria-hidden': 'true' }));

  return button;
}

export function showPower(button, proxy) {
  setAttribute(button, 'aria-checked', String(proxy.enabled));
  setAttribute(button, 'aria-label', `${visible(proxy.name)}: ${
    proxy.enabled ? 'on' : 'off'}`);
}

// ---- the spark

const sparkLine = (className) => s('path', { class: className, d: '' });

function pathOf(history, column, most) {
  const step = WIDE / 59, begin = WIDE - (history.length - 1) * step;
  let d = '';

  for (let i = 0; i < history.length; i++) {
    const y = HIGH - 1 - history.at(i, column) / most * (HIGH - 3);

    d += `${i === 0 ? 'M' : 'L'}${(begin + i * step).toFixed(1)} ${
      y.toFixed(1)}`;
  }
  return d;
}

/* Both on one scale, so that they can be compared. */
function showSpark({ up, down, spark }, { history }) {
  let most = 1000; // what is hardly anything looks so

  for (let i = 0; i < history.length; i++)
    most = Math.max(most, history.at(i, 0), history.at(i, 1));
  setAttribute(up, 'd', pathOf(history, 0, most));
  setAttribute(down, 'd', pathOf(history, 1, most));
  setClass(spark, 'idle', history.length === 0);
}

// ---- the row

const partsOf = new WeakMap();

const cell = (column, ...children) =>
  h('div', { role: 'cell', class: `cell ${column}` }, children);

export function makeRow(item) {
  const parts = { known: item, proxy: null, health: null };
  const p = parts;

  p.power = powerSwitch(() => p.known.proxy);
  p.link = h('a', { class: 'to', href: '#/' });
  p.addresses = h('span', { class: 'addresses' });
  p.lease = h('span', { class: 'lease' });
  p.toxics = h('div', { class: 'chips' });
  p.sessions = h('span', { class: 'figure' });
  p.up = sparkLine('up');
  p.down = sparkLine('down');
  p.spark = s('svg', { class: 'spark', viewBox: `0 0 ${WIDE} ${HIGH}`,
    preserveAspectRatio: 'none', 'aria-hidden': 'true' }, p.down, p.up);
  p.upRate = h('span', { class: 'figure up' });
  p.downRate = h('span', { class: 'figure down' });
  p.failures = h('span', { class: 'figure' });
  p.restarts = h('span', { class: 'figure' });
  const row = h('div', { role: 'row', class: 'row' },
    cell('switch', p.power),
    cell('who', p.link, p.lease, p.addresses),
    cell('toxics', p.toxics),
    cell('sessions', p.sessions),
    cell('traffic', p.spark, h('span', { class: 'rates' },
      p.upRate, p.downRate)),
    cell('failures', p.failures), cell('restarts', p.restarts));

  partsOf.set(row, parts);
  return row;
}

/* What its clients meet comes before what their bytes do. */
function showChips(p, { connect, toxics }) {
  const first = connect ? [connectChip(connect, store.connect)] : [];
  const shown = toxics.slice(0, CHIPS - first.length);

  p.toxics.replaceChildren(...first,
    ...shown.map((one) => chip(one, store.kinds)));
  if (toxics.length > shown.length)
    p.toxics.append(h('span', { class: 'chip none rest' },
      `+ ${toxics.length - shown.length}`));
}

function showProxy(p, row, proxy) {
  showPower(p.power, proxy);
  setAttribute(p.link, 'href', link('proxy', [proxy.name]));
  p.link.replaceChildren(name(proxy.name));
  p.addresses.replaceChildren(
    h('bdi', {}, visible(proxy.listen)),
    h('span', { class: 'arrow', role: 'img', 'aria-label': 'to' }, ' → '),
    h('bdi', {}, visible(proxy.upstream)));
  setAttribute(p.addresses, 'title',
    `${visible(proxy.listen)} → ${visible(proxy.upstream)}`);
  setClass(row, 'off', !proxy.enabled);
  setClass(row, 'halted', proxy.halted);
  showChips(p, proxy);
}

const rateText = (n) => Number.isNaN(n) ? '–' : `${bytes(n)}/s`;

function showFigures(p, known) {
  const { health } = known;

  setText(p.sessions, health ? count(health.open_sessions) : '–');
  setText(p.upRate, `↑ ${rateText(known.up)}`);
  setText(p.downRate, `↓ ${rateText(known.down)}`);
  setText(p.failures, health ? count(health.dial_failures) : '–');
  setText(p.restarts, health ? count(health.worker_restarts) : '–');
  for (const [figure, n] of [[p.failures, health?.dial_failures],
    [p.restarts, health?.worker_restarts]]) {
    setClass(figure, 'bad', n > 0);
    setClass(figure.parentElement, 'zero', !n);
  }
  setAttribute(p.failures, 'title', health?.last_dial_error?.text);
  showSpark(p, known);
}

/** Called at each scroll, too: what is as it was is left alone. */
export function updateRow(row, known, index) {
  const p = partsOf.get(row);

  p.known = known;
  setAttribute(row, 'aria-rowindex', index + 2);
  if (p.proxy !== known.proxy)
    showProxy(p, row, p.proxy = known.proxy);
  if (p.health !== known.health || known.health === null)
    showFigures(p, known);
  p.health = known.health;
  const ms = left(known, known.proxy);

  setText(p.lease, ms === null ? '' : `gone in ${duration(ms)}`);
}
