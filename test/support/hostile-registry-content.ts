// What a well-behaved registry answers to a pull request: manifests, blobs and errors, as the distribution specification says.
import type { Digest } from '../../src/oci/digest.ts';
import type { BuiltImage } from './image.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RegistryContent {
  /** Adds an image with everything it leads to; the tag then names it. */
  put(repository: string, tag: string, image: BuiltImage): void;
  /** Gives out these bytes in place of the right ones, under the right digest's name. */
  replace(digest: Digest, bytes: Uint8Array): void;
  /** Answers what lies below `/v2/`; the method is GET or HEAD and decides nothing here. */
  answer(path: string): Answer;
}

interface Repository {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>;
  readonly blobs: Map<string, Uint8Array>;
}

const contentPath = /^(?<repository>[a-z0-9._/-]+)\/(?<kind>manifests|blobs)\/(?<target>[A-Za-z0-9_.:+-]+)$/;

export function createRegistryContent(): RegistryContent {
  const repositories = new Map<string, Repository>();
  const replaced = new Map<string, Uint8Array>();

  function manifest(repository: Repository, target: string): Answer {
    const digest = repository.tags.get(target) ?? target;
    const held = repository.manifests.get(digest);
    if (held === undefined) return errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    const headers = { 'Content-Type': held.mediaType, 'Docker-Content-Digest': digest };
    return { status: 200, headers, body: replaced.get(digest) ?? held.bytes };
  }

  function blob(repository: Repository, digest: string): Answer {
    const bytes = repository.blobs.get(digest);
    if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const headers = { 'Content-Type': 'application/octet-stream', 'Docker-Content-Digest': digest };
    return { status: 200, headers, body: replaced.get(digest) ?? bytes };
  }

  return {
    put(name, tag, image) {
      const repository = repositories.get(name) ?? { tags: new Map(), manifests: new Map(), blobs: new Map() };
      repositories.set(name, repository);
      repository.tags.set(tag, image.digest);
      for (const [digest, held] of image.manifests) repository.manifests.set(digest, held);
      for (const [digest, bytes] of image.blobs) repository.blobs.set(digest, bytes);
    },
    replace(digest, bytes) {
      replaced.set(digest, bytes);
    },
    answer(path) {
      if (path === '') return jsonAnswer(200, {});
      const { repository: name = '', kind, target = '' } = contentPath.exec(path)?.groups ?? {};
      const repository = repositories.get(name);
      if (repository === undefined) return errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry');
      return kind === 'manifests' ? manifest(repository, target) : blob(repository, target);
    },
  };
}

export function jsonAnswer(status: number, document: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = Buffer.from(JSON.stringify(document));
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body };
}

/** The part of a good answer that `Range: bytes=FIRST-` asks for, as blob stores give it. */
export function rangeOf(whole: Answer, range: string | undefined): Answer {
  const first = /^bytes=([0-9]+)-$/.exec(range ?? '')?.[1];
  if (first === undefined || whole.status !== 200) return whole;
  const total = whole.body.length;
  const from = Number(first);
  if (from >= total) return { status: 416, headers: { 'Content-Range': `bytes */${total}` }, body: Buffer.alloc(0) };
  const headers = { ...whole.headers, 'Content-Range': `bytes ${from}-${total - 1}/${total}` };
  return { status: 206, headers, body: whole.body.subarray(from) };
}

/** The error form of the distribution specification. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return jsonAnswer(status, { errors: [{ code, message }] }, headers);
}

/** The repository that a path below `/v2/` is about. */
export function repositoryOf(path: string): string | undefined {
  return contentPath.exec(path)?.groups?.['repository'];
}
