// SPDX-License-Identifier: ISC
// All clear: every proxy is enabled, no toxic is left, and what clients meet is
// as usual.  What there was is kept, and put back by the same API when somebody
// wants it back.

import { asNew, isOfScenario, isOver, scenarioAsNew } from './again.js';
import * as api from './api.js';
import { store } from './store.js';
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

/* Where somebody has made another of its name, or has deleted its proxy, there
 * is nothing to put back: false. */
async function isBack(f) {
  try {
    await f();
  } catch (error) {
    if (error.status !== 409 && error.status !== 404)
      throw error;
    return false;
  }
  return true;
}

async function connectAgain({ name, connect }) {
  if ((await api.proxy(name)).connect)
    throw new api.ApiError(409, 'somebody has set it since');
  await api.changeProxy(name, { connect });
}

/* In the order of their chains, and then as disabled as it was; counts. */
async function restore(proxy, since, counts) {
  for (const toxic of proxy.toxics) {
    const ms = Date.now() - since;

    if (!isOver(toxic, ms) && !isOfScenario(toxic) && await isBack(
      () => api.addToxic({ proxy: proxy.name }, asNew(toxic, ms))))
      counts.toxics++;
  }
  for (const scenario of proxy.scenarios ?? []) {
    if (await isBack(() => api.addScenario(
      scenarioAsNew(scenario, Date.now() - since))))
      counts.scenarios++;
  }
  if (proxy.connect && await isBack(() => connectAgain(proxy)))
    counts.connects++;
  if (!proxy.enabled && await isBack(
    () => api.changeProxy(proxy.name, { enabled: false })))
    counts.disabled++;
}

/* What /reset would change of these, each with the scenario on it */
const changedBy = (proxies, scenarios) => proxies.map((proxy) => ({ ...proxy,
  scenarios: scenarios.filter((one) => one.proxy === proxy.name) })).filter(
  (proxy) => proxy.toxics.length > 0 || proxy.scenarios.length > 0 ||
    proxy.connect || !proxy.enabled);

const sum = (proxies, numberOf) =>
  proxies.reduce((n, proxy) => n + numberOf(proxy), 0);

const countOf = (proxies) => ({
  toxics: sum(proxies, ({ toxics }) => toxics.filter(
    (toxic) => !isOfScenario(toxic)).length),
  scenarios: sum(proxies, ({ scenarios }) => scenarios.length),
  connects: proxies.filter((proxy) => proxy.connect).length,
  disabled: proxies.filter((proxy) => !proxy.enabled).length });

const told = ({ toxics, scenarios, connects, disabled }) => [
  toxics > 0 && plural(toxics, 'toxic'),
  scenarios > 0 && plural(scenarios, 'scenario'),
  connects > 0 && plural(connects, 'connect'),
  disabled > 0 && plural(disabled, 'disabled proxy', 'disabled proxies')]
  .filter(Boolean).join(' and ') || 'nothing';

// ---- what there was: also when this page is loaded again, in this tab

const KEY = 'toxid.cleared';

const who = () => api.actingFor() ?? store.me?.tenant ?? '';

function remember(cleared) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(cleared));
  } catch { /* there is no room for so much: until this page is left */ }
}

export const forgetCleared = () => sessionStorage.removeItem(KEY);

function undoOf({ of, since, before }) {
  return async () => {
    const counts = { toxics: 0, scenarios: 0, connects: 0, disabled: 0 };

    if (of !== who()) // another's proxies have the same names
      throw new Error('it was of another tenant');
    const errors = await each(before,
      (proxy) => restore(proxy, since, counts));

    if (errors.length > 0)
      throw new Error(`${plural(errors.length, 'proxy', 'proxies')} of ${
        before.length}: ${errors[0].message}`);
    return `${told(counts)} put back.`;
  };
}

/** How what was cleared before comes back, for who we are now; or undefined */
export function undoOfBefore() {
  const text = sessionStorage.getItem(KEY);
  const cleared = text === null ? null : api.parse(text);

  return cleared?.of === who() ? undoOf(cleared) : undefined;
}

/**
 * Does it.  {text, undo}: what was done; how it is undone, which says what is
 * then, or throws; nothing where there was nothing to do.  After an error it
 * may have been done in part: error.undo.
 */
export async function allClear() {
  const before = changedBy(Object.values(await api.proxies()),
    await api.scenarios());
  const cleared = { of: who(), since: Date.now(), before };
  const undo = before.length > 0 ? undoOf(cleared) : undefined;

  forgetCleared();
  if (before.length > 0)
    remember(cleared);
  try {
    await api.reset();
  } catch (error) {
    error.undo = undo;
    throw error;
  }
  return { undo, text: before.length > 0 ?
    `All clear: ${told(countOf(before))} gone.` :
    'It was clear already: every proxy is on, without toxics.' };
}
