// SPDX-License-Identifier: ISC
// What is copied: commands that do in a terminal what these pages do.

import { actingFor, shown, token, urlOf } from './api.js';
import { h, speak } from './dom.js';
import { selectText } from './selects.js';
import { store } from './store.js';
import { toast } from './toasts.js';

// ---- the clipboard

/* Plain http:// to another host has no clipboard: so it was done before. */
function copiedTheOldWay(text) {
  const area = h('textarea', { class: 'unseen', readonly: true, value: text });
  const place = document.querySelector('dialog[open]') ?? document.body;

  place.append(area);
  area.select();
  const isDone = document.execCommand('copy');

  area.remove();
  return isDone;
}

async function copy(text, button) {
  const focus = document.activeElement;
  let isDone = true;

  try {
    await navigator.clipboard.writeText(text);
  } catch {
    isDone = copiedTheOldWay(text);
    focus?.focus();
  }
  if (!isDone) {
    toast(`This browser does not let it be copied: ${text}`,
      { kind: 'failed', seconds: 60 });
    return;
  }
  speak('Copied.');
  button?.classList.add('copied');
  setTimeout(() => button?.classList.remove('copied'), 1500);
}

/** A button that copies; text: a string, or what makes it at that moment */
export const copyButton = (label, text, more = {}) => h('button', {
  type: 'button', class: 'copy', ...more, onclick: (event) => copy(
    typeof text === 'function' ? text() : text, event.currentTarget) }, label);

// ---- commands

/* As a word of a shell */
const quoted = (text) => /^[A-Za-z0-9_./:=,@%+-]+$/.test(text) ? text :
  `'${text.replaceAll("'", "'\\''")}'`;

/* The token itself is never shown: who pastes it may be shown to others. */
function authorization() {
  const tenant = actingFor();

  return (token() === null ? '' :
    ' -H "Authorization: Bearer $TOXID_TOKEN"') +
    (tenant === null ? '' : ` -H ${quoted(`X-Toxid-Tenant: ${tenant}`)}`);
}

/** curl for a request: the path with names already encoded */
export function curl(method, where, body) {
  const url = quoted(urlOf(where).href);
  const how = method === 'GET' || (method === 'POST' && body) ? '' :
    ` -X ${method}`;

  return `curl${authorization()}${how} ${url}${
    body === undefined ? '' : ` -d ${quoted(JSON.stringify(body))}`}`;
}

const USUAL = new Set(['http://localhost:8474/', 'http://127.0.0.1:8474/']);

function toxictl(...words) {
  const { href } = urlOf('.'), tenant = actingFor();

  return ['toxictl', ...USUAL.has(href) ? [] : ['-h', href.replace(/\/$/, '')],
    ...token() === null ? [] : ['--token-file', 'TOKEN'],
    ...tenant === null ? [] : ['--tenant', tenant], ...words]
    .map(quoted).join(' ');
}

// What begins so would be a flag.
const named = (name) => name.startsWith('-') ? ['--', name] : [name];

const flag = (key, value) => value.startsWith('-') ? [`${key}=${value}`] :
  [key, value];

export const createCommand = ({ name, listen, upstream, enabled }) =>
  toxictl('create', ...flag('-l', listen), ...flag('-u', upstream),
    ...enabled === false ? ['--disabled'] : [], ...named(name));

/* A mode, and any other member, is a flag of its name. */
const flagOf = (word) => `--${word.replaceAll('_', '-')}`;

const timeFlag = (word, ms) => flag(flagOf(word), ms === undefined ? '' :
  `${shown(ms)}ms`);

/* Of some modes there is a member, a time, which no other has. */
const hasTime = (mode) => store.connect.some(({ only }) => only === mode);

/** connect: {} is as usual */
export function connectCommand(proxy, connect) {
  const { mode, delay, dial_delay: dialDelay, dial_fail: fail,
    syn_loss: lost } = connect;
  const how = [
    ...mode === undefined ? [] : hasTime(mode) ? timeFlag(mode, delay) :
      [flagOf(mode)],
    ...dialDelay === undefined ? [] : timeFlag('dial_delay', dialDelay),
    ...fail ? [flagOf('dial_fail'), fail] : [],
    ...lost ? [flagOf('syn_loss'), String(lost)] : []];

  return toxictl('connect', ...how.length > 0 ? how : ['--clear'],
    ...named(proxy));
}

export const profileCommand = (proxy, profile) =>
  toxictl('profile', 'apply', ...named(proxy), profile);

/* No line of it is END: JSON's texts have no lines. */
export const scenarioCommand = (scenario) => `${toxictl('scenario', 'run', '-')
} <<'END'\n${JSON.stringify(scenario, null, 2)}\nEND`;

function attributeWords(attributes) {
  return Object.entries(attributes).flatMap(([key, is]) => {
    if (Array.isArray(is))
      return is.flatMap((one) => ['-a', `${key}=${one}`]);
    return ['-a', `${key}=${shown(is)}`];
  });
}

const wavesText = (waves) => Object.entries(waves).map(
  ([key, { shape, period, amplitude }]) => `${key}=${[shape,
    `${shown(period)}ms`, shown(amplitude)].join(':')}`).join(',');

/** session: its id, of a toxic that is one's own */
export const toxicCommand = (proxy, toxic, session) => toxictl('toxic', 'add',
  '-t', toxic.type, ...toxic.name ? flag('-n', toxic.name) : [],
  ...attributeWords(toxic.attributes ?? {}),
  ...toxic.toxicity !== undefined && toxic.toxicity !== 1 ?
    flag('--toxicity', String(toxic.toxicity)) : [],
  ...toxic.select ? ['--select', selectText(toxic.select)] : [],
  ...toxic.wave ? ['--wave', wavesText(toxic.wave)] : [],
  toxic.stream === 'upstream' ? '-u' : '-d',
  ...toxic.ttl ? ['--ttl', `${toxic.ttl}ms`] : [],
  ...session === undefined ? [] : ['--session', session], ...named(proxy));
