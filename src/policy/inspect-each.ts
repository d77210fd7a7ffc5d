// Reads every distinct image of a subject once, many at the same time, and waits no longer than its caller does.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Access } from '../inspection/image-source.ts';
import type { ContentRequest, Inspect, Inspection, InspectRequest } from '../inspection/inspection.ts';
import type { ImageReference } from '../oci/reference.ts';
import { bothPlatforms, type Platforms } from './select-platforms.ts';

export interface WantedImage {
  /** The normalised reference. */
  readonly name: string;
  readonly reference: ImageReference;
  readonly platforms: Platforms;
  /** Absent: manifest and config are enough. */
  readonly content?: ContentRequest;
}

/**
 * No workload that means well has as many. All of them wait on the one signal of their subject, and what adding a listener costs grows with
 * those that are there: tens of thousands of images in one Pod would hold up everyone.
 */
const maxImagesAtOnce = 256;

/**
 * Layers are seldom read within one deadline. When it passes, an inspection that reads some answers with what it has and how far the rest is;
 * it has this long to say so. Milliseconds, far less than what a review keeps back.
 */
const maxLastWordsMs = 50;

/** What came of each image, by normalised reference. Never rejects. When the caller's time is over, what is still being read is left behind. */
export async function inspectEach(
  wanted: readonly WantedImage[],
  { inspect, access }: { readonly inspect: Inspect; readonly access: Access },
): Promise<ReadonlyMap<string, Inspection>> {
  const requests = new Map<string, InspectRequest>();
  for (const { name, reference, platforms, content } of wanted) {
    const earlier = requests.get(name);
    const together = earlier === undefined ? platforms : bothPlatforms(earlier.platforms, platforms);
    const both = bothContents(earlier?.content, content);
    requests.set(name, { reference, platforms: together, access, ...(both === undefined ? {} : { content: both }) });
  }
  const read = new Map<string, Inspection>();
  const line = requests.entries();
  const readInTurn = async (): Promise<void> => {
    for (const [name, request] of line) {
      if (access.signal.aborted) return;
      try {
        const inspection = inspect(request);
        read.set(name, inspection instanceof Promise ? await inspection : inspection);
      } catch (thrown) {
        read.set(name, { kind: 'fault', fault: faultFromUnknown(thrown) });
      }
    }
  };
  const reading: Promise<void>[] = [];
  const atOnce = access.signal.aborted ? 0 : Math.min(maxImagesAtOnce, requests.size);
  while (reading.length < atOnce && read.size < requests.size) reading.push(readInTurn());
  // What is known needs no waiting; and an Error with its stack costs more than judging an image whose facts are known.
  if (read.size === requests.size) return read;
  const lastWordsMs = [...requests.values()].some(({ content }) => content !== undefined) ? maxLastWordsMs : 0;
  if (reading.length > 0) await untilAborted(Promise.all(reading), { signal: access.signal, graceMs: lastWordsMs });
  if (read.size === requests.size) return read;
  const late = new Fault('cancelled', 'the deadline passed before the image was read');
  return new Map([...requests.keys()].map((name) => [name, read.get(name) ?? { kind: 'fault', fault: late }]));
}

function bothContents(a: ContentRequest | undefined, b: ContentRequest | undefined): ContentRequest | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { ...a, wanted: (facts, read) => a.wanted(facts, read) || b.wanted(facts, read) };
}

/** Resolves with `work`, or `graceMs` after `signal` aborted. `work` never rejects. */
function untilAborted(
  work: Promise<unknown>,
  { signal, graceMs }: { readonly signal: AbortSignal; readonly graceMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const end = () => {
      if (graceMs === 0) return resolve();
      timer = setTimeout(resolve, graceMs);
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    work.then(() => {
      signal.removeEventListener('abort', end);
      clearTimeout(timer);
      resolve();
    });
  });
}
