// SPDX-License-Identifier: ISC
// Keeps the store up to date.  Events say which proxy is another, and it is
// asked for; what is counted is asked for in turn.  While nobody looks at the
// page, nothing is asked: a browser has six connections to a server, for all
// of its pages together.

import * as api from './api.js';
import { Stream } from './events.js';
import { changed, dropProxy, forget, putEvent, putFigures, putProxies,
  putProxy, store } from './store.js';

const FIGURES_MS = 1000, HEALTH_MS = 3000;
const SHARE = 25;  // of our time, one part for asking what is counted
const ONE_BY_ONE = 16; // of more that have changed all are asked for
const REFRESH_MS = 60; // what changes in so long is asked for once
const REST = 3;    // so many times as long as it took nothing is asked again
const RETRY_MS = 1000, BEGIN_MS = 2000;
const PAST = 300n;     // events from before we came

// ---- proxies

const dirty = new Set();
const gone = new Set(); // while others are asked for
let allAreDirty = false, isAsking = false, asking = 0;
let restUntil = 0; // what is asked for takes no more than a part of our time

async function refreshOne(name) {
  const askedAt = performance.now();

  try {
    const proxy = await api.proxy(name);

    if (!gone.has(name))
      putProxy(proxy, askedAt);
  } catch (error) {
    if (error.status !== 404)
      throw error;
    dropProxy(name);
  }
}

function withoutGone(all) {
  for (const name of gone)
    delete all[name];
  return all;
}

/** It is gone; one of its name that is made later is heard of. */
export function drop(name) {
  dirty.delete(name);
  gone.add(name);
  dropProxy(name);
}

async function refreshDirty() {
  const names = [...dirty], all = allAreDirty || names.length > ONE_BY_ONE;
  const askedAt = performance.now();

  dirty.clear();
  allAreDirty = false;
  gone.clear();
  try {
    if (all)
      putProxies(withoutGone(await api.proxies()), askedAt);
    else
      await Promise.all(names.map(refreshOne));
  } catch { // the state behind the next connection has all
    allAreDirty ||= all;
    names.forEach((name) => dirty.add(name));
    return false;
  }
  return true;
}

/* However fast something changes, it is asked for now and then. */
function askIn(ms) {
  if (asking === 0 && !isAsking)
    asking = setTimeout(ask, Math.max(ms, restUntil - performance.now()));
}

async function ask() {
  asking = 0;
  if (isAway()) {
    askIn(RETRY_MS);
    return;
  }
  isAsking = true;
  const begun = performance.now(), isDone = await refreshDirty();
  const now = performance.now();

  isAsking = false;
  restUntil = now + REST * (now - begun);
  if (dirty.size > 0 || allAreDirty)
    askIn(isDone ? REFRESH_MS : RETRY_MS);
}

/** It is another, or gone; null: many may be. */
export function refresh(name = null) {
  if (name === null)
    allAreDirty = true;
  else
    dirty.add(name);
  askIn(REFRESH_MS);
}

// ---- events

const OF_PROXY = new Set(['proxy_created', 'proxy_changed', 'toxic_created',
  'toxic_changed', 'toxic_deleted', 'lease_renewed', 'lease_ended',
  'scenario_started', 'scenario_step', 'scenario_ended']);
const OF_MANY = new Set(['reloaded', 'halted', 'resumed', 'gap', 'upgraded']);

let known = 0; // the newest event that is in what was read
let begun = 0; // the newest one as we came

function onState(event) {
  store.clockAhead = Date.parse(event.at) - Date.now();
  store.isHalted = event.halted;
  known = event.last;
  refresh();
}

function onEvent(event) {
  if (event.event === 'state') {
    onState(event);
    return;
  }
  if (event.event === 'gap' && event.id <= begun) // nobody here has missed it
    return;
  putEvent(event);
  if (event.id <= known) // it was before we came
    return;
  if (event.event === 'halted' || event.event === 'resumed')
    askHalt();
  if (event.event === 'reloaded' || event.event === 'upgraded')
    askProfiles();
  if (OF_MANY.has(event.event))
    refresh();
  else if (event.event === 'proxy_deleted' ||
      (event.event === 'lease_ended' && event.toxic === undefined))
    drop(event.proxy);
  else if (OF_PROXY.has(event.event))
    refresh(event.proxy);
}

async function askHalt() {
  try {
    store.isHalted = (await api.halted()).halted;
    changed('proxies');
  } catch { /* the next state has it */ }
}

