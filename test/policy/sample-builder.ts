// How samples are built: the rows of a history, and layers of which only the size is real.
import { type ImageBuilder, image } from '../support/image.ts';

/** One step of a build: what history records, and the bytes of its layer where it made one. */
export type Step = readonly [createdBy: string, size?: number, comment?: string];

const buildkit = 'buildkit.dockerfile.v0';

export const MB = 1_000_000;

export function built(builder: ImageBuilder, steps: readonly Step[], comment = buildkit): ImageBuilder {
  return steps.reduce((result, [created_by, size, own = comment]) => {
    const row = { created: '2026-10-12T08:30:00Z', created_by, ...(own === '' ? {} : { comment: own }) };
    if (size === undefined) return result.step(row);
    return result.rawLayer({ bytes: Buffer.from(created_by), extra: { size: Math.round(size) } }, row);
  }, builder);
}

export function linux(architecture = 'amd64', created = '2026-10-12T08:30:05Z'): ImageBuilder {
  return image().platform(`linux/${architecture}`).configDocument({ created });
}
