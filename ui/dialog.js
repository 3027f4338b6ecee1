// SPDX-License-Identifier: ISC
// Dialogs: the browser's own, which keep the focus within, end with Escape and
// give the focus back.

import { byId, focusOn, h, newId } from './dom.js';

/* Its scroll bar is of it, too. */
function isOutside(dialog, { clientX: x, clientY: y }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();

  return x < left || x > right || y < top || y > bottom;
}

const dialogs = () => [...document.querySelectorAll('dialog[open]')];

/* What is outside of a dialog is neither pressed nor read out. */
function takeAlong(place) {
  place.append(byId('toasts'), byId('spoken'));
}

/**
 * Opens one with these children; returns it.  ended(): however it was closed.
 */
export function openDialog({ title, children, className = '', ended }) {
  const id = newId('dialog');
  const back = document.activeElement;
  const dialog = h('dialog', { class: className, 'aria-labelledby': id },
    h('header', {},
      h('h2', { id }, title),
      h('button', { class: 'quiet', type: 'button', 'aria-label': 'Close',
        onclick: () => dialog.close() }, '✕')),
    h('div', { class: 'body' }, children));

  // a press on what is behind it, not a drag that ends there
  dialog.addEventListener('mousedown', (event) => {
    if (event.target === dialog && isOutside(dialog, event))
      dialog.close();
  });
  dialog.addEventListener('close', () => {
    takeAlong(dialogs().findLast((one) => one !== dialog) ?? document.body);
    dialog.remove();
    ended?.();
    if (back?.isConnected)
      focusOn(back);
  });
  document.body.append(dialog);
  dialog.showModal();
  takeAlong(dialog);
  return dialog;
}

/** Asks; true where the answer is what `yes` says. */
export function confirmed({ title, text, yes }) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = openDialog({
      title, className: 'small', ended: () => resolve(answer),
      children: [h('p', {}, text), h('div', { class: 'buttons' },
        h('button', { type: 'button', onclick: () => dialog.close() },
          'Cancel'),
        h('button', { type: 'button', class: 'danger', onclick: () => {
          answer = true;
          dialog.close();
        } }, yes))],
    });
  });
}
