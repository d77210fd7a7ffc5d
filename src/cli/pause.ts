// Waiting for a while, for work that looks again later.
import { setTimeout } from 'node:timers/promises';
import type { Pause } from '../inspection/held-claim.ts';

export const pause: Pause = (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined);
