// SPDX-License-Identifier: ISC
// On which connections a toxic is, and when in each: as it is typed, for which
// toxictl has the same language, and in words.

import { duration, number } from './text.js';

const MS = { ms: 1, s: 1000, m: 60000, h: 3600000 };
const TIMES = { after: 'after_ms', duration: 'duration_ms' };

// What is none goes as it is: the API says what it expects instead.
function numberOf(text) {
  const [, n, unit = 'ms'] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? [];

  return n === undefined ? text : Number(n) * MS[unit];
}

/** "first=3,clients=10.0.0.0/8,fd00::/8,after=5s" */
export function typedSelect(text) {
  const select = {};
  let last = '';

  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const [key, is] = word.split(/=(.*)/s);

    if (is === undefined && last === 'clients') {
      select.clients.push(word);
      continue;
    }
    last = key;
    if (key === 'clients')
      (select.clients ??= []).push(is ?? '');
    else
      select[TIMES[key] ?? key] = TIMES[key] || /^\d+$/.test(is) ?
        numberOf(is ?? '') : is ?? '';
  }
  return select;
}

const time = (ms) => typeof ms !== 'number' ? ms :
  ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;

/** ... and back */
export const selectText = (select) => Object.entries(select)
  .map(([key, is]) => key.endsWith('_ms') ?
    `${key.slice(0, -3)}=${time(is)}` : `${key}=${is}`).join(',');

const WORDS = { first: (n) => `the first ${number(n)}`,
  every: (n, { offset = 0 }) => `1 in ${number(n)}${
    offset > 0 ? `, from ${number(offset)}` : ''}`,
  clients: (all) => `from ${all.join(', ')}`,
  after_ms: (n) => `after ${duration(n)}`,
  duration_ms: (n) => `for ${duration(n)}` };

/** ["the first 3", "after 5.0 s"] */
export const selectWords = (select) => Object.entries(WORDS)
  .filter(([key]) => select[key] !== undefined)
  .map(([key, words]) => words(select[key], select));
