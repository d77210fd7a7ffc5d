// Which program built an image, told by the marks it leaves in history and labels.
import type { HistoryRecord, ImageConfig } from '../oci/image-config.ts';

interface BuilderMark {
  readonly name: string;
  readonly wrote: (record: HistoryRecord) => boolean;
}

const marks: readonly BuilderMark[] = [
  { name: 'buildkit', wrote: (row) => row.comment.startsWith('buildkit.') || row.createdBy.endsWith(' # buildkit') },
  { name: 'kaniko', wrote: (row) => row.author === 'kaniko' },
  { name: 'ko', wrote: (row) => row.author === 'ko' || row.createdBy.startsWith('ko build ') },
  { name: 'jib', wrote: (row) => row.author === 'Jib' || row.createdBy.startsWith('jib-') },
  { name: 'apko', wrote: (row) => row.author === 'apko' || row.createdBy === 'apko' },
  { name: 'nix', wrote: (row) => row.createdBy === '' && row.comment.startsWith('store paths:') },
  { name: 'bazel', wrote: (row) => row.createdBy.startsWith('bazel ') },
  { name: 'buildpacks', wrote: (row) => row.createdBy.startsWith('Buildpacks ') },
  { name: 'buildah', wrote: (row) => row.comment.startsWith('FROM ') },
  { name: 'docker', wrote: (row) => row.createdBy.includes('#(nop)') },
];

const markedLabels: ReadonlyMap<string, string> = new Map([
  ['io.buildah.version', 'buildah'],
  ['io.buildpacks.lifecycle.metadata', 'buildpacks'],
]);

/**
 * `buildkit`, `docker` (the legacy builder), `buildah`, `kaniko`, `ko`, `jib`, `apko`, `nix`, `bazel`, `buildpacks` or `unknown`.
 * The last row that tells decides, because the rows before it may be the base image's; labels are inherited and come after it.
 */
export function builderOf(config: Pick<ImageConfig, 'history' | 'labels'>): string {
  const labelled = [...markedLabels].find(([key]) => Object.hasOwn(config.labels, key))?.[1];
  for (const row of config.history.toReversed()) {
    const name = marks.find((mark) => mark.wrote(row))?.name;
    if (name === 'docker') return labelled === 'buildah' ? 'buildah' : 'docker';
    if (name !== undefined) return name;
  }
  return labelled ?? 'unknown';
}
