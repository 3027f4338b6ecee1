// SPDX-License-Identifier: ISC
// Where we are, in what is behind the # of the address: a page, what it is
// about, and how it is filtered and sorted, so that a link has all of it.
//
//     #/proxy/web?tab=charts      page "proxy", about ["web"]

const listeners = new Set();
let at = null;

// A link that somebody has cut, or written by hand, may not be decodable.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function read() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [page, ...about] = path.split('/');

  return { page: page || 'overview', about: about.map(decoded),
    query: new URLSearchParams(query ?? '') };
}

function changed() {
  const before = at;

  at = read();
  for (const f of listeners)
    f(at, before);
}

export const route = () => at ?? (at = read());

/** link('proxy', ['web'], {filter: 'x'}); what is empty is left out */
export function link(page, about = [], query = {}) {
  const rest = new URLSearchParams(Object.entries(query).filter(
    ([, value]) => value !== '' && value !== null && value !== undefined));
  const path = [page === 'overview' ? '' : page, ...about.map(
    encodeURIComponent)].join('/');

  return `#/${path}${rest.size > 0 ? `?${rest}` : ''}`;
}

export function go(page, about, query) {
  location.hash = link(page, about, query);
}

/** The same page with another query, which is no step for "back". */
export function setQuery(changes) {
  const { page, about, query } = route();

  history.replaceState(null, '', link(page, about,
    { ...Object.fromEntries(query), ...changes }));
  changed();
}

/** f(now, before), at each change */
export function onRoute(f) {
  listeners.add(f);
}

addEventListener('hashchange', changed);
