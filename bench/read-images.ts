// Has the service read the layers of images: a policy that asks for those of some images only, and asking until they are read.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReviewAnswer } from '../demo/ask.ts';
import { admissionReview, podOf } from '../test/support/admission-review.ts';

/** Says that an image is undecided until its layers are read. */
function readingPolicy(registryHost: string): string {
  return `apiVersion: tidewaiter.dev/v1alpha1
kind: ImageAdmissionPolicy
metadata: { name: reading }
spec:
  match: { images: ["${registryHost}/scans/**"] }
  action: deny
  checks: { size: { maxUncompressed: 100Gi } }
`;
}

/** Gives `use` the file of a policy that has layers of the images below `scans/` of that registry read, and of no others. */
export async function withReadingPolicy(
  registryHost: string,
  use: (policyFile: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-bench-'));
  try {
    const file = join(directory, 'reading.yaml');
    await writeFile(file, readingPolicy(registryHost));
    await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A review may end before the layers are read; the next one is answered from what was read since. */
const maxAttempts = 30;

export async function readImage(ask: (review: object) => Promise<ReviewAnswer>, image: string): Promise<void> {
  let told = '';
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const { message } = await ask(admissionReview(podOf(image)));
    if (!message.includes('undecided/')) return;
    told = message;
  }
  throw new Error(`the layers of ${image} were not read: ${told}`);
}
