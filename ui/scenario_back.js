// SPDX-License-Identifier: ISC
// A scenario that was stopped begins anew; where it may not, it is not lost.

import { scenarioAsNew } from './again.js';
import * as api from './api.js';
import { refresh } from './follow.js';
import { visible } from './text.js';
import { toast } from './toasts.js';

const SECONDS = 60; // it is nowhere else

/** is: as it was read at, of performance.now() */
export async function beginAnew(is, at) {
  await api.addScenario(scenarioAsNew(is, performance.now() - at));
  refresh(is.proxy);
  return `${visible(is.name)} has begun anew.`;
}

/** It could not: here it can be tried again. */
export const keepStopped = (is, at, { message }) => toast(
  `${visible(is.name)} is stopped, and has not begun again: ${message}`,
  { kind: 'failed', seconds: SECONDS, undo: () => beginAnew(is, at) });
