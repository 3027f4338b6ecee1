// SPDX-License-Identifier: ISC
// Elements, made of text and nothing else: what a server says, a proxy's name
// above all, never becomes markup.  And frames: however often something
// changes, it is drawn once.

const SVG = 'http://www.w3.org/2000/svg';

// What is not an attribute, or not after the user has touched it.
const PROPERTIES = new Set(['value', 'checked', 'disabled', 'indeterminate']);

function set(element, name, value) {
  if (name.startsWith('on'))
    element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name))
    element[name] = value;
  else if (value === true)
    element.setAttribute(name, '');
  else if (value !== false && value !== null && value !== undefined)
    element.setAttribute(name, value);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {}))
    set(element, name, value);
  element.append(...children.flat(Infinity).filter(
    (child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** h('a', {href: '#/', onclick: f}, 'text', element, ...) */
export const h = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const s = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

export const byId = (id) => document.getElementById(id);

/** Touches the document only where it would be another. */
export function setText(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

export function setAttribute(element, name, value) {
  const text = value === true ? '' : value;

  if (value === false || value === null || value === undefined)
    element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(text))
    element.setAttribute(name, text);
}

/** Of one class name, whether it is there. */
export const setClass = (element, name, is) =>
  element.classList.toggle(name, Boolean(is));

const atWork = new WeakSet();

/**
 * Awaits f(), and takes no other press of this button meanwhile.  One that is
 * disabled would lose the focus.
 */
export async function once(button, f) {
  if (atWork.has(button))
    return;
  atWork.add(button);
  button.setAttribute('aria-busy', 'true');
  try {
    await f();
  } finally {
    atWork.delete(button);
    button.removeAttribute('aria-busy');
  }
}

let numbers = 0;

/** For labels and descriptions, which refer to what they belong to. */
export const newId = (what) => `${what}-${++numbers}`;

// ---- frames

const waiting = new Set();

function draw() {
  const now = [...waiting];

  waiting.clear();
  for (const f of now) {
    try {
      f();
    } catch (error) { // one part's fault leaves the others drawn
      reportError(error);
    }
  }
}

/** Calls f once before the next frame is drawn, however often it is asked. */
export function onFrame(f) {
  if (waiting.size === 0)
    requestAnimationFrame(draw);
  waiting.add(f);
}

/** Says it to who cannot see that it has changed. */
export function speak(text) {
  const place = byId('spoken');

  place.textContent = '';
  setTimeout(() => { place.textContent = text; }, 50);
}

/** Moves the focus there, and a screen reader with it. */
export function focusOn(element) {
  if (!element.hasAttribute('tabindex') && !element.matches(
    'a, button, input, select, textarea'))
    element.setAttribute('tabindex', '-1');
  element.focus({ preventScroll: true });
}
