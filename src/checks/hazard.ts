// Things in a manifest or config that have been used to attack the machines that run images, or that cannot be inspected.
import { printable } from '../base/printable.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import { useKinds } from '../workload/use.ts';
import { findingsOfEach, type RawFinding, type Rule } from './check.ts';
import { defineFactsCheck } from './define-check.ts';
import { choices } from './parameter.ts';
import { layerEvidence } from './size-advice.ts';

const label: Rule = {
  id: 'hazard/label',
  severity: 'critical',
  title: 'A label of the image speaks to the container runtime',
  why: 'The runtime containerd took labels of an image for its own: a `binary://` logger in them made its restart monitor run any program as root on the node (CVE-2026-53488).',
  advice:
    'remove the label; no image needs one that begins with containerd.io/restart. or holds a binary:// address; take an image that has one for hostile if you did not build it, and update containerd',
};

const volumePath: Rule = {
  id: 'hazard/volume-path',
  severity: 'high',
  title: 'A VOLUME of the image has a path that reaches out of it',
  why: 'The runtime containerd copied the content of such a path from the node into the container (CVE-2022-23648); volumes over /proc, /sys or /dev hide what the kernel puts there.',
  advice:
    'write VOLUME with an absolute path below the data directory of the program, such as `VOLUME /var/lib/app`, or leave it out and mount a volume in the pod',
};

const foreignLayer: Rule = {
  id: 'hazard/foreign-layer',
  severity: 'medium',
  title: 'A layer of the image lies outside its registry',
  why: 'Its bytes come from a URL written in the manifest: they are not inspected, may be gone tomorrow, and make nodes connect to hosts that the author chose.',
  advice:
    'push the image with its layers (`skopeo copy`, or `--allow-nondistributable-artifacts` of the Docker daemon for Windows base layers)',
};

const mediaType: Rule = {
  id: 'hazard/media-type',
  severity: 'medium',
  title: 'A layer of the image has a media type that cannot be read',
  why: 'What cannot be read cannot be judged, and a runtime that reads it all the same sees what no one has looked at.',
  advice:
    'push the image with tar layers, compressed with gzip or zstd; decrypt encrypted layers before they are pushed here',
};

export const hazard = defineFactsCheck({
  name: 'hazard',
  summary: 'Forbids what has been used to attack those who run images.',
  example: '{ forbid: [label, volume-path, foreign-layer, media-type] }',
  rules: [label, volumePath, foreignLayer, mediaType],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    forbid: choices(
      '`label`: labels that steer containerd. `volume-path`: volumes with .. in them, relative ones, and those over /, /proc, /sys or /dev. `foreign-layer`: layers that lie at URLs. `media-type`: layers that are encrypted or of an unknown kind.',
      ['label', 'volume-path', 'foreign-layer', 'media-type'],
    ),
  },
  requiresNothing: ({ forbid }) => (forbid.size === 0 ? 'list what is forbidden under forbid' : undefined),
  evaluate: ({ facts }, { forbid }) => [
    ...(forbid.has('label') ? runtimeLabels(facts) : []),
    ...(forbid.has('volume-path') ? hazardousVolumes(facts) : []),
    ...(forbid.has('foreign-layer') ? foreignLayers(facts) : []),
    ...(forbid.has('media-type') ? unreadableLayers(facts) : []),
  ],
});

function runtimeLabels({ labels }: RunnableImageFacts): readonly RawFinding[] {
  const steering = Object.entries(labels).filter(
    ([key, value]) => key.startsWith('containerd.io/restart.') || /^\s*binary:/i.test(value),
  );
  return findingsOfEach(label, steering, ([key]) => ({
    message: `the label ${printable(key, 64)} steers the container runtime`,
    evidence: { kind: 'label', key: printable(key) },
  }));
}

const kernelPath = /^\/(?:proc|sys|dev)(?:\/|$)/;

function hazardousVolumes({ volumes, platform }: RunnableImageFacts): readonly RawFinding[] {
  const hazardous = volumes.flatMap((path) => {
    const problem = problemOfVolume(path, platform.os === 'windows');
    return problem === undefined ? [] : [{ path, problem }];
  });
  return findingsOfEach(volumePath, hazardous, ({ path, problem }) => ({
    message: `the volume "${printable(path, 64)}" ${problem}`,
    evidence: { kind: 'manifest', field: `volume ${printable(path)}` },
  }));
}

function problemOfVolume(path: string, isWindows: boolean): string | undefined {
  if (path.split(/[/\\]/).includes('..')) return 'climbs out of its directory with ..';
  if (isWindows) return /^(?:[a-z]:|[/\\])/i.test(path) ? undefined : 'is not an absolute path';
  if (!path.startsWith('/')) return 'is not an absolute path';
  const clean = path.replace(/\/(?:\.?\/)*/g, '/');
  if (clean === '/' || clean === '/.') return 'is the whole file system';
  return kernelPath.test(clean) ? 'lies over a file system of the kernel' : undefined;
}

function foreignLayers(facts: RunnableImageFacts): readonly RawFinding[] {
  const foreign = facts.layers.filter(({ kind }) => kind === 'foreign');
  return findingsOfEach(foreignLayer, foreign, (layer) => ({
    message: `layer ${layer.index + 1} of ${facts.layers.length} lies outside the registry`,
    evidence: layerEvidence(facts, layer),
  }));
}

function unreadableLayers(facts: RunnableImageFacts): readonly RawFinding[] {
  const unreadable = facts.layers.filter(({ kind }) => kind === 'unknown' || kind === 'encrypted');
  return findingsOfEach(mediaType, unreadable, (layer) => ({
    message: `layer ${layer.index + 1} of ${facts.layers.length} has the media type ${printable(layer.mediaType, 80)}, which cannot be read`,
    evidence: layerEvidence(facts, layer),
  }));
}
