// SPDX-License-Identifier: ISC
// Beside a whole number of a toxic: whether it rises above its value and falls
// below it by itself; how, how long, and how far; and drawn small.

import { shown } from './api.js';
import { attributeField } from './attributes.js';
import { h, newId, s, setAttribute, setText } from './dom.js';
import { store } from './store.js';
import { value as worded } from './weather.js';

const BEGIN_MS = 10000;  // a period that is seen
const WIDE = 120, HIGH = 28, PERIODS = 2, POINTS = 96;

// ---- drawn

// Where it is in its period: t from 0 to 1; -1 to 1
const SHAPES = {
  sine: (t) => Math.sin(2 * Math.PI * t),
  square: (t) => t < 0.5 ? 1 : -1,
  saw: (t) => 2 * t - 1,
};

/* Of one that stays in its range: what is beyond is cut off. */
function pathOf({ shape }, middle, amplitude, { least, most }) {
  const at = SHAPES[shape] ?? (() => 0);
  let d = '';

  for (let i = 0; i <= POINTS; i++) {
    const t = i / POINTS * PERIODS;
    const is = middle + amplitude * at(t % 1);
    const y = (Math.min(most, Math.max(least, is)) - middle) / amplitude;

    d += `${i === 0 ? 'M' : 'L'}${(i / POINTS * WIDE).toFixed(1)} ${
      (HIGH / 2 - y * (HIGH / 2 - 2)).toFixed(1)}`;
  }
  return d;
}

/* "50 ms to 150 ms, in 10 s" */
function ends(attribute, wave, middle, amplitude) {
  const { least, most } = attribute;
  const text = (n) => worded(attribute, Math.min(most, Math.max(least, n)));

  return `${text(middle - amplitude)} to ${text(middle + amplitude)}, in ${
    worded({ unit: 'ms' }, wave.period)}`;
}

// ---- the fields

/* Near enough for a drawing, of an integer of 64 bits, too; NaN: it is none */
const numberOf = (one) => Number(shown(one.read()));

/** Has an attribute such fields? */
export const mayWave = (attribute) => attribute.kind === 'integer';

/* In the attribute's unit; its own name says what is wrong with it. */
const memberOf = (attribute, member) => ({ ...member,
  name: `wave.${attribute.name}.${member.name}`,
  unit: member.name === 'amplitude' ? attribute.unit : member.unit });

export class WaveField {
  #attribute;
  #base;    // the field of its value
  #is;      // a checkbox: does it?
  #parts;
  #line = s('path', { class: 'series', d: '' });
  #ends = h('span', { class: 'hint' });
  #apply;

  /**
   * base: the field of the attribute's value; options: apply(wave), when it
   * has been changed, with null where there is none; disabled
   */
  constructor(attribute, base, { apply, disabled } = {}) {
    this.#attribute = attribute;
    this.#base = base;
    this.#apply = () => apply?.(this.read());
    this.name = `wave.${attribute.name}`;
    this.fields = store.wave.members.map((member) => attributeField(
      memberOf(attribute, member), { label: member.name, disabled,
        apply: () => this.#apply() }));
    this.#is = h('input', { type: 'checkbox', id: newId('wave'), disabled,
      onchange: () => this.#turn() });
    this.shown = this.#group();
    this.write(null);
    for (const place of [this.shown, base.shown]) {
      for (const event of ['input', 'change'])
        place.addEventListener(event, () => this.draw());
    }
  }

  #group() {
    const { name } = this.#attribute;

    this.#parts = h('div', { class: 'parts' },
      h('div', { class: 'drawn' }, s('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`,
        'aria-hidden': 'true' }, s('path', { class: 'middle',
        d: `M0 ${HIGH / 2}H${WIDE}` }), this.#line), this.#ends),
      this.fields.map((one) => one.shown));
    return h('div', { class: 'wave', role: 'group',
      'aria-label': `Wave of ${name}`, 'data-wave': name },
    h('div', { class: 'check' }, this.#is, h('label', { for: this.#is.id },
      `${name} rises and falls`)), this.#parts);
  }

  /* One that begins has something to be seen by. */
  #turn() {
    const half = Math.round(numberOf(this.#base) / 2);
    const [shape, period, amplitude] = this.fields;

    if (this.#is.checked && period.read() === undefined) {
      shape.write(store.wave.members[0].default);
      period.write(BEGIN_MS);
      amplitude.write(half >= 1 && Number.isSafeInteger(half) ?
        Math.min(half, store.wave.members.at(-1).most) : 1);
    }
    this.#show();
    this.#apply();
  }

  #show() {
    const hadFocus = this.#parts.contains(document.activeElement);

    this.#parts.hidden = !this.#is.checked;
    if (this.#parts.hidden && hadFocus)
      this.#is.focus();
    this.draw();
  }

  /** Its value is another. */
  draw() {
    const wave = this.read();
    const [, period, amplitude] = this.fields.map(numberOf);
    const middle = numberOf(this.#base);
    const isDrawn = wave !== null && period > 0 && amplitude > 0 &&
      Number.isFinite(middle + amplitude);

    setAttribute(this.#line, 'd', isDrawn ?
      pathOf(wave, middle, amplitude, this.#attribute) : '');
    setText(this.#ends, isDrawn ?
      ends(this.#attribute, wave, middle, amplitude) : '');
  }

  /** {shape, period, amplitude}, as it is typed; null: it does not */
  read() {
    return !this.#is.checked ? null : Object.fromEntries(
      store.wave.members.map(({ name }, i) => [name, this.fields[i].read()]));
  }

  write(wave) {
    this.#is.checked = wave !== null;
    store.wave.members.forEach(({ name }, i) => {
      if (wave !== null)
        this.fields[i].write(wave[name]);
    });
    this.#show();
  }

  isHeld() {
    return this.fields.some((one) => one.isHeld());
  }
}

/** What is shown of these fields, each with its wave. */
export const withWaves = (fields, waves) => fields.map((one) => {
  const wave = waves.find(({ name }) => name === `wave.${one.name}`);

  return wave === undefined ? one.shown :
    h('div', { class: 'waving' }, one.shown, wave.shown);
});

/** As it is asked for: those of these fields that there are */
export const readWaves = (fields) => Object.fromEntries(fields
  .map((one) => [one.name.replace('wave.', ''), one.read()])
  .filter(([, wave]) => wave !== null));
