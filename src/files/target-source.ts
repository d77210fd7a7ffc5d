// Opens an image on disk for the command line: `oci:DIR`, `oci-archive:FILE`, `docker-archive:FILE`, each with `:NAME` or `@DIGEST`.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { ImageSource } from '../inspection/image-source.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import type { DocumentLimits } from '../oci/limits.ts';
import { type ImageReference, parseReference } from '../oci/reference.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { openArchiveTree } from './archive-tree.ts';
import { chooseImage } from './choose-image.ts';
import { openDockerArchive } from './docker-archive.ts';
import { createDirectoryTree, type FileTree } from './file-tree.ts';
import { createLayoutSource, faultsOnly, imagesOfLayout } from './oci-layout.ts';

export type TargetKind = 'layout' | 'oci-archive' | 'docker-archive';

/** An image on disk, ready to be inspected. */
export interface TargetSource {
  readonly source: ImageSource;
  /** Always with the digest of the chosen image. */
  readonly reference: ImageReference;
  /** Whether host and repository are what the image itself is called, or were made up from the path (`localhost/NAME`). */
  readonly namedBy: 'image' | 'path';
  close(): Promise<void>;
}

export type TargetLimits = DocumentLimits & ArchiveLimits;

interface OpenedImage {
  readonly source: ImageSource;
  readonly digest: Digest;
  readonly names: readonly string[];
}

interface WrittenTarget {
  readonly path: string;
  readonly name?: string;
  readonly digest?: Digest;
}

/**
 * Opens what was written after the prefix: a path, and after a further colon or @ which of its images is meant.
 * @throws Fault `usage` (no such file, no layout, several images to choose from), `registry/not-found`, `image/*`, `integrity/*`, `limit`.
 */
export function openTarget(
  kind: TargetKind,
  written: string,
  limits: TargetLimits,
  signal: AbortSignal,
): Promise<TargetSource> {
  return faultsOnly(async () => {
    const target = await splitTarget(written);
    const [tree, open] = await openTree(kind, target, limits, signal);
    try {
      const opened = await open();
      return { source: opened.source, ...nameOf(opened, target), close: () => tree.close() };
    } catch (thrown) {
      await tree.close();
      throw thrown;
    }
  });
}

async function openTree(
  kind: TargetKind,
  target: WrittenTarget,
  limits: TargetLimits,
  signal: AbortSignal,
): Promise<readonly [FileTree, () => Promise<OpenedImage>]> {
  switch (kind) {
    case 'layout': {
      const tree = createDirectoryTree(target.path);
      return [tree, () => openLayout(tree, target, limits, signal)];
    }
    case 'oci-archive': {
      const tree = await openArchiveTree(target.path, limits, signal);
      return [tree, () => openLayout(tree, target, limits, signal)];
    }
    case 'docker-archive': {
      const tree = await openArchiveTree(target.path, limits, signal);
      if (target.digest !== undefined) {
        await tree.close();
        throw new Fault('usage', 'images of a docker archive have names and no digests; write :NAME');
      }
      return [tree, () => openDockerArchive(tree, target.name, limits, signal)];
    }
    default:
      return kind satisfies never;
  }
}

async function openLayout(
  tree: FileTree,
  target: WrittenTarget,
  limits: TargetLimits,
  signal: AbortSignal,
): Promise<OpenedImage> {
  const images = await imagesOfLayout(tree, limits, signal);
  const digest = target.digest ?? chooseImage(images, { name: target.name, holder: tree.name }).descriptor.digest;
  const names = images.filter(({ descriptor }) => descriptor.digest === digest).flatMap((image) => image.names);
  return { source: createLayoutSource(tree, limits), digest, names };
}

/** A colon may be part of the path; the longest beginning that is there on disk is the path. */
async function splitTarget(written: string): Promise<WrittenTarget> {
  if (await exists(written)) return { path: written };
  for (let at = written.length - 1; at > 0; at--) {
    const mark = written.charAt(at);
    if ((mark !== ':' && mark !== '@') || !(await exists(written.slice(0, at)))) continue;
    const [path, rest] = [written.slice(0, at), written.slice(at + 1)];
    if (rest === '') throw new Fault('usage', `${printable(written)} names no image after the ${mark}`);
    return mark === ':' ? { path, name: rest } : { path, digest: parseDigest(rest) };
  }
  throw new Fault('usage', `${printable(written)}: there is no such file or directory`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** What the image is called where it lies, if that is more than a tag; else a name made of the path. */
function nameOf(
  { digest, names }: OpenedImage,
  { path, name }: WrittenTarget,
): Pick<TargetSource, 'reference' | 'namedBy'> {
  const whole = [...(name === undefined ? [] : [name]), ...names].filter((one) => names.includes(one));
  for (const one of whole.filter((text) => text.includes('/') || text.includes(':'))) {
    const reference = referenceFrom(one);
    if (reference !== undefined) return { reference: { ...reference, digest }, namedBy: 'image' };
  }
  const tag = name ?? names[0];
  const made = referenceFrom(`localhost/${repositoryFromPath(path)}${tag === undefined ? '' : `:${tag}`}`);
  const { host, repository } = made ?? { host: 'localhost', repository: repositoryFromPath(path) };
  return {
    reference: { host, repository, ...(tag !== undefined && made?.tag === tag ? { tag } : {}), digest },
    namedBy: 'path',
  };
}

function referenceFrom(text: string): ImageReference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}

/** The last part of the path as a repository may be named: `build/My App.tar.gz` is `my-app`. */
function repositoryFromPath(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/\.(?:oci|tar|tar\.gz|tgz|tar\.zst)$/, '');
  const words = name.split(/[^a-z0-9]+/).filter((word) => word !== '');
  return words.join('-').slice(0, 128).replace(/-$/, '') || 'image';
}
