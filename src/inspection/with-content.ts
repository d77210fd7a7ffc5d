// Adds to an inspection the content of those images of which it is wanted, or says why it could not be had.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { contentSchema } from './content-facts.ts';
import type { ContentReader } from './content-reader.ts';
import { detectorRevision } from './detector-revision.ts';
import type { InspectRequest, PlatformInspection, ReadInspection } from './inspection.ts';

/** Whether the facts have all content that is wanted, as the present detectors see it. */
export function isContentAtHand(inspection: ReadInspection, { content }: InspectRequest): boolean {
  if (content === undefined) return true;
  return inspection.platforms.every(({ outcome }) => {
    if (outcome.kind === 'fault' || outcome.facts.kind === 'artifact') return true;
    const { facts } = outcome;
    const isCurrent = facts.content?.schema === contentSchema && facts.content.detectors >= detectorRevision;
    return isCurrent || !content.wanted(facts, inspection);
  });
}

/**
 * Never rejects: a platform whose layers cannot be read stays as it is, with `contentFault`.
 * @param content absent where layers are not read at all.
 */
export async function withContent(
  inspection: ReadInspection,
  request: InspectRequest,
  content: ContentReader | undefined,
): Promise<ReadInspection> {
  const { grant, credential } = inspection;
  const { reference, access, content: asked } = request;
  if (asked === undefined || isContentAtHand(inspection, request)) return inspection;
  const { tenant, priority } = asked;

  async function complete(platform: PlatformInspection): Promise<PlatformInspection> {
    const { outcome } = platform;
    if (outcome.kind === 'fault' || outcome.facts.kind === 'artifact') return platform;
    const { facts } = outcome;
    if (asked?.wanted(facts, inspection) !== true) return platform;
    const wish = { facts, reader: { reference, access, credential }, grant, tenant, priority };
    if (facts.content?.schema === contentSchema) {
      // They still decide. Nobody waits for what a newer revision finds, nor is told that it could not be read.
      if (facts.content.detectors < detectorRevision) {
        content?.read({ ...wish, priority: 'background' }).catch(() => undefined);
      }
      return platform;
    }
    try {
      if (content === undefined) throw new Fault('image/unsupported', 'layers are not read here');
      const read = await content.read(wish);
      return { ...platform, outcome: { kind: 'facts', facts: read } };
    } catch (thrown) {
      return { ...platform, outcome: { ...outcome, contentFault: faultFromUnknown(thrown) } };
    }
  }

  const platforms = await Promise.all(inspection.platforms.map(complete));
  const isSame = platforms.every((platform, index) => platform === inspection.platforms[index]);
  return isSame ? inspection : { ...inspection, platforms, cache: 'miss' };
}
