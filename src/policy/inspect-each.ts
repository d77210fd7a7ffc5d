// Reads every distinct image of a subject once, all at the same time, and waits no longer than its caller does.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Access } from '../inspection/image-source.ts';
import type { Inspect, Inspection, InspectRequest } from '../inspection/inspection.ts';
import { samePlatform } from '../oci/platform.ts';
import { formatReference, type ImageReference } from '../oci/reference.ts';
import type { Platforms } from './judge.ts';

export interface WantedImage {
  readonly reference: ImageReference;
  readonly platforms: Platforms;
}

/** What came of each image, by normalised reference. Never rejects. */
export async function inspectEach(
  wanted: readonly WantedImage[],
  { inspect, access }: { readonly inspect: Inspect; readonly access: Access },
): Promise<ReadonlyMap<string, Inspection>> {
  const requests = new Map<string, InspectRequest>();
  for (const { reference, platforms } of wanted) {
    const name = formatReference(reference);
    const earlier = requests.get(name);
    const together = earlier === undefined ? platforms : bothPlatforms(earlier.platforms, platforms);
    requests.set(name, { reference, platforms: together, access });
  }
  const inspections = [...requests].map(
    async ([name, request]) => [name, await inspectInTime(inspect, request)] as const,
  );
  return new Map(await Promise.all(inspections));
}

function bothPlatforms(a: Platforms, b: Platforms): Platforms {
  if (a === 'all' || b === 'all') return 'all';
  return [...a, ...b.filter((platform) => !a.some((known) => samePlatform(known, platform)))];
}

/** The inspection, or at once a fault when the caller's time is over; what is under way is left to end by the same signal. */
async function inspectInTime(inspect: Inspect, request: InspectRequest): Promise<Inspection> {
  const { signal } = request.access;
  // Made only when it is needed: an Error with its stack costs more than judging an image whose facts are known.
  const late = () => new Fault('cancelled', 'the deadline passed before the image was read');
  if (signal.aborted) return { kind: 'fault', fault: late() };
  const { promise: over, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(late());
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([over, inspect(request)]);
  } catch (thrown) {
    return { kind: 'fault', fault: faultFromUnknown(thrown) };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
