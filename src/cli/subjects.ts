// Targets to subjects: what each names, how its image is read, and where it stands.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import type { Inspect } from '../inspection/inspection.ts';
import { formatReference } from '../oci/reference.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { type LocatedWorkload, type Manifests, manifestsFromTexts } from './manifest-files.ts';
import { type PathKind, parseTarget, type Target } from './target.ts';
import type { Workbench } from './workbench.ts';

/** Something to judge, before it is judged. */
export interface FoundSubject {
  readonly target: string;
  readonly file?: string;
  readonly lineOf?: (use: ImageUse) => number;
  /** Absent for a bare image. */
  readonly workload?: Workload;
  readonly uses: readonly ImageUse[];
  /** An image on disk that has no name of its own. */
  readonly isUnnamed?: boolean;
  readonly inspect: Inspect;
  readonly close?: () => Promise<void>;
}

/** Reads every target; whether a name is an image or a file is decided for all of them before anything is opened. */
export async function findSubjects(texts: readonly string[], workbench: Workbench): Promise<readonly FoundSubject[]> {
  const targets = await Promise.all(texts.map(readTarget));
  if (targets.filter(({ kind }) => kind === 'stdin').length > 1) {
    throw new Fault('usage', '- is given more than once, and standard input can be read only once');
  }
  const found: FoundSubject[] = [];
  for (const target of targets) found.push(...(await subjectsOf(target, workbench)));
  return found;
}

export async function readTarget(text: string): Promise<Target> {
  const kind = await kindOfPath(text);
  return parseTarget(text, () => kind);
}

async function kindOfPath(path: string): Promise<PathKind> {
  try {
    if (!(await stat(path)).isDirectory()) return 'file';
  } catch {
    return 'nothing';
  }
  return stat(join(path, 'oci-layout')).then(
    () => 'layout',
    () => 'directory',
  );
}

async function subjectsOf(target: Target, workbench: Workbench): Promise<readonly FoundSubject[]> {
  switch (target.kind) {
    case 'image':
      return [{ target: target.text, uses: [bareUse(target.image)], inspect: workbench.inspect }];
    case 'stdin':
      return workloadSubjects(target, manifestsFromTexts(await workbench.readStandardInput()), workbench);
    case 'manifests':
      return workloadSubjects(target, manifestsFromTexts(await workbench.readManifests(target.path)), workbench);
    case 'layout':
    case 'oci-archive':
    case 'docker-archive': {
      const { inspect, reference, isUnnamed, close } = await workbench.open(target.kind, target.path);
      return [{ target: target.text, uses: [bareUse(formatReference(reference))], isUnnamed, inspect, close }];
    }
    default:
      return target satisfies never;
  }
}

function workloadSubjects(target: Target, manifests: Manifests, { inspect }: Workbench): readonly FoundSubject[] {
  return manifests.workloads.map(({ file, workload, lineOf }: LocatedWorkload) => ({
    target: target.text,
    file,
    lineOf,
    workload,
    uses: workload.uses,
    inspect,
  }));
}

/** An image by itself is judged as a container that changes nothing of what the image says. */
function bareUse(image: string): ImageUse {
  return {
    kind: 'container',
    path: 'image',
    name: '',
    image,
    runAs: {},
    probes: { liveness: false, readiness: false, startup: false },
    sharesProcessNamespace: false,
  };
}
