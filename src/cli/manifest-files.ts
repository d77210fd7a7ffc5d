// Kubernetes YAML and JSON from files, directories and standard input, to the workloads in it and where each image stands.
import type { Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FieldPath,
  faultFromProblems,
  type Problem,
  parseFieldPath,
  readYamlDocuments,
  type SourceDocument,
} from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { formatBytes } from '../base/quantity.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { workloadsFromManifest } from '../workload/workload-from-object.ts';

/** Rendered charts are a few MiB at most. Reading YAML with the place of everything takes a second or two for each MiB. */
const maxManifestBytes = 16 * 1024 * 1024;

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
  /** Documents read, also those that use no images. */
  readonly documents: number;
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
  return { workloads, documents: documents.length, problems: all.length > 0 ? problemsOf(text, file, all) : [] };
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

function lineFinder(document: SourceDocument, at: FieldPath): (use: ImageUse) => number {
  return (use) => document.at([...at, ...parseFieldPath(use.path)]).line;
}

/**
 * Reads a file, or every *.yaml, *.yml and *.json below a directory in the order of their names.
 * @throws Fault `usage` for what cannot be read, `document/invalid` for what is no YAML.
 */
export async function manifestsFromPath(path: string): Promise<Manifests> {
  const files = (await statOf(path)).isDirectory() ? await manifestFilesBelow(path) : [path];
  if (files.length === 0) throw new Fault('usage', `${path}: there is no .yaml, .yml or .json file in this directory`);
  return joined(await Promise.all(files.map(async (file) => manifestsFromText(await readManifestFile(file), file))));
}

/** @throws Fault `document/invalid` with every problem in any of them. */
function joined(parts: readonly ReadManifests[]): Manifests {
  const problems = parts.flatMap((part) => part.problems);
  if (problems.length > 0) throw faultFromProblems(problems);
  return {
    workloads: parts.flatMap(({ workloads }) => workloads),
    documents: parts.reduce((sum, { documents }) => sum + documents, 0),
  };
}

async function manifestFilesBelow(directory: string): Promise<readonly string[]> {
  const entries = await readable(directory, () => readdir(directory, { withFileTypes: true, recursive: true }));
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && /\.(?:ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readManifestFile(file: string): Promise<string> {
  const { size } = await statOf(file);
  if (size > maxManifestBytes) {
    throw new Fault(
      'limit',
      `${file} is larger than ${formatBytes(maxManifestBytes)}, too large for Kubernetes manifests`,
      {
        limit: 'maxManifestFileBytes',
      },
    );
  }
  return readable(file, () => readFile(file, 'utf8'));
}

function statOf(path: string): Promise<Stats> {
  return readable(path, () => stat(path));
}

/** Whoever named the path is told what the disk refuses: of the path, or of what lies below it. */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    const said = new Map(Object.entries(thrown instanceof Error ? thrown : {}));
    const why = String(said.get('code') ?? 'unknown');
    throw new Fault('usage', `${String(said.get('path') ?? path)} cannot be read: ${why}`, { cause: thrown });
  }
}

/** Reads standard input to its end, within the same bound as a file. */
export async function manifestsFromStream(stream: AsyncIterable<Uint8Array | string>): Promise<Manifests> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxManifestBytes) {
      throw new Fault('limit', `standard input is longer than ${formatBytes(maxManifestBytes)}`, {
        limit: 'maxManifestFileBytes',
      });
    }
    chunks.push(bytes);
  }
  return joined([manifestsFromText(Buffer.concat(chunks).toString('utf8'), '-')]);
}
