// The texts of Kubernetes manifests: from a file, from all files below a directory, from standard input.
import { addAbortSignal, type Readable } from 'node:stream';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { faultFromFileError, type ReadLimit, readTextFile, tooLarge } from './file-fault.ts';
import { findManifestFiles } from './find-manifest-files.ts';
import { kindOf } from './find-policy-files.ts';

/** Rendered charts are a few MiB at most. Reading YAML with the place of everything takes a second or two for each MiB. */
const fileLimit: ReadLimit = { limit: 'maxManifestFileBytes', maxBytes: 16 * 1024 * 1024 };

export interface ManifestText {
  /** The file, or `-`. */
  readonly file: string;
  readonly text: string;
}

export interface ManifestTexts {
  /** What they are of, as the subject of a sentence. */
  readonly what: string;
  readonly texts: readonly ManifestText[];
}

/**
 * A file, or every *.yaml, *.yml and *.json below a directory in the order of their names.
 * @throws Fault `usage` for what cannot be read, is too large or no regular file, and for a directory without such a file.
 */
export async function readManifests(path: string): Promise<ManifestTexts> {
  const what = printable(path);
  if ((await kindOf(path)) === 'file') return { what, texts: [await readManifest(path)] };
  const files = await findManifestFiles(path);
  if (files.length === 0) {
    throw new Fault('usage', `${what}: there is no .yaml, .yml or .json file in this directory`);
  }
  return {
    what: `${what}, with ${files.length} files named *.yaml, *.yml or *.json below it,`,
    texts: await Promise.all(files.map(readManifest)),
  };
}

async function readManifest(file: string): Promise<ManifestText> {
  return { file, text: await readTextFile(file, fileLimit) };
}

/**
 * Standard input to its end, within the same bound as a file.
 * @throws Fault `usage`; `cancelled` when `signal` aborts first.
 */
export async function readManifestStream(stream: Readable, signal: AbortSignal): Promise<ManifestTexts> {
  const what = 'standard input';
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > fileLimit.maxBytes) throw new Fault('usage', tooLarge(what, fileLimit).message, fileLimit);
      chunks.push(bytes);
    }
  } catch (thrown) {
    if (!signal.aborted) throw faultFromFileError(thrown, what);
    throw new Fault('cancelled', `interrupted before ${what} ended`, { cause: thrown });
  }
  return { what, texts: [{ file: '-', text: Buffer.concat(chunks).toString('utf8') }] };
}
