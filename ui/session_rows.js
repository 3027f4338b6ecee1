// SPDX-License-Identifier: ISC
// A session in a line, one that is there or one that has ended.

import * as api from './api.js';
import { h, once, setAttribute, setText } from './dom.js';
import { link } from './router.js';
import { openSession } from './session_detail.js';
import { mayChange, timeOf } from './store.js';
import { ago, bytes, bytesBothWays, count, duration, name, visible } from
  './text.js';
import { failed, toast } from './toasts.js';

const cell = (column, ...children) =>
  h('div', { role: 'cell', class: `cell ${column}` }, children);


// ---- one that is there

const GONE = { close: 'is closed', reset: 'is reset' };

async function end(session, mode) {
  try {
    await api.endSession(session.proxy, session.id, mode);
    toast(`The session of ${visible(session.client ?? 'a client')} ${
      GONE[mode]}.`, { seconds: 5 });
  } catch (error) {
    failed(error);
  }
}

const partsOf = new WeakMap();

export function makeLive(session) {
  const text = () => h('span', { class: 'figure' });
  const parts = { session, age: text(), bytes: text(), held: text(),
    state: h('span'), address: h('span', { class: 'address' }) };
  const client = visible(session.client ?? 'a client');
  const button = (mode, label, className) => h('button', { type: 'button',
    class: className, 'aria-label': `${label} the session of ${client}`,
    onclick: (event) => once(event.currentTarget,
      () => end(parts.session, mode)) }, label);
  const row = h('div', { role: 'row', class: 'row' },
    cell('proxy', h('a', { href: link('proxy', [session.proxy]) },
      name(session.proxy))),
    cell('client', h('button', { type: 'button', class: 'link',
      onclick: () => openSession(parts.session) },
    h('bdi', {}, client)), parts.address),
    cell('state', parts.state), cell('age', parts.age),
    cell('bytes', parts.bytes), cell('held', parts.held),
    cell('act', mayChange() && [button('close', 'Close', ''),
      button('reset', 'Reset', 'danger')]));

  partsOf.set(row, parts);
  return row;
}

export function showLive(row, session) {
  const parts = partsOf.get(row);

  if (parts.shown === session)
    return;
  parts.session = parts.shown = session;
  setText(parts.address, ` → ${visible(session.address ?? session.upstream)}`);
  setText(parts.state, session.state);
  setAttribute(parts.state, 'class', `state ${session.state}`);
  setText(parts.age, duration(session.age_ms));
  setText(parts.bytes, bytesBothWays(session.bytes));
  setText(parts.held, bytes(session.held_bytes));
}

// ---- one that has ended

/** As ?state=ended has them, the oldest first; the newest first */
export function endedOfReply(sessions) {
  const now = Date.now(), like = new Map();

  // of those that have no id none is another's when one more has ended
  function keyOf({ ended_ms: _, ...rest }) {
    const text = JSON.stringify(rest), n = like.get(text) ?? 0;

    like.set(text, n + 1);
    return rest.id ?? `${text}/${n}`;
  }
  return sessions.map((one) => ({ key: keyOf(one), proxy: one.proxy,
    client: one.client, why: one.why, toxic: one.toxic, at: now - one.ended_ms,
    age: one.age_ms, bytes: one.bytes, times: one.sessions })).reverse();
}

/* "10.1.2.3", or with a port, as ?client= takes it */
const isOf = (client, address) => client === '' || client === address ||
  client.replace(/^\[(.*)\]$/, '$1') ===
    address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** As events have them */
export const endedOfEvents = (events, client) => events
  .filter((event) => event.event === 'session_ended' &&
    isOf(client, event.client ?? ''))
  .map((event) => ({ key: String(event.id), proxy: event.proxy,
    client: event.client, why: event.why, toxic: event.toxic,
    at: timeOf(event), age: event.age_ms,
    bytes: event.bytes_upstream === undefined ? null :
      { upstream: event.bytes_upstream, downstream: event.bytes_downstream },
    times: event.times ?? 1 })).reverse();

export function makeEnded(one) {
  const parts = { at: h('span', { class: 'figure' }) };
  const client = one.client === null || one.client === undefined ?
    '' : visible(one.client);
  const row = h('div', { role: 'row', class: 'row' },
    cell('proxy', h('a', { href: link('proxy', [one.proxy]) },
      name(one.proxy))),
    cell('client', h('bdi', {}, client), one.times > 1 && h('b', {},
      ` × ${count(one.times)}`)),
    cell('why', h('span', { title: visible(one.why) }, visible(one.why)),
      one.toxic && [': ', h('a', { href: link('proxy', [one.proxy],
        { toxic: one.toxic }) }, name(one.toxic))]),
    cell('ended', parts.at),
    cell('age', h('span', { class: 'figure' }, one.age === undefined ? '–' :
      duration(one.age))),
    cell('bytes', h('span', { class: 'figure' }, one.bytes ?
      bytesBothWays(one.bytes) : '–')));

  partsOf.set(row, parts);
  return row;
}

export function showEnded(row, one) {
  setText(partsOf.get(row).at, ago(Math.max(0, Date.now() - one.at)));
}
