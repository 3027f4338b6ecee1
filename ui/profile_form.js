// SPDX-License-Identifier: ISC
// A proxy's profile: a network by name, whose toxics come together and go
// together.

import { asNew, isOver } from './again.js';
import * as api from './api.js';
import { copyButton, curl, profileCommand } from './copy.js';
import { h, newId, once, setText } from './dom.js';
import { refresh } from './follow.js';
import { field, form, selectControl } from './forms.js';
import { mayChange, on, store } from './store.js';
import { number, visible } from './text.js';
import { failed, toast } from './toasts.js';
import { isOfProfile, ownerOf, strength } from './weather.js';

const theirs = (proxy) => proxy.toxics.filter(isOfProfile);

const plain = (toxics) => JSON.stringify(
  toxics.map(({ expires_in: _, ...toxic }) => toxic));

const profileOf = (name) => store.profiles.find((one) => one.name === name);

/* "without tcp_loss", or nothing */
const without = ({ missing = [] }) => missing.length > 0 &&
  `without ${missing.join(' and ')}`;

// ---- what one does

const WAYS = { upstream: '↑ To the server', downstream: '↓ To the client' };

function wayText(profile, stream) {
  const all = profile.toxics.filter((toxic) => toxic.stream === stream);

  return `${WAYS[stream]}: ${all.map((toxic) => [toxic.type,
    strength(toxic, store.kinds)].filter(Boolean).join(' ')).join('; ') ||
    'clear'}.`;
}

const aboutTexts = (profile) => [...Object.keys(WAYS).map((stream) =>
  wayText(profile, stream)),
profile.loss_percent !== undefined &&
  `Such a network loses ${number(profile.loss_percent)} % of its segments.`,
without(profile) && `It is applied ${without(profile)}.`,
`Source: ${profile.source}.`].filter(Boolean);

// ---- of a proxy

/* Has one direction all that its profile has, and nothing behind that? */
function endsWith(chain, theirs) {
  const end = chain.slice(chain.length - theirs.length);

  return chain.filter(isOfProfile).length === theirs.length &&
    JSON.stringify(end) === JSON.stringify(theirs);
}

/** The profile that a proxy is as if it had just been applied; or null */
export function profileAsApplied(proxy) {
  const [first] = theirs(proxy);
  const profile = first && profileOf(ownerOf(first).name);
  const isIn = (stream) => (toxic) => toxic.stream === stream;

  return profile && Object.keys(WAYS).every((stream) => endsWith(
    proxy.toxics.filter(isIn(stream)),
    profile.toxics.filter(isIn(stream)))) ? profile.name : null;
}

// ---- the form

export class ProfileForm {
  #proxy;
  #is = null; // its name; null: it has none
  #toxics = plain([]);
  #without = false; // what it is applied without
  #control = selectControl([], { disabled: !mayChange() });
  #field = field({ name: 'name', label: 'Profile',
    more: ['toxic already exists'], control: {
      ...this.#control, isHeld: () => this.#isChosen } });
  #isChosen = false; // by who looks at it, and not applied yet
  #state = h('small', {});
  #about = h('div', { class: 'about', role: 'status' });
  #remove = h('button', { type: 'button', hidden: true,
    onclick: () => once(this.#remove, () => this.#taken()) }, 'Remove');
  #end;

  constructor(proxy) {
    this.#proxy = proxy;
    this.shown = this.#section();
    this.#control.main.addEventListener('change', () => {
      this.#isChosen = true;
      this.#showAbout();
    });
    this.#end = on('profiles', () => this.#offer());
    this.#offer();
    this.#showState();
  }

