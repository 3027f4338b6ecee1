// SPDX-License-Identifier: ISC
// The API of toxid, see toxid-api(7): one function a request, and an error
// that has the API's own words.

// The pages lie one below it: also where something in between has put both
// elsewhere than at "/".
const BASE = new URL('../', document.baseURI);
const KEY = 'toxid.token';
const PATIENCE_MS = 30000; // toxid has answered after 25 s

/** status 0: it was not answered */
export class ApiError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

// ---- who calls

/*
 * No cookie: that would be sent to each other port of the host, too, and
 * through proxies to their upstreams.  It goes when the tab does.
 */
export const token = () => sessionStorage.getItem(KEY);

export function setToken(text) {
  if (text === null)
    sessionStorage.removeItem(KEY);
  else
    sessionStorage.setItem(KEY, text);
}

let tenant = null; // an admin acts for it

export const actingFor = () => tenant;

export function actFor(name) {
  tenant = name;
}

/** What each call of these pages has; the first is what no other site's has. */
export function headers(of = tenant) {
  const all = { 'X-Toxid-UI': '1' };

  if (token() !== null)
    all.Authorization = `Bearer ${token()}`;
  if (of !== null)
    all['X-Toxid-Tenant'] = of;
  return all;
}

// ---- what hears of each answer

const watchers = new Set();

/** f(status): of each that has come, and 0 where none has */
export function onAnswer(f) {
  watchers.add(f);
}

export function heard(status) {
  for (const f of watchers)
    f(status);
}

// ---- JSON, with integers of 64 bits

const LARGE = /\d{16}/;

/* What a double would round stays as it is written, where a browser can. */
function keep(key, value, context) {
  if (typeof value === 'number' && !Number.isSafeInteger(value) &&
      /^-?\d+$/.test(context?.source ?? '') && JSON.rawJSON)
    return JSON.rawJSON(context.source);
  return value;
}

export const parse = (text) =>
  LARGE.test(text) ? JSON.parse(text, keep) : JSON.parse(text);

/** An integer as somebody has typed it, however long: [+-]DIGITS */
export function integer(typed) {
  const text = typed.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');

  return Number.isSafeInteger(Number(text)) ? Number(text) :
    JSON.rawJSON?.(text) ?? Number(text);
}

/** A number as it is read: of a raw one, its text */
export const shown = (value) =>
  value !== null && typeof value === 'object' && 'rawJSON' in value ?
    value.rawJSON : String(value);

// ---- requests

/*
 * "/" and all else may be in a name.  These two are none in a browser's path,
 * in any spelling: it would ask for something else.
 */
function segment(name) {
  if (name === '.' || name === '..')
    throw new ApiError(0, `a browser cannot ask for “${name}”: use toxictl`);
  return encodeURIComponent(name);
}

export const path = (...segments) => segments.map(segment).join('/');

export const urlOf = (where) => new URL(where, BASE);

/* The API's are JSON; what stands before it has texts, or pages. */
function words(status, text) {
  try {
    const error = JSON.parse(text).error;

    if (typeof error === 'string')
      return error;
  } catch { /* then the text */ }
  return text !== '' && !text.startsWith('<') ? text.trim() :
    `toxid answers ${status}`;
}

async function answerOf(reply) {
  const text = await reply.text();

  heard(reply.status);
  if (!reply.ok && reply.status !== 503)
    throw new ApiError(reply.status, words(reply.status, text));
  if (reply.status === 503 && !text.includes('"ready"')) // but of /health
    throw new ApiError(503, words(503, text));
  return text === '' ? null : parse(text);
}

async function call(method, where, body, { signal, of } = {}) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let reply;

  try {
    reply = await fetch(urlOf(where), {
      method, headers: headers(of), cache: 'no-store', redirect: 'error',
      credentials: 'omit',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted)
      throw error;
    heard(0);
    throw new ApiError(0, 'toxid does not answer');
  }
  return answerOf(reply);
}

const get = (where, more) => call('GET', where, undefined, more);

const query = (values) => {
  const q = new URLSearchParams(Object.entries(values).filter(
    ([, value]) => value));

  return q.size > 0 ? `?${q}` : '';
};

// ---- proxies

export const proxies = (of) => get('proxies', { of });
export const proxy = (name) => get(path('proxies', name));
export const makeProxy = (body) => call('POST', 'proxies', body);
export const changeProxy = (name, body) =>
  call('PATCH', path('proxies', name), body);
export const deleteProxy = (name) => call('DELETE', path('proxies', name));
export const profile = (name) => get(path('proxies', name, 'profile'));
export const applyProfile = (name, body) =>
  call('POST', path('proxies', name, 'profile'), body);
export const removeProfile = (name) =>
  call('DELETE', path('proxies', name, 'profile'));
export const leaseProxy = (name, ttl) =>
  call('POST', path('proxies', name, 'lease'), { ttl });
export const leaseToxic = (name, toxic, ttl) =>
  call('POST', path('proxies', name, 'toxics', toxic, 'lease'), { ttl });
export const reset = () => call('POST', 'reset');
export const scenarios = () => get('scenarios');
export const addScenario = (body) => call('POST', 'scenarios', body);
/** That one, and no other of its name */
export const removeScenario = ({ name, id }) =>
  call('DELETE', path('scenarios', name) + query({ id }));
/** Networks by name: which there are */
export const profiles = () => get('profiles');

// ---- toxics; of: {proxy}, or {proxy, session}: where they are

const toxicsOf = ({ proxy: name, session: id }, ...toxic) =>
  id === undefined ? path('proxies', name, 'toxics', ...toxic) :
    path('proxies', name, 'sessions', id, 'toxics', ...toxic);

export const toxics = (of) => get(toxicsOf(of));
export const addToxic = (of, body) => call('POST', toxicsOf(of), body);
export const changeToxic = (of, toxic, body) =>
  call('PATCH', toxicsOf(of, toxic), body);
export const removeToxic = (of, toxic) => call('DELETE', toxicsOf(of, toxic));

// ---- what is counted

export const health = () => get('health');
export const healthOfProxies = () => get('health/proxies');
export const healthOf = (name) => get(path('proxies', name, 'health'));
export const stats = (name) => get(path('proxies', name, 'stats'));

// ---- sessions; name: of one proxy, or null

const sessionsOf = (name) =>
  name === null ? 'sessions' : path('proxies', name, 'sessions');

export const sessions = (name, { cursor, state, client } = {}) =>
  get(sessionsOf(name) + query({ cursor, state, client }));
export const session = (name, id) => get(path('proxies', name, 'sessions', id));
export const endSession = (name, id, mode) => call('DELETE',
  path('proxies', name, 'sessions', id) + query({ mode }));

// ---- the rest

export const whoAmI = (of) => get('tenant', { of });
export const halted = () => get('halt');
export const halt = () => call('POST', 'halt');
export const resume = () => call('POST', 'resume');
/** The newest id, without what has happened */
export const eventsNow = () => get('events?wait=0');

async function table(file) {
  const reply = await fetch(new URL(file, document.baseURI),
    { headers: headers(), credentials: 'omit' });

  if (!reply.ok)
    throw new ApiError(reply.status, `${file} is not there`);
  return JSON.parse(await reply.text());
}

/** Each kind of toxic, with its attributes, their units and bounds */
export const kinds = () => table('toxics.json');
/** What a proxy's connect may have, in the same way */
export const connectMembers = () => table('connect.json');
/** ... and a wave; how many there may be of a toxic */
export const waveMembers = () => table('wave.json');
