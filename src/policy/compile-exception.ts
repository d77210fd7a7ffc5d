// One exception document to one compiled exception; every mistake in it is told with its place.
import { createValidator, type FieldPath, type SourceDocument } from '../base/document.ts';
import { formatDuration } from '../base/duration.ts';
import { compileGlob } from '../base/glob.ts';
import type { RuleId } from '../checks/check.ts';
import { allRules } from '../checks/checks.ts';
import { compileImagePattern } from '../checks/image-pattern.ts';
import { attempt, type Report } from '../checks/parameter.ts';
import { parseDigest } from '../oci/digest.ts';
import { listField, textField } from '../workload/fields.ts';
import {
  type Compiled,
  createDraft,
  type DocumentDraft,
  type ExceptionBounds,
  soundParts,
  valueAt,
} from './document-draft.ts';
import { parseInstant } from './instant.ts';
import type { PolicyException } from './policy.ts';
import { exceptionSchema } from './schema.ts';

const validate = createValidator(exceptionSchema);

/** The exception, or every reason why there is none. One that has expired is read, and never honoured. */
export function compileException(
  document: SourceDocument,
  bounds: ExceptionBounds | undefined,
): Compiled<PolicyException> {
  const draft = createDraft(document, validate, []);
  const exception = readException(draft, bounds);
  const problems = draft.problems();
  return problems.length > 0 ? { problems } : { value: exception, problems };
}

function readException(draft: DocumentDraft, bounds: ExceptionBounds | undefined): PolicyException {
  const metadata = soundParts(draft, ['metadata']);
  const spec = soundParts(draft, ['spec']);
  const namespace = textField(metadata, 'namespace');
  const rules = listField(spec, 'rules').map(String);
  const images = listField(spec, 'images').map(String);
  const compiledRules = rules.map((rule, index) => compileRule(rule, below(draft, ['spec', 'rules', index])));
  const compiledImages = images.map((image, index) => compileImage(image, below(draft, ['spec', 'images', index])));
  const policies = listField(spec, 'policies').map(String);
  checkSecrets(draft, rules, images);
  return {
    name: textField(metadata, 'name') ?? '',
    source: draft.document.source,
    at: draft.document.at(['metadata', 'name']),
    ...(namespace === undefined ? {} : { namespace }),
    policies,
    rules: (rule) => compiledRules.some((covers) => covers(rule)),
    images: (canonicalName, digests) => compiledImages.some((covers) => covers(canonicalName, digests)),
    findings: compileFindings(draft, listField(spec, 'findings')),
    reason: textField(spec, 'reason') ?? '',
    owner: textField(spec, 'owner') ?? '',
    expiresMs: readExpiry(draft, textField(spec, 'expires'), bounds),
  };
}

function below(draft: DocumentDraft, prefix: FieldPath): Report {
  return (path, message) => draft.report([...prefix, ...path], message);
}

function compileRule(written: string, report: Report): (rule: RuleId) => boolean {
  if (written.startsWith('integrity/')) report([], 'integrity rules cannot be excepted');
  else if (written.endsWith('/*')) {
    const prefix = written.slice(0, -1);
    if (!allRules.some(({ id }) => id.startsWith(prefix))) report([], unknownRule(written));
    return (rule) => rule.startsWith(prefix);
  } else if (!allRules.some(({ id }) => id === written)) report([], unknownRule(written));
  return (rule) => rule === written;
}

function unknownRule(written: string): string {
  const checkName = written.split('/')[0] ?? '';
  const near = allRules.filter(({ id }) => id.startsWith(`${checkName}/`)).map(({ id }) => id);
  const halves = [...new Set(allRules.map(({ id }) => id.slice(0, id.indexOf('/') + 1)))].filter(
    (half) => half !== 'integrity/',
  );
  const hint = near.length > 0 ? near.join(', ') : halves.map((half) => `${half}*`).join(', ');
  return `${JSON.stringify(written)} is no rule; there are ${hint}`;
}

type CoversImage = (canonicalName: string, digests: readonly string[]) => boolean;

function compileImage(written: string, report: Report): CoversImage {
  if (isDigest(written)) {
    const digest = attempt(() => parseDigest(written), report);
    return (_, digests) => digest !== undefined && digests.includes(digest);
  }
  const pattern = attempt(() => compileImagePattern(written), report);
  return (canonicalName) => pattern?.matches(canonicalName) ?? false;
}

/** A glob that begins like this would be a registry of that name with a port; no one has one. */
function isDigest(written: string): boolean {
  return /^(?:sha256|sha384|sha512):/.test(written);
}

/** A pattern that waives every credential of an image, also those that no one has seen yet, is refused. */
function checkSecrets(draft: DocumentDraft, rules: readonly string[], images: readonly string[]): void {
  const isAboutSecrets = rules.some((rule) => rule.startsWith('secrets/'));
  const isNarrow = valueAt(draft.document.value, ['spec', 'findings']) !== undefined;
  if (!isAboutSecrets || isNarrow || (images.length > 0 && images.every(isDigest))) return;
  draft.report(['spec', 'rules'], 'an exception for secrets/* needs findings, or only digests under images');
}

function compileFindings(draft: DocumentDraft, written: readonly unknown[]): PolicyException['findings'] {
  if (written.length === 0) return () => true;
  const entries = written.map((_, index) => compileFinding(draft, ['spec', 'findings', index]));
  return (finding) => entries.some((fits) => fits(finding));
}

function compileFinding(draft: DocumentDraft, path: FieldPath): PolicyException['findings'] {
  const parts = soundParts(draft, path);
  const paths = listField(parts, 'paths').flatMap((text, index) => {
    const glob = attempt(() => compileGlob(withoutSlash(String(text))), below(draft, [...path, 'paths', index]));
    return glob ?? [];
  });
  const layers = listField(parts, 'layers').flatMap((text, index) => {
    return attempt(() => parseDigest(String(text)), below(draft, [...path, 'layers', index])) ?? [];
  });
  const fingerprints = listField(parts, 'fingerprints').map(String);
  return (finding) =>
    (paths.length === 0 || areCovered(finding.paths ?? [], paths)) &&
    (layers.length === 0 || layers.some((digest) => digest === finding.layer)) &&
    (fingerprints.length === 0 || fingerprints.some((known) => finding.fingerprints.includes(known)));
}

/** What is about several files is waived only as a whole. */
function areCovered(files: readonly string[], globs: readonly ((text: string) => boolean)[]): boolean {
  return files.length > 0 && files.every((file) => globs.some((glob) => glob(withoutSlash(file))));
}

/** Paths are written from the root; globs have no empty first segment. */
function withoutSlash(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}

function readExpiry(draft: DocumentDraft, written: string | undefined, bounds: ExceptionBounds | undefined): number {
  if (written === undefined) return Number.NEGATIVE_INFINITY;
  const report = below(draft, ['spec', 'expires']);
  const expiresMs = attempt(() => parseInstant(written), report);
  if (expiresMs === undefined) return Number.NEGATIVE_INFINITY;
  if (bounds !== undefined && expiresMs - bounds.nowMs > bounds.maxDurationMs) {
    const most = formatDuration(bounds.maxDurationMs);
    report([], `is further away than the ${most} that exceptions may last (exceptions.maxDuration)`);
  }
  return expiresMs;
}
