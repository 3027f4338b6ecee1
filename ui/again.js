// SPDX-License-Identifier: ISC
// What there was, as it is asked for again: a lease goes on where it was.

/** A scenario makes its own toxics, and nobody else does. */
export const isOfScenario = ({ owner }) =>
  owner !== undefined && owner.startsWith('scenario:');

/** ms: so long ago it was read */
export function asNew({ expires_in: expires, ...what }, ms = 0) {
  if (isOfScenario(what))
    delete what.owner;
  if (expires !== undefined)
    what.ttl = Math.max(1, Math.ceil(expires - ms));
  return what;
}

/** ... with its toxics; a halt is not the proxy's */
export const proxyAsNew = ({ halted, ...proxy }, ms = 0) => ({
  ...asNew(proxy, ms), toxics: proxy.toxics.filter((one) => !isOfScenario(one))
    .map((one) => asNew(one, ms)) });

/** From its first step on, and not the same one: each has its id. */
export const scenarioAsNew = ({ id, step, left, round, began, missing,
  steps, ...scenario }, ms = 0) => ({ ...asNew(scenario, ms), steps: steps.map(
  ({ missing: without, toxics, ...rest }) => ({ ...rest,
    toxics: toxics.map((toxic) => asNew(toxic)) })) });

/** By now it would be gone. */
export const isOver = ({ expires_in: expires }, ms) =>
  expires !== undefined && expires <= ms;
