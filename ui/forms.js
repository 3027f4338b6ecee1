// SPDX-License-Identifier: ISC
// Fields of forms, and where the API's words about one of them go.

import { h, newId, once, setAttribute, setText } from './dom.js';

/**
 * A label, a control, what helps, and a place for what is wrong with it.
 * name: as the API calls it; more: other words by which the API means it.
 * control: {main, shown, read(), write(value), isHeld()}
 */
export function field({ name, label = name, control, hint = '', more = [] }) {
  const id = control.main.id || newId('field');
  const hintId = newId('hint'), faultId = newId('fault');
  const fault = h('p', { class: 'fault', id: faultId });
  const shown = h('div', { class: 'field', 'data-field': name },
    h('label', { for: id }, label), h('div', { class: 'control' },
      control.shown ?? control.main),
    h('p', { class: 'hint', id: hintId }, hint), fault);

  control.main.id = id;
  control.main.setAttribute('aria-describedby', `${hintId} ${faultId}`);
  return {
    name, shown, words: [name, ...more],
    read: () => control.read(),
    write: (value) => control.write(value),
    isHeld: () => control.isHeld?.() ?? shown.contains(document.activeElement),
    focus: () => control.main.focus(),
    fault(text) {
      setText(fault, text);
      setAttribute(control.main, 'aria-invalid', text === '' ? null : 'true');
    },
  };
}

// ---- controls

/** options: of an input; what is empty is not given */
export function textControl(options = {}) {
  const main = h('input', { type: 'text', spellcheck: 'false',
    autocomplete: 'off', autocapitalize: 'off', ...options });

  return { main, read: () => main.value === '' ? undefined : main.value,
    write: (value) => { main.value = value ?? ''; } };
}

/** choices: [[value, text], ...] */
export function selectControl(choices, options = {}) {
  const main = h('select', options, choices.map(([value, text]) =>
    h('option', { value }, text)));

  return { main, read: () => main.value,
    write: (value) => { main.value = value; } };
}

// ---- a form

/* "invalid attribute rate: must be at least 0", "listen tcp 127.0.0.1:80: ..."
 */
function meant(fields, text) {
  const found = fields.flatMap((one) => one.words.map((word) => {
    const escaped = word.replace(/[^A-Za-z0-9_]/g, '\\$&');

    return [text.search(new RegExp(`(^|[^A-Za-z0-9_])${escaped}` +
      '([^A-Za-z0-9_]|$)')), one];
  })).filter(([at]) => at !== -1).sort(([a], [b]) => a - b);

  return found[0]?.[1] ?? null;
}

/** Beside the field of which the error speaks, or else above all. */
export function showFault(fields, place, error) {
  const one = error === null ? null : meant(fields, error.message);

  for (const each of fields)
    each.fault(each === one ? error.message : '');
  setText(place, error === null || one !== null ? '' : error.message);
  one?.focus();
}

export const clearFaults = (fields, place) => showFault(fields, place, null);

/**
 * A form that is sent by send(), which may throw an ApiError.  On a 409
 * instead(), which changes what has the name, is offered, if offers(error)
 * says how that is called.  show(place, error): where an error, or null, goes
 */
export function form({ fields, children, submit, send, instead, className,
  offers = () => 'Change it instead',
  show = (place, error) => showFault(fields, place, error) }) {
  const fault = h('p', { class: 'fault all', role: 'alert' });
  const offer = h('p', { class: 'offer' });
  const button = h('button', { type: 'submit', class: 'main' }, submit);

  const attempt = (f) => once(button, async () => {
    show(fault, null);
    offer.replaceChildren();
    try {
      await f();
    } catch (error) {
      show(fault, error);
      if (error.status === 409 && instead && offers(error))
        offerInstead(offers(error));
    }
  });

  function offerInstead(text) {
    const change = h('button', { type: 'button',
      onclick: () => attempt(instead) }, text);

    offer.append(change);
    change.focus();
  }

  // what is wrong with it the API says: the browser's words would be others
  return h('form', { class: className, novalidate: true,
    onsubmit: (event) => {
      event.preventDefault();
      attempt(send);
    } }, fault, children, offer, h('div', { class: 'buttons' }, button));
}

/** What the fields say, without those that say nothing */
export const readAll = (fields) => Object.fromEntries(fields
  .map((one) => [one.name, one.read()])
  .filter(([, value]) => value !== undefined));
