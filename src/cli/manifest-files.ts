// Kubernetes YAML and JSON, from files, directories and standard input, to the workloads in it and where each image stands.
import {
  type FieldPath,
  faultFromProblems,
  type Problem,
  parseFieldPath,
  readYamlDocuments,
  type SourceDocument,
} from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import type { ManifestText, ManifestTexts } from '../files/manifest-texts.ts';
import { textField } from '../workload/fields.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { workloadsFromManifest } from '../workload/workload-from-object.ts';

/** A workload as it stands in a file. */
export interface LocatedWorkload {
  /** The file, or `-`. */
  readonly file: string;
  readonly workload: Workload;
  /** The line on which a use names its image, counted from 1. */
  lineOf(use: ImageUse): number;
}

export interface Manifests {
  readonly workloads: readonly LocatedWorkload[];
  /** Documents that are Kubernetes objects, also those that use no images. */
  readonly objects: number;
}

interface ReadManifests extends Manifests {
  /** Every mistake of syntax, each with its place. */
  readonly problems: readonly Problem[];
}

/** Every workload in a text of one or more YAML documents, Lists included. */
function manifestsFromText({ file, text }: ManifestText): ReadManifests {
  const { documents, problems } = readYamlDocuments(text, file);
  const workloads = documents.flatMap((document) =>
    workloadsFromManifest(document.value).map(({ at, workload }) => ({
      file,
      workload,
      lineOf: lineFinder(document, at),
    })),
  );
  const all = [...problems, ...documents.flatMap((document) => problemOfDocument(document))];
  return {
    workloads,
    objects: documents.filter(isKubernetesObject).length,
    problems: all.length > 0 ? problemsOf(text, file, all) : [],
  };
}

/** What no YAML parser takes of a template is no mistake of its author. */
function problemsOf(text: string, source: string, problems: readonly Problem[]): readonly Problem[] {
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('{{'));
  if (line < 0) return problems;
  const message = 'this is a template, not a manifest; render it first: `helm template … | tidewaiter check -`';
  return [{ source, line: line + 1, column: (lines[line]?.indexOf('{{') ?? 0) + 1, path: '', message }];
}

function problemOfDocument(document: SourceDocument): readonly Problem[] {
  const isObject = typeof document.value === 'object' && document.value !== null && !Array.isArray(document.value);
  return isObject ? [] : [document.problem([], 'a Kubernetes object is a map with apiVersion and kind; this is none')];
}

/** As kubectl tells them from other YAML, such as the values of a chart. */
function isKubernetesObject({ value }: SourceDocument): boolean {
  return textField(value, 'apiVersion') !== undefined && textField(value, 'kind') !== undefined;
}

function lineFinder(document: SourceDocument, at: FieldPath): (use: ImageUse) => number {
  return (use) => document.at([...at, ...parseFieldPath(use.path)]).line;
}

/**
 * Every workload in the texts that one target named.
 *
 * Nothing at all is what a failed `helm template` leaves in a pipe: it must not look as if something had been judged and allowed.
 * Objects that use no images are no mistake.
 * @throws Fault `document/invalid` with every problem in any of them, `usage` when there is no object in them.
 */
export function manifestsFromTexts({ what, texts }: ManifestTexts): Manifests {
  const parts = texts.map(manifestsFromText);
  const problems = parts.flatMap((part) => part.problems);
  if (problems.length > 0) throw faultFromProblems(problems);
  const objects = parts.reduce((sum, part) => sum + part.objects, 0);
  if (objects === 0) {
    throw new Fault('usage', `${what} holds no Kubernetes object (with apiVersion and kind), so nothing was judged`);
  }
  return { workloads: parts.flatMap(({ workloads }) => workloads), objects };
}
