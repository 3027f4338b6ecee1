// SPDX-License-Identifier: ISC
// A proxy's connect: what clients meet before there is a connection, and what
// becomes of the dial; in words.  Where it is as usual it has nothing.

import { h, s } from './dom.js';
import { value } from './weather.js';

const DOOR = 'M3.5 14V2.5h9V14M1.5 14h13M9.8 8.3h.1';

const time = (ms) => value({ unit: 'ms' }, ms);

/** ["accept_delay", "500 ms"]: between the client and the proxy */
export const clientTexts = ({ mode, delay, syn_loss: lost } = {}) =>
  [mode, delay && time(delay), lost && `SYN loss ${lost}`].filter(Boolean);

/** ["dial timeout", "10 s late"]: between the proxy and the server */
export const dialTexts = ({ dial_delay: delay, dial_fail: fail } = {}) =>
  [fail ? `dial ${fail}` : delay && 'dial', delay && `${time(delay)} late`]
    .filter(Boolean);

/** ... both */
export const connectTexts = (connect) =>
  [...clientTexts(connect), ...dialTexts(connect)];

function says(members, name, word) {
  const member = members.find((one) => one.name === name);

  return member?.says[member.words.indexOf(word)] ?? word;
}

/**
 * "clients are let in late: 500 ms; the server refuses", or "".
 * members: as connect.json has them
 */
export function connectSays(connect, members) {
  const { mode, delay, dial_delay: dialDelay, dial_fail: fail,
    syn_loss: lost } = connect ?? {};

  return [mode && [says(members, 'mode', mode), delay && time(delay)]
    .filter(Boolean).join(': '),
  (fail || dialDelay) && [says(members, 'dial_fail', fail ?? ''),
    dialDelay && `${time(dialDelay)} late`].filter(Boolean).join(', '),
  lost && `first packets lost: ${lost}`]
    .filter(Boolean).join('; ');
}

const isCut = ({ mode, dial_fail: fail }) =>
  fail !== undefined || (mode !== undefined && mode !== 'accept_delay');

/** In so little room as a toxic has */
export function connectChip(connect, members) {
  const [first, ...rest] = connectTexts(connect);

  return h('span', { class: `chip connect ${isCut(connect) ? 'cut' : 'slow'}`,
    title: `connect: ${connectSays(connect, members)}` },
  h('span', { class: 'what' }, s('svg', { class: 'sign',
    viewBox: '0 0 16 16', 'aria-hidden': 'true' }, s('path', { d: DOOR })),
  h('span', { class: 'unseen' }, 'connect: '), first),
  rest.map((part) => h('span', { class: 'says' }, part)));
}
