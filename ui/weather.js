// SPDX-License-Identifier: ISC
// A toxic is weather on a wire: a sign for each kind, and what one says in a
// few words.

import { h, s } from './dom.js';
import { selectWords } from './selects.js';
import { bytes, duration, name, number, visible } from './text.js';

const CLOUD = 'M4.7 10.5a2.6 2.6 0 0 1 .4-5.2 3.7 3.7 0 0 1 ' +
  '7.1.9 2.2 2.2 0 0 1-.5 4.3z';

// On 16 by 16; the families give the colours.
const SIGNS = {
  latency: ['slow', 'M2 5h9M4 8h10M2 11h8'],            // fog
  bandwidth: ['thin', 'M2 3l4.5 5L2 13M14 3L9.5 8l4.5 5'], // a strait
  slow_close: ['slow', 'M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5v3l2 1.5'],
  timeout: ['cut', 'M8 2v12M2.8 5l10.4 6M13.2 5L2.8 11'], // frost
  reset_peer: ['cut', 'M9 1.5L4 9h4l-1 5.5L12 7H8z'],   // lightning
  slicer: ['thin', CLOUD + 'M5 13.5h.1M8 12.5h.1M11 13.5h.1'], // hail
  limit_data: ['cut', 'M2 12h12M4.5 12a3.5 3.5 0 0 1 7 0M8 3v3' +
    'M3.5 5.5l1.5 1.5M12.5 5.5L11 7'],           // sunset
  packet_loss: ['loss', CLOUD + 'M5.5 12.5l-.6 2M8.5 12.5l-.6 2' +
    'M11.5 12.5l-.6 2'],                              // rain
  tcp_loss: ['loss', CLOUD + 'M4.5 12l1.5 2.5L7.5 12M9 12l1.5 2.5L12 12'],
  corrupt: ['loss', CLOUD + 'M6 12l4 3M10 12l-4 3'],
  truncate: ['cut', 'M1.5 8H10M12.5 3.5v9'],
  close: ['cut', 'M2 8h3.5M10.5 8H14M6 5l4 6M10 5L6 11'],
  unplug: ['cut', 'M1.5 8H6M6 4.5v7M14.5 8H12M12 4.5v7M12 6.3H9.3M12 9.7H9.3'],
  noop: ['none', 'M8 4.5a3.5 3.5 0 1 0 .01 0M8 1v1M8 14v1M1 8h1M14 8h1'],
};
const OTHER = ['none', 'M8 3v6M8 12.5h.1'];

export const family = (type) => (SIGNS[type] ?? OTHER)[0];

export const signPath = (type) => (SIGNS[type] ?? OTHER)[1];

export const sign = (type) => s('svg', { class: 'sign', viewBox: '0 0 16 16',
  'aria-hidden': 'true' }, s('path', { d: signPath(type) }));

// ---- whose it is

/** Of "profile:3g": {kind, name}; of a toxic that is nobody's: null */
export function ownerOf({ owner }) {
  const [, kind, name] = /^([^:]+):(.*)$/s.exec(owner ?? '') ?? [];

  return kind === undefined ? null : { kind, name };
}

export const isOfProfile = (toxic) => ownerOf(toxic)?.kind === 'profile';

/** "profile 3g", or "" */
export const ownerText = (toxic) => {
  const owner = ownerOf(toxic);

  return owner === null ? '' : `${owner.kind} ${visible(owner.name)}`;
};

// ---- values

/** "sine ± 50 ms in 10 s" */
const waveText = (attribute, { shape, period, amplitude }) => `${shape} ± ${
  value(attribute, amplitude)} in ${value({ unit: 'ms' }, period)}`;

/** "500 ms", "1.2 MB", "64.0 KB/s", "25 %" */
export function value(attribute, is) {
  if (attribute.kind === 'wave')
    return is === null ? 'none' : waveText(attribute.of, is);
  if (attribute.kind === 'fraction')
    return `${number(is * 100)} %`;
  if (attribute.kind === 'select')
    return selectWords(is).join(', ') || 'all';
  if (attribute.kind === 'integers' || attribute.kind === 'texts')
    return is.length > 0 ? is.join(', ') : 'none';
  if (typeof is !== 'number')
    return String(is.rawJSON ?? is);
  switch (attribute.unit) {
  case 'ms': return Math.abs(is) < 10000 ? `${number(is)} ms` : duration(is);
  case 'us': return `${number(is)} µs`;
  case 'bytes': return is >= 10000 ? bytes(is) : `${number(is)} B`;
  case 'KB/s': return is >= 10000 ? `${bytes(is * 1000)}/s` :
    `${number(is)} KB/s`;
  default: return number(is);
  }
}

/* The attributes that say how strong it is: ["500 ms", "jitter 50 ms"] */
function strengths(toxic, kinds) {
  const kind = kinds.find((one) => one.name === toxic.type);
  const parts = (kind?.attributes ?? []).flatMap((attribute, i) => {
    const is = toxic.attributes[attribute.name];
    const wave = toxic.wave?.[attribute.name];
    const isNothing = is === undefined || (i > 0 && (is === 0 || is === '' ||
      is.length === 0 || (attribute.kind === 'fraction' &&
        is === attribute.default)));

    return [!isNothing && value(attribute, is),
      wave && waveText(attribute, wave)].filter(Boolean)
      .map((text) => i === 0 ? text : `${attribute.name} ${text}`);
  });

  if (toxic.toxicity < 1)
    parts.push(`on ${number(Math.max(0, toxic.toxicity) * 100)} %`);
  return [...parts, ...selectWords(toxic.select ?? {})];
}

/** ... in one text */
export const strength = (toxic, kinds) => strengths(toxic, kinds).join(', ');

const ARROWS = { upstream: '↑', downstream: '↓' };

/** A toxic in so little room: what has none left is not seen at all. */
export function chip(toxic, kinds) {
  const says = [...strengths(toxic, kinds), ownerText(toxic)].filter(Boolean);

  return h('span', { class: `chip ${family(toxic.type)}`,
    title: [`${toxic.type}, ${toxic.stream}`, says.join(', ')]
      .filter(Boolean).join(': ') },
  h('span', { class: 'what' }, sign(toxic.type),
    h('span', { class: 'way', 'aria-hidden': 'true' }, ARROWS[toxic.stream]),
    h('span', { class: 'unseen' }, `${toxic.stream} `), name(toxic.name)),
  says.map((part) => h('span', { class: 'says' }, part)));
}
