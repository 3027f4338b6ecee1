// SPDX-License-Identifier: ISC
// What is known of toxid, for all pages: they look here, and are told when
// something is another.  follow.js keeps it up to date.

import { connectTexts } from './connect.js';
import { onFrame } from './dom.js';
import { History, Rates } from './history.js';

const SPARK = 60;    // samples of each proxy
const EVENTS = 2000; // that are remembered

/** What is known of a proxy */
class Known {
  constructor(proxy) {
    this.name = proxy.name;
    this.proxy = proxy;
    this.health = null; // what is counted, once it was asked
    this.seenAt = 0;    // of proxy: expires_in counts from there
    this.askedAt = 0;   // ... and what was changed before then is in it
    this.up = this.down = NaN; // bytes a second
    this.history = new History(SPARK, 2);
    this.rates = new Rates();
    this.rank = 0;      // its place by name
    this.words = '';    // in which a filter looks
  }
}

export const store = {
  me: null,          // /tenant; null: not known, or nobody
  kinds: [],         // toxics.json
  connect: [],       // connect.json: members of a proxy's connect
  wave: null,        // wave.json: members of a wave
  profiles: [],      // /profiles
  proxies: new Map(), // by name; Known
  isLoaded: false,
  health: null,      // /health
  isHalted: false,
  events: [],        // the newest last
  missed: 0,         // events that have left the list
  // "connecting", "live", "lost" or "refused"; lastSeen: performance.now()
  connection: { state: 'connecting', lastSeen: null, why: '' },
  clockAhead: 0,     // ms, the server's before ours
};

// ---- who is told

const listeners = new Map();
const marked = new Set();

function tell() {
  const topics = [...marked];

  marked.clear();
  for (const topic of topics) {
    for (const f of [...listeners.get(topic) ?? []]) {
      try {
        f();
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/**
 * f() in the frame behind a change of it: "proxies" (which there are, and how
 * they are made), "figures" (what is counted), "events", "health",
 * "profiles", "connection", "me".  Returns what ends it.
 */
export function on(topic, f) {
  if (!listeners.has(topic))
    listeners.set(topic, new Set());
  listeners.get(topic).add(f);
  return () => listeners.get(topic).delete(f);
}

/** ... of all these */
export function onAny(topics, f) {
  const ends = topics.map((topic) => on(topic, f));

  return () => ends.forEach((end) => end());
}

export function changed(topic) {
  marked.add(topic);
  onFrame(tell);
}

// ---- who may

/** A reader looks, and that is all. */
export const mayChange = () => store.me !== null && store.me.role !== 'reader';

// ---- proxies

const order = new Intl.Collator('en', { numeric: true });

function rank() {
  [...store.proxies.values()]
    .sort((a, b) => order.compare(a.name, b.name))
    .forEach((known, i) => { known.rank = i; });
}

function learn(known, proxy, askedAt) {
  known.proxy = proxy;
  known.askedAt = askedAt;
  known.seenAt = performance.now();
  known.words = [proxy.name, proxy.listen, proxy.upstream,
    ...proxy.toxics.flatMap((toxic) => [toxic.name, toxic.type,
      toxic.owner ?? '']),
    ...connectTexts(proxy.connect)]
    .join('\n').toLowerCase();
}

/** askedAt: performance.now() as it was asked for */
export function putProxy(proxy, askedAt = performance.now()) {
  let known = store.proxies.get(proxy.name);
  const isNew = known === undefined;

  if (isNew)
    store.proxies.set(proxy.name, known = new Known(proxy));
  learn(known, proxy, askedAt);
  if (isNew)
    rank();
  changed('proxies');
}

export function dropProxy(name) {
  if (store.proxies.delete(name))
    changed('proxies');
}

/** all: an object by name, as /proxies has it */
export function putProxies(all, askedAt) {
  for (const name of [...store.proxies.keys()]) {
    if (!Object.hasOwn(all, name))
      store.proxies.delete(name);
  }
  for (const [name, proxy] of Object.entries(all)) {
    if (!store.proxies.has(name))
      store.proxies.set(name, new Known(proxy));
    learn(store.proxies.get(name), proxy, askedAt);
  }
  rank();
  store.isLoaded = true;
  changed('proxies');
}

/** What is left of a lease, of a proxy or a toxic of it; null: it has none */
export function left(known, what) {
  if (what.expires_in === undefined)
    return null;
  return Math.max(0, what.expires_in - (performance.now() - known.seenAt));
}

/** all: as /health/proxies has it */
export function putFigures(all, now) {
  for (const [name, health] of Object.entries(all)) {
    const known = store.proxies.get(name);

    if (known === undefined)
      continue;
    const rates = known.rates.next(health.bytes, now);

    known.health = health;
    known.up = rates?.up ?? NaN;
    known.down = rates?.down ?? NaN;
    if (rates !== null)
      known.history.push(rates.up, rates.down);
  }
  changed('figures');
}

// ---- events

export function putEvent(event) {
  store.events.push(event);
  if (store.events.length > EVENTS) {
    // a tenth at once: it is moved each time
    const gone = store.events.splice(0, EVENTS / 10);

    store.missed += gone.length;
  }
  changed('events');
}

/** When it was, by our clock. */
export const timeOf = (event) => Date.parse(event.at) - store.clockAhead;

/** Another caller, another tenant: nothing of the one before is left. */
export function forget() {
  store.proxies.clear();
  store.events.length = 0;
  store.missed = 0;
  store.isLoaded = false;
  store.isHalted = false;
  changed('proxies');
  changed('events');
}
