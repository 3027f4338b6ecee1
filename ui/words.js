// SPDX-License-Identifier: ISC
// Events in words: as texts, or with links to what they speak of.

import { h } from './dom.js';
import { link } from './router.js';
import { bytes, duration, name, number, plural, visible } from './text.js';

// ---- what was, and is

// Of what is made or gone each event has all; these are hardly ever asked for.
const PLAIN = new Set(['toxicity', 'enabled', 'name']);

const shown = (is) => is === undefined ? 'none' :
  typeof is === 'number' ? number(is) : Array.isArray(is) ?
    `[${is.map(visible).join(', ')}]` :
    is === true ? 'yes' : is === false ? 'no' : visible(is?.rawJSON ?? is);

/* "latency 100 → 250, jitter 0 → 10" */
const changes = (event) => Object.entries(event.changed ?? {})
  .filter(([key]) => event.event.endsWith('changed') || !PLAIN.has(key))
  .map(([key, { before, after }]) => before === undefined ?
    `${key} ${shown(after)}` : after === undefined ?
      `${key} was ${shown(before)}` :
      `${key} ${shown(before)} → ${shown(after)}`).join(', ');

const CHANGES = new Set(['toxic_created', 'toxic_changed', 'toxic_deleted',
  'scenario_started', 'scenario_step', 'scenario_ended',
  'lease_ended', 'proxy_created', 'proxy_changed', 'proxy_deleted', 'halted',
  'resumed']);

export const isChange = (event) => CHANGES.has(event.event);

// ---- kinds

/*
 * Of each kind its group, and its sentence: texts, and in {} what is of the
 * event.  What is not told stays away with its words: [by {client}].
 */
const KINDS = {
  proxy_created: ['changes', '{proxy} was made'],
  proxy_changed: ['changes', '{proxy} was changed'],
  proxy_deleted: ['changes', '{proxy} was deleted'],
  toxic_created: ['changes', '{toxic} was added to {proxy}'],
  toxic_changed: ['changes', '{toxic} on {proxy} was changed'],
  toxic_deleted: ['changes', '{toxic} was removed from {proxy}'],
  lease_renewed: ['changes', 'the lease of [{toxic} on ]{proxy} was renewed'],
  lease_ended: ['changes', 'the lease of [{toxic} on ]{proxy} has ended'],
  scenario_started: ['changes', 'scenario {scenario} begins on {proxy}'],
  scenario_step: ['changes', '{proxy} is in step {step} of {scenario}'],
  scenario_ended: ['changes', 'scenario {scenario} on {proxy} is over: {why}'],
  halted: ['changes', 'all toxics are off'],
  resumed: ['changes', 'toxics are on again'],
  token_created: ['changes', 'token {changed_token} was made'],
  token_deleted: ['changes', 'token {changed_token} was revoked'],
  session_ended: ['sessions',
    '[{times} of ]{proxy}: {why}[: {toxic}]'],
  dial_failed: ['dials', '{proxy} does not reach its server: {why}'],
  limit_hit: ['limits', '[{proxy}: ]{reason}'],
  worker_died: ['processes', 'the worker of {proxy} died[ of signal {signal}]' +
    '[ with status {status}]'],
  worker_replaced: ['processes', '{proxy} has another worker'],
  process_died: ['processes', 'a process died: {role}'],
  reloaded: ['processes', 'the configuration was read again'],
  desired_applied: ['changes',
    'source {source}[ is at {generation}]: {made} made, {updated} changed, ' +
    '{replaced} replaced, {removed} removed'],
  reload_failed: ['processes', 'the configuration could not be read again'],
  upgraded: ['processes', 'toxid was upgraded'],
  gap: ['processes', 'events are missing'],
};

export const GROUPS = { changes: 'Changes', sessions: 'Sessions',
  dials: 'Dials', limits: 'Limits', processes: 'toxid' };

export const groupOf = (event) => (KINDS[event.event] ?? ['processes'])[0];

const BAD = new Set(['dial_failed', 'worker_died', 'process_died',
  'reload_failed', 'limit_hit', 'gap']);

export const isBad = (event) => BAD.has(event.event);

// ---- sentences

const WORDS = {
  step: (event) => event.step === undefined ? null : event.step + 1,
  times: (event) => event.times > 1 ? plural(event.times, 'session') : null,
  role: (event) => event.role ?? event.process ?? event.name ?? null,
};

const PARTS = {
  proxy: (text) => h('a', { href: link('proxy', [text]) }, name(text)),
  toxic: (text, event) => event.proxy === undefined ? name(text) :
    h('a', { href: link('proxy', [event.proxy], { toxic: text }) }, name(text)),
};

const wordOf = (event, key) => WORDS[key] ? WORDS[key](event) :
  event[key] === undefined || event[key] === null ? null : event[key];

/* "[...]" with a word that is not there is left out, whole. */
function clauses(template, event) {
  return template.replace(/\[([^\]]*)\]/g, (_, clause) => [...clause.matchAll(
    /\{(\w+)\}/g)].every(([, key]) => wordOf(event, key) !== null) ?
    clause : '');
}

/* part(text, key): what stands for a word of the event */
function sentenceOf(event, part) {
  const template = KINDS[event.event]?.[1] ?? event.event.replaceAll('_', ' ');

  return clauses(template, event).split(/(\{\w+\})/).filter(Boolean)
    .map((piece) => {
      const key = /^\{(\w+)\}$/.exec(piece)?.[1];

      return key === undefined ? piece : part(wordOf(event, key) ?? '', key);
    });
}

export const sentence = (event) => sentenceOf(event, (text, key) =>
  PARTS[key] ? PARTS[key](String(text), event) : visible(text));

export const sentenceText = (event) =>
  sentenceOf(event, (text) => visible(text)).join('');

/** A change in few words, where the proxy is known */
export const changeText = (event) => [event.toxic && visible(event.toxic),
  event.scenario && visible(event.scenario),
  event.event.replace(/^toxic_/, '').replaceAll('_', ' '),
  event.event === 'toxic_changed' || event.event === 'proxy_changed' ?
    changes(event) : ''].filter(Boolean).join(' ');

// What the sentence has already, or nobody reads.
const TOLD = new Set(['id', 'event', 'at', 'proxy', 'toxic', 'why', 'changed',
  'scenario', 'step',
  'reason', 'signal', 'status', 'changed_token', 'cause', 'request_id',
  'tenant']);

const AS = {
  age_ms: (ms) => `lasted ${duration(ms)}`,
  bytes_upstream: (n) => `↑ ${bytes(n)}`,
  bytes_downstream: (n) => `↓ ${bytes(n)}`,
  missed: (n) => n === null ? 'nobody knows how many' : `${number(n)} missed`,
  token: (text) => `by ${visible(text)}`,
  client: (text) => `from ${visible(text)}`,
  times: (n) => n > 1 ? `${number(n)} times` : '',
  untold: (n) => `${number(n)} more untold`,
};

/** What else the event has: "latency 100 → 250, by ci, from 10.1.2.3:50112" */
export const details = (event) => [changes(event), ...Object.entries(event)
  .filter(([key]) => !TOLD.has(key))
  .map(([key, is]) => AS[key] ? AS[key](is) :
    `${key.replaceAll('_', ' ')} ${shown(is)}`)].filter(Boolean).join(', ');
