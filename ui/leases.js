// SPDX-License-Identifier: ISC
// What goes by itself, the next first.

import * as api from './api.js';
import { h, once, setText } from './dom.js';
import { refresh } from './follow.js';
import { link } from './router.js';
import { left, mayChange, store } from './store.js';
import { count, duration, name, visible } from './text.js';
import { failed, toast } from './toasts.js';

const SHOWN = 50; // of thousands, those that go next

/* [{key, proxy, toxic, ms}]; toxic: its name, or null */
function all() {
  return [...store.proxies.values()].flatMap((known) => [
    { proxy: known.name, toxic: null, ms: left(known, known.proxy) },
    ...known.proxy.toxics.map((toxic) => ({ proxy: known.name,
      toxic: toxic.name, ms: left(known, toxic) }))])
    .filter(({ ms }) => ms !== null).sort((a, b) => a.ms - b.ms);
}

async function renew({ proxy, toxic }, ttl) {
  try {
    if (toxic === null)
      await api.leaseProxy(proxy, ttl);
    else
      await api.leaseToxic(proxy, toxic, ttl);
    toast(`${visible(toxic ?? proxy)} stays ${ttl === 0 ? 'for good' :
      `for ${duration(ttl)} from now on`}.`);
    refresh(proxy);
  } catch (error) {
    failed(error);
  }
}

const TERMS = [['10 min', 600000], ['1 h', 3600000], ['For good', 0]];

function row(lease) {
  const what = visible(lease.toxic ?? lease.proxy);
  const time = h('span', { class: 'figure' });
  const shown = h('tr', {}, h('th', { scope: 'row' }, h('a', {
    href: link('proxy', [lease.proxy], { toxic: lease.toxic }) },
  name(lease.toxic ?? lease.proxy)), lease.toxic && [' on ',
    name(lease.proxy)]), h('td', {}, time),
  h('td', { class: 'act' }, mayChange() && TERMS.map(([text, ttl]) =>
    h('button', { type: 'button', 'aria-label': ttl === 0 ?
      `Keep ${what} for good` : `Keep ${what} for ${text} from now on`,
    onclick: (event) => once(event.currentTarget,
      () => renew(lease, ttl)) }, text))));

  return { shown, time };
}

export function leasesPart() {
  const body = h('tbody'), more = h('p', { class: 'hint' });
  const table = h('table', {}, h('thead', {}, h('tr', {}, ['What', 'Gone in',
    'Keep it'].map((text) => h('th', { scope: 'col' }, text)))), body);
  const shown = h('section', { class: 'card' }, h('h2', {}, 'Leases'),
    h('div', { class: 'scroll', tabindex: 0, role: 'group',
      'aria-label': 'Leases' }, table), more);
  let said = null, times = [];

  /* Rows are made anew only where there are others. */
  function update() {
    const found = all(), next = found.slice(0, SHOWN);
    const now = next.map(({ proxy, toxic }) => [proxy, toxic]);

    if (JSON.stringify(now) !== said) {
      said = JSON.stringify(now);
      times = next.map(row);
      body.replaceChildren(...times.map((one) => one.shown));
      table.hidden = next.length === 0;
    }
    next.forEach(({ ms }, i) => setText(times[i].time, duration(ms)));
    setText(more, found.length === 0 ? 'Nothing goes by itself. What is made ' +
      'with a “ttl” does, when that has passed.' : found.length > SHOWN ?
      `and ${count(found.length - SHOWN)} more` : '');
  }
  return { shown, update };
}
