// SPDX-License-Identifier: ISC
// All clear: every proxy is enabled and no toxic is left.  What there was is
// kept, and put back by the same API when somebody wants it back.

import * as api from './api.js';
import { plural } from './text.js';

const AT_ONCE = 4; // a browser has no more connections to spare

/* f(item) of all, some at once; the errors of those that failed */
async function each(items, f) {
  const errors = [], rest = [...items];

  async function work() {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await f(item);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return errors;
}

/* A toxic as it was, for as long as it would have been there. */
function again({ expires_in: expires, ...toxic }, elapsed) {
  return expires === undefined ? toxic :
    { ...toxic, ttl: Math.ceil(expires - elapsed) };
}

/* In the order of their chains, and then as disabled as it was. */
async function restore(proxy, since) {
  for (const toxic of proxy.toxics) {
    const body = again(toxic, performance.now() - since);

    if (body.ttl !== undefined && body.ttl <= 0)
      continue; // it would be gone by now
    try {
      await api.addToxic(proxy.name, body);
    } catch (error) {
      if (error.status !== 409) // somebody has made another of that name
        throw error;
    }
  }
  if (!proxy.enabled)
    await api.changeProxy(proxy.name, { enabled: false });
}

/* What /reset would change of these */
const changedBy = (proxies) => proxies.filter(
  (proxy) => proxy.toxics.length > 0 || !proxy.enabled);

function told(proxies) {
  const toxics = proxies.reduce((n, proxy) => n + proxy.toxics.length, 0);
  const disabled = proxies.filter((proxy) => !proxy.enabled).length;

  return [toxics > 0 && plural(toxics, 'toxic'),
    disabled > 0 && plural(disabled, 'disabled proxy', 'disabled proxies')]
    .filter(Boolean).join(' and ');
}

/**
 * Does it.  {text, undo}: what was done; how it is undone, which says what is
 * then, or throws; nothing where there was nothing to do.  After an error it
 * may have been done in part: error.undo.
 */
export async function allClear() {
  const before = changedBy(Object.values(await api.proxies()));
  const since = performance.now();

  async function undo() {
    const errors = await each(before, (proxy) => restore(proxy, since));

    if (errors.length > 0)
      throw new Error(`${plural(errors.length, 'proxy', 'proxies')} of ${
        before.length}: ${errors[0].message}`);
    return `${told(before)} put back.`;
  }

  try {
    await api.reset();
  } catch (error) {
    error.undo = before.length > 0 ? undo : undefined;
    throw error;
  }
  if (before.length === 0)
    return { text: 'It was clear already: every proxy is on, without toxics.' };
  return { text: `All clear: ${told(before)} gone.`, undo };
}