  #section() {
    const id = newId('profile');
    const place = [h('div', { class: 'fields' }, this.#field.shown),
      this.#about, h('div', { class: 'commands' },
        copyButton('Copy as curl', () => curl('POST', `proxies/${
          encodeURIComponent(this.#proxy)}/profile`, this.#body()),
        { 'aria-label': 'Copy as curl: profile' }),
        copyButton('Copy as toxictl',
          () => profileCommand(this.#proxy, this.#body().name),
          { 'aria-label': 'Copy as toxictl: profile' }),
        mayChange() && this.#remove)];

    return h('section', { class: 'card', id: 'profile', 'aria-labelledby': id },
      h('h2', { id }, 'Profile ', this.#state),
      h('p', { class: 'does' }, 'The proxy is as some network is: toxics ' +
        'that come together, in place of another profile’s, and go ' +
        'together; others stay.'),
      mayChange() ? form({ fields: [this.#field], submit: 'Apply',
        className: 'profile-form', children: place,
        send: () => this.#apply() }) :
        h('div', { class: 'profile-form' }, place));
  }

  #body() {
    return { name: this.#field.read() };
  }

  // ---- what is shown

  /* The configuration file may have others by now. */
  #offer() {
    const { main } = this.#control, before = main.value;

    main.replaceChildren(...store.profiles.map((one) => h('option',
      { value: one.name }, `${one.name}: ${one.description}`)));
    if (profileOf(before) !== undefined)
      main.value = before;
    this.#showAbout();
  }

  #showAbout() {
    const profile = profileOf(this.#field.read());
    const texts = profile === undefined ? [] : aboutTexts(profile);

    if (texts.join() !== this.#about.dataset.is)
      this.#about.replaceChildren(...texts.map((text) => h('p', {}, text)));
    this.#about.dataset.is = texts.join();
  }

  #showState() {
    setText(this.#state, this.#is === null ? 'none' :
      [visible(this.#is), this.#without].filter(Boolean).join(', '));
  }

  /* What could not be had as it was applied may be to be had by now. */
  async #askWithout(toxics) {
    try {
      const profile = await api.profile(this.#proxy);

      if (plain(profile.toxics) !== toxics)
        return; // it is asked again
      this.#without = without(profile);
      this.#showState();
    } catch { /* then it is gone, or whoever else asks says why */ }
  }

  /** What somebody is about to apply stays as he has it. */
  update(proxy) {
    const [first] = theirs(proxy), toxics = plain(theirs(proxy));
    const is = first === undefined ? null : ownerOf(first).name;
    const hadFocus = this.#remove === document.activeElement;

    this.#remove.hidden = is === null;
    if (this.#remove.hidden && hadFocus)
      this.#field.focus();
    if (toxics === this.#toxics)
      return;
    this.#toxics = toxics;
    this.#is = is;
    this.#without = false;
    this.#showState();
    if (is !== null)
      this.#askWithout(toxics);
    if (is !== null && !this.#field.isHeld() && profileOf(is) !== undefined) {
      this.#field.write(is);
      this.#showAbout();
    }
  }

  // ---- what is done

  async #apply() {
    const before = await api.proxy(this.#proxy), at = performance.now();
    const now = await api.applyProfile(this.#proxy, this.#body());

    this.#isChosen = false;
    refresh(this.#proxy);
    toast(`${[`${visible(this.#proxy)} is as ${visible(now.name)} is`,
      without(now)].filter(Boolean).join(', ')}.`,
    { undo: () => this.#putBack(theirs(before), at, now.toxics) });
  }

  async #taken() {
    try {
      const before = await api.proxy(this.#proxy), at = performance.now();

      await api.removeProfile(this.#proxy);
      refresh(this.#proxy);
      toast(`The profile of ${visible(this.#proxy)} is removed.`,
        { undo: () => this.#putBack(theirs(before), at, []) });
    } catch (error) {
      failed(error);
    }
  }

  /* As they were, each with what had been changed of it. */
  async #putBack(before, at, now) {
    const there = theirs(await api.proxy(this.#proxy));
    const ms = performance.now() - at;

    if (plain(there) !== plain(now)) // what somebody has done since is his
      throw new Error('the profile is another since');
    if (there.length > 0)
      await api.removeProfile(this.#proxy);
    for (const toxic of before.filter((one) => !isOver(one, ms)))
      await api.addToxic({ proxy: this.#proxy }, asNew(toxic, ms));
    refresh(this.#proxy);
    return before.length > 0 ? `${visible(this.#proxy)} is as ${
      visible(ownerOf(before[0]).name)} is again.` :
      `${visible(this.#proxy)} has no profile again.`;
  }

  close() {
    this.#end();
  }
}
