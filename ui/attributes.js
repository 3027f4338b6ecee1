// SPDX-License-Identifier: ISC
// A field for each attribute of a toxic, as toxics.json has it: with its unit,
// its bounds, and a slider where it is a number.

import { integer, shown } from './api.js';
import { h, setAttribute } from './dom.js';
import { field, selectControl, textControl } from './forms.js';
import { selectText, typedSelect } from './selects.js';
import { count } from './text.js';
import { value as worded } from './weather.js';

const STEPS = 300;
const BY_KEY_MS = 500; // the arrows are at rest

// ---- scales: what a test wants to try lies in these, more can be typed

const REACH = { ms: 60000, us: 1e7, bytes: 1e9, 'KB/s': 1e6 };
const SMALLEST = 1e-6; // of a fraction that is rare

function twoDigits(n) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);

  return Math.round(n / unit) * unit;
}

/* 0, and then as many steps from 1 to 10 as from 1000 to 10000. */
function logarithmic(most, from) {
  const decades = Math.log10(most);

  return {
    at: (step) => step === 0 ? from :
      Math.max(from, twoDigits(10 ** (step / STEPS * decades))),
    step: (n) => n <= from ? 0 : Math.min(STEPS, Math.max(1,
      Math.round(Math.log10(n) / decades * STEPS))),
  };
}

/* 0, and then as many steps from 1e-6 to 1e-5 as from 0.1 to 1. */
function small(most) {
  const decades = Math.log10(most / SMALLEST);

  return {
    at: (step) => step === 0 ? 0 : Number(
      (SMALLEST * 10 ** ((step - 1) / (STEPS - 1) * decades)).toPrecision(2)),
    step: (n) => n <= 0 ? 0 : Math.min(STEPS, Math.max(1, 1 + Math.round(
      Math.log10(n / SMALLEST) / decades * (STEPS - 1)))),
  };
}

const linear = (least, most) => ({
  at: (step) => Number((least + step / STEPS * (most - least)).toFixed(2)),
  step: (n) => Math.round((n - least) / (most - least) * STEPS),
});

/* null: a number that may be anything has no slider */
function scaleOf(attribute) {
  if (attribute.rare)
    return small(attribute.most);
  if (attribute.kind === 'fraction')
    return linear(attribute.least, attribute.most);
  if (attribute.kind !== 'integer' || !(attribute.unit in REACH))
    return null;
  return logarithmic(REACH[attribute.unit], Math.max(0, attribute.min ?? 0));
}

// ---- what is typed

/* Of one that is endless, or in no way JSON's, that would have null. */
const isNumber = (text) =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) &&
  Number.isFinite(Number(text));

const isInteger = (text) => /^[+-]?\d+$/.test(text);

/* What is none stays a text. */
const numberOf = (text) => isInteger(text) ? integer(text) :
  isNumber(text) ? Number(text) : text;

/** What cannot be meant goes as it is: the API says what it expects instead. */
function typed(attribute, text) {
  const clean = text.trim();

  if (attribute.kind === 'select')
    return typedSelect(clean);
  if (clean === '')
    return undefined;
  if (attribute.kind === 'integer' || attribute.kind === 'fraction')
    return numberOf(clean);
  if (attribute.kind === 'integers')
    return clean.split(/[\s,]+/).map(numberOf);
  if (attribute.kind === 'texts')
    return clean.split(',').map((one) => one.trim());
  return text;
}

const asText = (attribute, is) => is === undefined ? '' :
  attribute.kind === 'select' ? selectText(is) :
    Array.isArray(is) ? is.join(', ') : shown(is);

const LARGE = 1e12; // a bound that nobody meets

/** "in ms, 0 or more": what is allowed, in words */
function bounds(attribute) {
  const { kind, unit, least, most, min } = attribute;
  const from = min ?? least;

  if (kind === 'text' || kind === 'texts')
    return `up to ${count(attribute.bytes)} bytes${
      kind === 'texts' ? `, ${attribute.count} of them, with commas` : ''}`;
  if (kind === 'enum' || kind === 'select')
    return '';
  const range = most > LARGE ? from < -LARGE ? '' : `${from} or more` :
    `${count(from)} to ${count(most)}`;

  return [unit === '' ? '' : `in ${unit}`, range,
    kind === 'integers' ? `${attribute.count} of them, with commas` : '']
    .filter(Boolean).join(', ');
}

// ---- controls

