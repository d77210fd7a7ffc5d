// A workload with more images than are judged one by one: it is answered as a whole.
import { Fault } from '../base/fault.ts';
import type { ImageUse } from '../workload/use.ts';

/**
 * One use of each kind in the place of all, without its image: what is not known of it takes no policy away, so every policy that could
 * speak of any of them does.
 */
export function standInsFor(uses: readonly ImageUse[]): readonly ImageUse[] {
  const firstOfKind = new Map(uses.toReversed().map((use) => [use.kind, use]));
  return [...firstOfKind.values()].map((use) => ({ ...use, image: '' }));
}

export function tooManyUses(count: number, maxUses: number): Fault {
  const message = `the workload names ${count} images, and no more than ${maxUses} of one workload are judged (maxUses)`;
  return new Fault('limit', message, { limit: 'maxUses' });
}
