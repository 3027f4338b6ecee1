// SPDX-License-Identifier: ISC
// A toxic that is there: its attributes, each of which is applied as soon as a
// slider is let go, and can be taken back.

import { asNew, isOfScenario } from './again.js';
import { TOXICITY, attributeField, selectOf } from './attributes.js';
import { copyButton } from './copy.js';
import { h, once, setText } from './dom.js';
import { clearFaults, showFault } from './forms.js';
import { left, mayChange, store } from './store.js';
import { bytes, count, duration, name, plural, visible } from './text.js';
import { failed, toast } from './toasts.js';
import { WaveField, mayWave, withWaves } from './wave_field.js';
import { family, ownerText, sign, value as worded } from './weather.js';

const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What is of a kind that this page does not know is shown, and not changed.
const UNKNOWN = { attributes: [], does: 'a kind that this page does not know' };

export class ToxicCard {
  #place;
  #toxic = null;
  #kind;
  #fields;
  #changes = 0;   // that are under way
  #last = Promise.resolve(); // of these
  #changedAt = 0; // performance.now()
  #waves; // of those of its attributes that may have one
  #fault = h('p', { class: 'fault all', role: 'alert' });
  #hits = h('span', { class: 'figure' });
  #lease = h('span', { class: 'lease' });
  #owner = h('span', { class: 'owner' });

