// SPDX-License-Identifier: ISC
// Who has no token that counts is asked for one.

import * as api from './api.js';
import { forgetCleared } from './clear.js';
import { h, newId, once } from './dom.js';
import { start } from './follow.js';

/** A form in the place of a page; done(): somebody is signed in. */
export function signIn(main, done) {
  const id = newId('token'), fault = newId('fault');
  const input = h('input', { id, type: 'password', autocomplete: 'off',
    spellcheck: 'false', required: true, 'aria-describedby': fault });
  const error = h('p', { id: fault, class: 'fault', role: 'alert' });
  const button = h('button', { class: 'main', type: 'submit' }, 'Sign in');

  async function attempt() {
    error.textContent = '';
    api.actFor(null);
    api.setToken(input.value.trim());
    try {
      await start();
      done();
    } catch (reason) {
      api.setToken(null);
      error.textContent = reason.message;
      input.setAttribute('aria-invalid', 'true');
      input.select();
    }
  }

  main.replaceChildren(h('section', { class: 'sign-in card' },
    h('h1', {}, 'Sign in'),
    h('p', {}, 'This toxid wants a token. It stays in this tab until that is ',
      'closed, and is sent to nobody else.'),
    h('form', { onsubmit: (event) => {
      event.preventDefault();
      once(button, attempt);
    } },
      h('label', { for: id }, 'Token'), input, error, button),
    h('p', { class: 'hint' }, 'It is what ', h('code', {}, 'toxictl'),
      ' reads with ', h('code', {}, '--token-file'),
      '. Who has none asks whoever runs this toxid.')));
  input.focus();
}

/** As nobody, and nothing of what was seen stays. */
export function signOut() {
  api.setToken(null);
  forgetCleared();
  location.reload();
}
