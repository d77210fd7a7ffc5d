// Kubernetes YAML and JSON from files, directories and standard input, to the workloads in it and where each image stands.
import { addAbortSignal, type Readable } from 'node:stream';
import {
  type FieldPath,
  faultFromProblems,
  type Problem,
  parseFieldPath,
  readYamlDocuments,
  type SourceDocument,
} from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { faultFromFileError, type ReadLimit, readTextFile, tooLarge } from '../files/file-fault.ts';
import { findManifestFiles } from '../files/find-manifest-files.ts';
import { kindOf } from '../files/find-policy-files.ts';
import { textField } from '../workload/fields.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { workloadsFromManifest } from '../workload/workload-from-object.ts';

/** Rendered charts are a few MiB at most. Reading YAML with the place of everything takes a second or two for each MiB. */
const fileLimit: ReadLimit = { limit: 'maxManifestFileBytes', maxBytes: 16 * 1024 * 1024 };

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
function manifestsFromText(text: string, file: string): ReadManifests {
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
 * Reads a file, or every *.yaml, *.yml and *.json below a directory in the order of their names.
 * @throws Fault `usage` for what cannot be read or holds no Kubernetes object at all, `document/invalid` for what is no YAML.
 */
export async function manifestsFromPath(path: string): Promise<Manifests> {
  if ((await kindOf(path)) === 'file') return joined([await manifestsFromFile(path)], printable(path));
  const files = await findManifestFiles(path);
  if (files.length === 0) {
    throw new Fault('usage', `${printable(path)}: there is no .yaml, .yml or .json file in this directory`);
  }
  const found = `${printable(path)}, with ${files.length} files named *.yaml, *.yml or *.json below it,`;
  return joined(await Promise.all(files.map(manifestsFromFile)), found);
}

async function manifestsFromFile(file: string): Promise<ReadManifests> {
  return manifestsFromText(await readTextFile(file, fileLimit), file);
}

/**
 * Nothing at all is what a failed `helm template` leaves in a pipe: it must not look as if something had been judged and allowed.
 * Objects that use no images are no mistake.
 * @throws Fault `document/invalid` with every problem in any of them, `usage` when there is no object in them.
 */
function joined(parts: readonly ReadManifests[], what: string): Manifests {
  const problems = parts.flatMap((part) => part.problems);
  if (problems.length > 0) throw faultFromProblems(problems);
  const objects = parts.reduce((sum, part) => sum + part.objects, 0);
  if (objects === 0) {
    throw new Fault('usage', `${what} holds no Kubernetes object (with apiVersion and kind), so nothing was judged`);
  }
  return { workloads: parts.flatMap(({ workloads }) => workloads), objects };
}

/**
 * Reads standard input to its end, within the same bound as a file.
 * @throws as manifestsFromPath; Fault `cancelled` when `signal` aborts first.
 */
export async function manifestsFromStream(stream: Readable, signal: AbortSignal): Promise<Manifests> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream)) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > fileLimit.maxBytes) throw new Fault('usage', tooLarge('standard input', fileLimit).message, fileLimit);
      chunks.push(bytes);
    }
  } catch (thrown) {
    if (!signal.aborted) throw faultFromFileError(thrown, 'standard input');
    throw new Fault('cancelled', 'interrupted before standard input ended', { cause: thrown });
  }
  return joined([manifestsFromText(Buffer.concat(chunks).toString('utf8'), '-')], 'standard input');
}