/* The configuration file has some of them. */
async function askProfiles() {
  try {
    store.profiles = await api.profiles();
    changed('profiles');
  } catch { /* then those that were known */ }
}

// ---- the connection

function become(state, why = '') {
  store.connection.state = state;
  store.connection.why = why;
  changed('connection');
}

const stream = new Stream({
  event: onEvent,
  open: () => become('live'),
  lost: () => become('lost'),
  refused: (error) => error.status === 401 ? nobody() :
    become('refused', error.message),
});

/**
 * Nobody answers: then the stream alone tries again, ever more seldom, and
 * whoever else asks in turn waits for it.
 */
export const isAway = () =>
  store.connection.state === 'lost' && !stream.isOpen;

api.onAnswer((status) => {
  if (status === 0) {
    if (store.connection.state === 'live')
      become('lost');
    return;
  }
  store.connection.lastSeen = performance.now();
  if (store.connection.state !== 'lost')
    return;
  if (stream.isOpen)
    become('live');
  else
    stream.hurry();
});

/* From the newest event on, and a few before it. */
async function openStream() {
  try {
    const { last } = await api.eventsNow();

    begun = last;
    const from = BigInt(last) - PAST;

    stream.open(String(from > 0n ? from : 0n));
  } catch (error) {
    if (error.status === 401)
      nobody();
    else
      stream.open(null);
  }
}

// ---- in turn

const loops = [];
let isFollowing = false;

/* f: asks, and says after how many ms it is asked again. */
function repeat(f) {
  const loop = { timer: 0, isOn: false, turn: 0 };

  async function go(turn) {
    let ms = HEALTH_MS;

    try {
      ms = isAway() ? RETRY_MS : await f();
    } catch (error) {
      if (error.status === 401)
        nobody();
    }
    if (loop.isOn && loop.turn === turn)
      loop.timer = setTimeout(go, ms, turn);
  }
  loop.start = () => {
    loop.isOn = true;
    go(++loop.turn);
  };
  loop.stop = () => {
    loop.isOn = false;
    clearTimeout(loop.timer);
  };
  loops.push(loop);
}

// Of thousands of proxies it is asked less often.
repeat(async () => {
  const begun = performance.now();
  const all = await api.healthOfProxies();

  putFigures(all, performance.now());
  return Math.max(FIGURES_MS, SHARE * (performance.now() - begun));
});

repeat(async () => {
  store.health = await api.health();
  changed('health');
  return HEALTH_MS;
});

// ---- who looks

function nobody() {
  pause();
  store.me = null;
  become('refused', 'sign in');
  changed('me');
}

function pause() {
  isFollowing = false;
  stream.close();
  loops.forEach((loop) => loop.stop());
}

function resume() {
  isFollowing = true;
  if (store.isLoaded)
    stream.open();
  else
    openStream();
  loops.forEach((loop) => loop.start());
}

/* An admin hears of all, and changes his own: so he always says whose. */
async function learnWho() {
  store.me = await api.whoAmI();
  if (store.me.role === 'admin' && store.me.tenant !== '' &&
      api.actingFor() === null)
    api.actFor(store.me.tenant);
  changed('me');
}

/** Begins anew, as whoever has signed in; throws what the API says. */
export async function start() {
  pause();
  forget();
  become('connecting');
  try {
    if (store.kinds.length === 0)
      [store.kinds, store.connect, store.wave] = await Promise.all(
        [api.kinds(), api.connectMembers(), api.waveMembers()]);
    await learnWho();
    store.profiles = await api.profiles();
    changed('profiles');
  } catch (error) {
    if (error.status === 401)
      nobody();
    else
      become('lost', error.message);
    throw error;
  }
  if (!document.hidden)
    resume();
}

/** ... until toxid is there: it may be starting.  told(error): it is not yet */
export async function begin(told) {
  try {
    await start();
  } catch (error) {
    if (error.status === 401) // somebody has to sign in first
      return;
    told?.(error);
    setTimeout(begin, BEGIN_MS, told);
  }
}

/** In another tenant, as an admin may; or else where we were. */
export async function actFor(tenant) {
  const before = api.actingFor();

  api.actFor(tenant);
  try {
    await start();
  } catch (error) {
    api.actFor(before);
    begin();
    throw error;
  }
}

document.addEventListener('visibilitychange', () => {
  if (store.me === null)
    return;
  if (document.hidden)
    pause();
  else if (!isFollowing)
    resume();
});
