// SPDX-License-Identifier: ISC
// Numbers, times and names, as people read them.

import { h } from './dom.js';

// ---- names

/*
 * What would not be seen, or would turn around what stands beside it: a name is
 * to look like no other.  Joiners and variants stay where scripts and emoji are
 * made of them: not beside a letter of ASCII.
 */
const HIDDEN = new RegExp(
  '[\\u0000-\\u001f\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160' +
  '\\u17b4\\u17b5\\u180b-\\u180e\\u2000-\\u200b\\u200e\\u200f' +
  '\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufeff\\uffa0' +
  '\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}]|' +
  '(?<![^\\0-\\x7f])[\\u200c\\u200d\\ufe00-\\ufe0f]', 'gu');

export const visible = (text) => String(text).replace(HIDDEN, (c) =>
  `‹${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}›`)
  .replace(/^ +| +$/g, (blanks) => '␣'.repeat(blanks.length));

/** A name in a text of ours: whichever way it runs, that goes on as it did. */
export const name = (text, className = 'name') =>
  h('bdi', { class: className, title: visible(text) }, visible(text));

// ---- numbers

const grouped = new Intl.NumberFormat('en');

export const count = (n) => grouped.format(n);

export const plural = (n, one, many = `${one}s`) =>
  `${count(n)} ${n === 1 ? one : many}`;

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** "0 B", "999 B", "1.20 KB", "12.0 KB", "120 KB": of 1000 bytes, as a rate */
export function bytes(n) {
  let i = 0, value = n;

  while (value >= 999.5 && i < SIZES.length - 1) {
    value /= 1000;
    i++;
  }
  if (i === 0)
    return `${Math.round(value)} B`;
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${
    SIZES[i]}`;
}

/** Of each direction: "↑ 70 B  ↓ 900 B" */
export const bytesBothWays = ({ upstream, downstream }) =>
  `↑ ${bytes(upstream)}  ↓ ${bytes(downstream)}`;

export const rate = (n) => `${bytes(n)}/s`;

/** "0.25", "100", "1,500": with no zeros that say nothing */
export const number = (n) => typeof n !== 'number' ? String(n) :
  Number.isInteger(n) ? count(n) : String(Number(n.toPrecision(6)));

// ---- times

/** "840 ms", "12.4 s", "3 min 12 s", "5 h 12 min", "3 d 4 h" */
export function duration(ms) {
  const seconds = ms / 1000;

  if (ms < 1000)
    return `${Math.round(ms)} ms`;
  if (seconds < 60)
    return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  if (seconds < 3600)
    return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400)
    return `${Math.floor(seconds / 3600)} h ${
      Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${
    Math.floor(seconds % 86400 / 3600)} h`;
}

/** "just now", "4 s ago" */
export const ago = (ms) => ms < 1500 ? 'just now' : ms < 59500 ?
  `${Math.round(ms / 1000)} s ago` : `${duration(ms)} ago`;

const clocks = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit', minute: '2-digit', second: '2-digit' });
const days = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
  second: '2-digit' });

/** "14:02:33", and the day where it is another than today */
export function clock(time) {
  const date = new Date(time);

  if (Number.isNaN(date.getTime()))
    return '';
  return (date.toDateString() === new Date().toDateString() ? clocks : days)
    .format(date);
}
