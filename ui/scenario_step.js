// SPDX-License-Identifier: ISC
// Fields of a scenario's step: how long it takes, and how the proxy is for so
// long: as a network by name, or with toxics of its own, or clear; and what
// its clients meet.

import { attributeField } from './attributes.js';
import { ConnectFields } from './connect_fields.js';
import { h, setText } from './dom.js';
import { clearFaults, field, selectControl, showFault } from './forms.js';
import { store } from './store.js';
import { toast } from './toasts.js';
import { ToxicFields, offered } from './toxic_fields.js';

const YEAR_MS = 31536000000;
const DURATION = { name: 'duration', kind: 'integer', unit: 'ms', min: 1,
  least: 1, most: YEAR_MS, default: 5000, help: 'how long it takes' };
const WAYS = [['downstream', '↓ server to client'],
  ['upstream', '↑ client to server']];
const PROFILE = 'profile:'; // and its name

/* Focus is where it can go on, when what had it is gone. */
export function removeShown(element, next) {
  const hadFocus = element.contains(document.activeElement);

  element.remove();
  if (hadFocus)
    next.focus();
}

class StepToxic {
  #of;
  #kinds = offered();
  #type;
  #way = field({ name: 'stream', label: 'direction',
    control: selectControl(WAYS) });
  #fault = h('p', { class: 'fault all', role: 'alert' });
  #title = h('legend');
  #remove;

  /** toxic: one to begin with; gone(this): it is taken away */
  constructor(toxic, gone) {
    // what a running one has may be offered nowhere else
    if (toxic && !this.#kinds.some((kind) => kind.name === toxic.type))
      this.#kinds.push(store.kinds.find((kind) => kind.name === toxic.type));
    this.#of = new ToxicFields(this.#kinds);
    this.#type = field({ name: 'type', control: selectControl(
      this.#kinds.map(({ name }) => [name, name])) });
    if (toxic) {
      this.#type.write(toxic.type);
      this.#way.write(toxic.stream);
      this.#of.write(toxic);
    }
    this.#remove = h('button', { type: 'button',
      onclick: () => gone(this) }, 'Remove');
    this.shown = h('fieldset', { class: 'step-toxic' }, this.#title,
      this.#fault, h('div', { class: 'fields' }, this.#type.shown,
        this.#way.shown), this.#of.does, this.#of.shown,
      h('div', { class: 'buttons' }, this.#remove));
    this.#type.shown.addEventListener('change',
      () => this.#of.choose(this.#type.read()));
  }

  called(text) {
    setText(this.#title, text);
    this.#remove.setAttribute('aria-label', `Remove ${text}`);
  }

  focus() {
    this.#type.focus();
  }

  read() {
    return this.#of.read(this.#way.read());
  }

  /** error: of this toxic, or null */
  fault(error) {
    showFault([this.#type, this.#way, ...this.#of.fields], this.#fault, error);
  }
}

export class ScenarioStep {
  #title = h('legend');
  #number = 0;
  #duration = attributeField(DURATION);
  #what;
  #connect = new ConnectFields();
  #meets = h('details', { class: 'step-connect' },
    h('summary', {}, 'What clients meet'), this.#connect.shown);
  #fault = h('p', { class: 'fault all', role: 'alert' });
  #list = h('div', { class: 'step-toxics' });
  #toxics = [];
  #add = h('button', { type: 'button',
    onclick: () => this.#addToxic(null).focus() }, 'Add a toxic');
  #buttons;
  #more = {}; // what these fields do not have

  /** moves: {up, down, remove}, each (this) */
  constructor(moves, step = null) {
    this.#what = field({ name: 'profile', label: 'what happens',
      control: selectControl([['', 'nothing: it is clear'],
        ['toxics', 'toxics'], ...store.profiles.map((one) =>
          [PROFILE + one.name, `${one.name}: ${one.description}`])]) });
    this.#buttons = { up: '↑', down: '↓', remove: 'Remove' };
    for (const [what, text] of Object.entries(this.#buttons))
      this.#buttons[what] = h('button', { type: 'button',
        onclick: () => moves[what](this) }, text);
    this.shown = h('li', {}, h('fieldset', { class: 'step' }, this.#title,
      this.#fault, h('div', { class: 'fields' }, this.#duration.shown,
        this.#what.shown), this.#list, this.#meets,
      h('div', { class: 'buttons' }, this.#add, Object.values(this.#buttons))));
    this.#what.shown.addEventListener('change', () => this.#chosen());
    this.#write(step ?? { duration: DURATION.default });
  }

  #write({ duration, toxics = [], profile, connect, ...more }) {
    this.#more = more;
    this.#connect.write(connect ?? {});
    this.#meets.open = connect !== undefined && connect !== null;
    this.#duration.write(duration);
    this.#what.write(profile ? PROFILE + profile :
      toxics.length > 0 ? 'toxics' : '');
    for (const toxic of toxics)
      this.#addToxic(toxic);
    this.#show();
  }

  /* One with toxics has one to begin with. */
  #chosen() {
    if (this.#what.read() === 'toxics' && this.#toxics.length === 0)
      this.#addToxic(null);
    this.#show();
  }

  #show() {
    this.#list.hidden = this.#add.hidden = this.#what.read() !== 'toxics';
  }

  // ---- its toxics

  #addToxic(toxic) {
    const one = new StepToxic(toxic, (gone) => this.#removeToxic(gone));

    this.#insert(one, this.#toxics.length);
    return one;
  }

  #insert(one, at) {
    this.#toxics.splice(at, 0, one);
    this.#list.insertBefore(one.shown, this.#list.children[at] ?? null);
    this.called(this.#number);
  }

  #removeToxic(one) {
    const at = this.#toxics.indexOf(one);

    this.#toxics.splice(at, 1);
    removeShown(one.shown, this.#toxics[at] ?? this.#add);
    this.called(this.#number);
    toast(`A toxic of step ${this.#number} is removed.`, { undo: () => {
      this.#insert(one, Math.min(at, this.#toxics.length));
      return `The toxic of step ${this.#number} is back.`;
    } });
  }

  // ---- as one of a list

  /** Its number, from 1 */
  called(number) {
    const verbs = { up: 'Move up', down: 'Move down', remove: 'Remove' };

    this.#number = number;
    setText(this.#title, `Step ${number}`);
    for (const [what, verb] of Object.entries(verbs))
      this.#buttons[what].setAttribute('aria-label', `${verb}: step ${number}`);
    this.#add.setAttribute('aria-label', `Add a toxic to step ${number}`);
    this.#toxics.forEach((one, i) =>
      one.called(`Toxic ${i + 1} of step ${number}`));
  }

  focus(what) {
    if (what === undefined)
      this.#duration.focus();
    else
      this.#buttons[what].focus();
  }

  read() {
    const what = this.#what.read(), duration = this.#duration.read();
    const connect = this.#connect.read();

    return { ...duration !== undefined && { duration }, ...this.#more,
      ...Object.keys(connect).length > 0 && { connect },
      ...what === 'toxics' &&
        { toxics: this.#toxics.map((one) => one.read()) },
      ...what.startsWith(PROFILE) && { profile: what.slice(PROFILE.length) } };
  }

  clear() {
    clearFaults(this.#fields(), this.#fault);
    for (const one of this.#toxics)
      one.fault(null);
  }

  /** error: of this step; nth: of which of its toxics, if of one */
  fault(error, nth) {
    if (this.#toxics[nth] !== undefined && !this.#list.hidden)
      this.#toxics[nth].fault(error);
    else
      this.#showFault(error);
  }

  #fields() {
    return [this.#duration, this.#what, ...this.#connect.fields];
  }

  /* What is folded away nobody would see. */
  #showFault(error) {
    if (error.message.includes('.connect'))
      this.#meets.open = true;
    showFault(this.#fields(), this.#fault, error);
  }
}