  /** place: as toxic_place.js has it */
  constructor(place, toxic) {
    this.#place = place;
    this.#kind = store.kinds.find((one) => one.name === toxic.type) ?? UNKNOWN;
    this.#fields = [...this.#kind.attributes, TOXICITY, selectOf(place)].map(
      (attribute) => attributeField(attribute, this.#options(attribute)));
    this.#waves = this.#kind.attributes.filter(mayWave).map((of) =>
      new WaveField(of, this.#fieldOf(of.name), this.#options(
        { name: `wave.${of.name}`, kind: 'wave', of })));
    this.shown = this.#card(toxic);
  }

  #options(attribute) {
    return { disabled: !mayChange(),
      apply: (is) => this.#apply(attribute, is) };
  }

  #fieldOf(name) {
    return this.#fields.find((one) => one.name === name);
  }

  /* All, where what is wrong may stand */
  get #places() {
    return [...this.#fields, ...this.#waves.flatMap((one) => one.fields)];
  }

  #card(toxic) {
    return h('article', { class: `toxic card ${family(toxic.type)}`,
      'data-toxic': toxic.name, 'aria-label': `${toxic.stream} toxic ${
        visible(toxic.name)}` },
    h('header', {}, sign(toxic.type), h('h3', { tabindex: -1 },
      name(toxic.name)), h('span', { class: 'type' }, toxic.type),
    this.#owner, this.#lease, h('span', { class: 'hits' }, this.#hits)),
    h('p', { class: 'does' }, this.#kind.does), this.#fault,
    withWaves(this.#fields, this.#waves), h('div', { class: 'buttons' },
      copyButton('curl', () => this.#place.curl(asNew(this.#toxic)),
        { 'aria-label': `Copy ${visible(toxic.name)} as curl` }),
      copyButton('toxictl', () => this.#place.toxictl(asNew(this.#toxic)),
        { 'aria-label': `Copy ${visible(toxic.name)} as toxictl` }),
      mayChange() && h('button', { type: 'button', class: 'danger',
        'aria-label': `Remove ${visible(toxic.name)}`,
        onclick: (event) => once(event.currentTarget,
          () => this.#remove()) }, 'Remove')));
  }

  /**
   * What somebody is about to change stays as he has it, and so does what he
   * has changed since this was asked for: false.  known: the proxy's; of a
   * session's own, which has no lease, nothing
   */
  update(toxic, known) {
    const ms = left(known, toxic), isOther = this.#toxic !== toxic;

    if (this.#changes > 0 || (known?.askedAt ?? Infinity) < this.#changedAt)
      return false;
    this.#toxic = toxic;
    setText(this.#lease, ms === null ? '' : `gone in ${duration(ms)}`);
    setText(this.#owner, ownerText(toxic));
    for (const field of isOther ? [...this.#fields, ...this.#waves] : []) {
      if (!field.isHeld())
        field.write(this.#is(field.name, toxic));
    }
    this.#waves.forEach((one) => one.draw());
    return true;
  }

  /* What is not shown, for Toxiproxy does not have it, is as by itself. */
  #is(attribute, toxic = this.#toxic) {
    const [, waving] = /^wave\.(.*)$/.exec(attribute) ?? [];

    if (waving !== undefined)
      return toxic.wave?.[waving] ?? null;
    return attribute === 'toxicity' ? toxic.toxicity :
      attribute === 'select' ? toxic.select ?? {} :
        toxic.attributes[attribute] ?? this.#kind.attributes.find(
          (one) => one.name === attribute)?.default;
  }

  /** stats: of it, as /stats has them */
  count({ hits, delayed_bytes: delayed, dropped_bytes: dropped }) {
    setText(this.#hits, [hits !== undefined && `hit ${plural(hits, 'session')}`,
      delayed > 0 && `${bytes(delayed)} delayed`,
      dropped > 0 && `${bytes(dropped)} dropped`].filter(Boolean).join(', '));
  }

  /* Waves are taken whole: the others stay as they are. */
  async #send({ name: key, kind, of }, is) {
    const { wave, name: toxic } = this.#toxic;

    this.#toxic = await this.#place.change(toxic, kind === 'wave' ?
      { wave: { ...wave, [of.name]: is ?? undefined } } :
      key === 'toxicity' || key === 'select' ? { [key]: is } :
        { attributes: { [key]: is } });
    this.#changedAt = performance.now();
    return this.#toxic;
  }

  /* One behind the other: each begins with what the last has made of it. */
  #change(attribute, is) {
    const change = this.#last.then(() => this.#send(attribute, is)).finally(
      () => { this.#changes--; });

    this.#changes++;
    this.#last = change.catch(() => {});
    return change;
  }

  async #apply(attribute, is) {
    const { name: key } = attribute, before = this.#is(key);

    if (is === undefined)
      this.#fieldOf(key).write(before);
    if (is === undefined || isSame(is, before)) {
      clearFaults(this.#places, this.#fault);
      return;
    }
    try {
      const changed = await this.#change(attribute, is);

      clearFaults(this.#places, this.#fault);
      this.#toldOf(attribute, before, this.#is(key, changed));
    } catch (error) {
      showFault(this.#places, this.#fault, error);
    }
  }

  #toldOf(attribute, before, after) {
    const { name: key } = attribute, on = visible(this.#toxic.name);
    const text = (is) => worded(attribute, is);

    toast(`${on}: ${key} ${text(before)} → ${text(after)}`, {
      undo: async () => {
        await this.#change(attribute, before);
        return `${on}: ${key} is ${text(before)} again.`;
      } });
  }

  async #remove() {
    const toxic = this.#toxic, at = performance.now();

    try {
      await this.#place.remove(toxic.name);
      toast(`${visible(toxic.name)} is removed.`, isOfScenario(toxic) ? {} :
        { undo: () => this.#putBack(toxic, at) });
    } catch (error) {
      failed(error);
    }
  }

  /* Its lease, if it had one, goes on where it was. */
  async #putBack(toxic, at) {
    await this.#place.add(asNew(toxic, performance.now() - at));
    return `${visible(toxic.name)} is back, as the last of its chain.`;
  }

  focus() {
    this.shown.scrollIntoView({ block: 'center' });
    this.shown.querySelector('h3').focus({ preventScroll: true });
  }
}

/** "3 of them": how many of a chain, beside its head */
export const chainCount = (n) => n === 0 ? 'clear' : count(n);