/* Each press of a key is another number, also where many steps are of one. */
function another(scale, is, to) {
  const way = Math.sign(to - scale.step(is));
  let step = to;

  while (way !== 0 && step > 0 && step < STEPS &&
      (scale.at(step) - is) * way <= 0)
    step += way;
  return step;
}

/* A box and a slider, each of which moves the other. */
function numberControl(attribute, scale, { apply, disabled, label }) {
  const main = h('input', { type: 'text', inputmode: 'decimal', disabled,
    class: 'number', autocomplete: 'off' });
  const slider = h('input', { type: 'range', min: 0, max: STEPS, step: 1,
    disabled, 'aria-label': `${label}, slider` });
  let isDragged = false, later = 0;
  let known = ''; // to toxid; what is another is being typed

  const read = () => typed(attribute, main.value);

  function moved() {
    const n = Number(main.value);

    if (main.value.trim() !== '' && !Number.isNaN(n))
      slider.value = scale.step(n);
    setAttribute(slider, 'aria-valuetext', Number.isNaN(n) ? '' :
      worded(attribute, n));
  }
  function put(is) {
    main.value = asText(attribute, is);
    moved();
  }
  function write(is) {
    put(is);
    known = main.value;
  }
  function applied() {
    clearTimeout(later);
    later = 0;
    isDragged = false;
    known = main.value;
    apply?.(read());
  }
  slider.addEventListener('pointerdown', () => { isDragged = true; });
  // where it is let go at the place where it was, nothing is changed
  for (const end of ['pointerup', 'pointercancel'])
    slider.addEventListener(end, () => setTimeout(() => {
      isDragged = false;
    }));
  slider.addEventListener('input', () => {
    const is = Number(main.value), to = Number(slider.value);

    put(scale.at(isDragged ? to : another(scale, is, to)));
  });
  // on release; by keys it is as often as one is pressed
  slider.addEventListener('change', () => {
    clearTimeout(later);
    if (isDragged)
      applied();
    else
      later = setTimeout(applied, BY_KEY_MS);
  });
  main.addEventListener('input', moved);
  main.addEventListener('change', applied);
  return { main, shown: [slider, h('span', { class: 'boxed' }, main,
    h('span', { class: 'unit' }, attribute.unit))], read, write,
  isHeld: () => isDragged || later !== 0 ||
    (document.activeElement === main && main.value !== known) };
}

function plainControl(attribute, { apply, disabled }) {
  const control = attribute.kind === 'enum' ?
    selectControl(attribute.words.map((word, i) => [word, attribute.says ?
      `${word || 'as usual'}: ${attribute.says[i]}` : word]), { disabled }) :
    textControl({ disabled });
  const { main } = control;
  const read = () => attribute.kind === 'enum' ? main.value :
    typed(attribute, main.value);
  let known = '';

  main.addEventListener('change', () => {
    known = main.value;
    apply?.(read());
  });
  return { ...control, read, write: (is) => {
    known = main.value = asText(attribute, is);
  }, isHeld: () => document.activeElement === main && main.value !== known };
}

/**
 * options: apply(value), when it has been changed, not while it is; disabled.
 * It begins with the default; one that has to be given, with nothing.
 */
export function attributeField(attribute, options = {}) {
  const label = options.label ?? attribute.name;
  const scale = scaleOf(attribute);
  const control = scale === null ? plainControl(attribute, options) :
    numberControl(attribute, scale, { ...options, label });
  const isNeeded = attribute.kind === 'integer' &&
    attribute.default < (attribute.min ?? -Infinity);

  control.write(isNeeded ? undefined : attribute.default);
  return field({ name: attribute.name, label, control,
    hint: [attribute.help, bounds(attribute)].filter(Boolean).join(' · ') });
}

/** Every toxic has it, and no table of attributes. */
export const TOXICITY = { name: 'toxicity', kind: 'fraction', unit: '',
  min: null, least: 0, most: 1, default: 1,
  help: 'the share of connections that it is at work on' };

/** ... and this, which is shown only where it is set. */
export const SELECT = { name: 'select', kind: 'select', unit: '', default: {},
  help: 'on which connections, and when: first=3, every=10,offset=9, ' +
    'clients=10.0.0.0/8, after=5s,duration=1s' };

/** As it may be said in that place: a session's own is on that session. */
export const selectOf = (place) => place.isSession ?
  { ...SELECT, help: 'when: after=5s,duration=1s' } : SELECT;
