// Reads every distinct image of a subject once, all at the same time, and waits no longer than its caller does.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Access } from '../inspection/image-source.ts';
import type { Inspect, Inspection, InspectRequest } from '../inspection/inspection.ts';
import { samePlatform } from '../oci/platform.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { Platforms } from './judge.ts';

export interface WantedImage {
  /** The normalised reference. */
  readonly name: string;
  readonly reference: ImageReference;
  readonly platforms: Platforms;
}

/** What came of each image, by normalised reference. Never rejects. When the caller's time is over, what is still being read is left behind. */
export async function inspectEach(
  wanted: readonly WantedImage[],
  { inspect, access }: { readonly inspect: Inspect; readonly access: Access },
): Promise<ReadonlyMap<string, Inspection>> {
  const requests = new Map<string, InspectRequest>();
  for (const { name, reference, platforms } of wanted) {
    const earlier = requests.get(name);
    const together = earlier === undefined ? platforms : bothPlatforms(earlier.platforms, platforms);
    requests.set(name, { reference, platforms: together, access });
  }
  const read = new Map<string, Inspection>();
  const begun = access.signal.aborted ? [] : [...requests];
  const reading = begun.map(async ([name, request]) => {
    read.set(name, await inspectSafely(inspect, request));
  });
  if (begun.length > 0) await untilAborted(Promise.all(reading), access.signal);
  // Made only when it is needed: an Error with its stack costs more than judging an image whose facts are known.
  if (read.size === requests.size) return read;
  const late = new Fault('cancelled', 'the deadline passed before the image was read');
  return new Map([...requests.keys()].map((name) => [name, read.get(name) ?? { kind: 'fault', fault: late }]));
}

function bothPlatforms(a: Platforms, b: Platforms): Platforms {
  if (a === 'all' || b === 'all') return 'all';
  return [...a, ...b.filter((platform) => !a.some((known) => samePlatform(known, platform)))];
}

async function inspectSafely(inspect: Inspect, request: InspectRequest): Promise<Inspection> {
  try {
    return await inspect(request);
  } catch (thrown) {
    return { kind: 'fault', fault: faultFromUnknown(thrown) };
  }
}

/** Resolves with `work`, or when `signal` aborts. `work` never rejects. */
function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => resolve();
    signal.addEventListener('abort', end, { once: true });
    work.then(() => {
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}
