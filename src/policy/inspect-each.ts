// Reads every distinct image of a subject once, many at the same time, and waits no longer than its caller does.
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

/**
 * No workload that means well has as many. All of them wait on the one signal of their subject, and what adding a listener costs grows with
 * those that are there: tens of thousands of images in one Pod would hold up everyone.
 */
const maxImagesAtOnce = 256;

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
  const line = requests.entries();
  const readInTurn = async (): Promise<void> => {
    for (const [name, request] of line) {
      if (access.signal.aborted) return;
      read.set(name, await inspectSafely(inspect, request));
    }
  };
  const atOnce = access.signal.aborted ? 0 : Math.min(maxImagesAtOnce, requests.size);
  const reading = Array.from({ length: atOnce }, readInTurn);
  if (atOnce > 0) await untilAborted(Promise.all(reading), access.signal);
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
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    work.then(() => {
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}
