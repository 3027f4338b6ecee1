// SPDX-License-Identifier: ISC
// What was done, for some seconds, and how it is undone.

import { byId, h, once, setText, speak } from './dom.js';

const SECONDS = 12;
const MOST = 4;

/* It goes by itself, but not from under a hand or a focus. */
function goesLater(toast, ms) {
  setTimeout(() => {
    if (toast.matches(':hover, :focus-within'))
      goesLater(toast, 2000);
    else
      toast.remove();
  }, ms);
}

/** kind: "done" or "failed"; undo: an async function, or nothing */
export function toast(text, { kind = 'done', undo, seconds = SECONDS } = {}) {
  const words = h('span', {}, text);
  const element = h('div', { class: `toast ${kind}` }, words,
    undo && h('button', { type: 'button', onclick: (event) =>
      once(event.currentTarget, () => undone(
        element, words, event.target, undo)) }, 'Undo'),
    h('button', { type: 'button', class: 'quiet', 'aria-label': 'Dismiss',
      onclick: () => element.remove() }, '✕'));
  const all = byId('toasts');

  all.append(element);
  while (all.childElementCount > MOST)
    all.firstElementChild.remove();
  speak(undo ? `${text} Can be undone: Control Z.` : text);
  goesLater(element, seconds * 1000);
  return element;
}

async function undone(element, words, button, undo) {
  try {
    setText(words, await undo() ?? 'Undone.');
    speak(words.textContent);
    if (button === document.activeElement)
      element.querySelector('.quiet').focus();
    button.remove();
  } catch (error) {
    setText(words, `Not undone: ${error.message}`);
    element.classList.add('failed');
    speak(words.textContent);
  }
}

export const failed = (error) => toast(error.message, { kind: 'failed' });

/* Control Z, but in a text, where it is the browser's. */
addEventListener('keydown', (event) => {
  const isText = event.target.matches?.('textarea, input:not([type=range])');

  if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) ||
      event.shiftKey || isText)
    return;
  const buttons = [...byId('toasts').querySelectorAll('button:not(.quiet)')];

  if (buttons.length > 0) {
    event.preventDefault();
    buttons.at(-1).click();
  }
});
