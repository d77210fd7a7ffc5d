// What an image says it is built on.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import { parseDigest } from '../oci/digest.ts';
import { canonicalName, parseReference } from '../oci/reference.ts';
import { useKinds } from '../workload/use.ts';
import { type Evidence, findingOf, type RawFinding, type Rule } from './check.ts';
import { defineFactsCheck } from './define-check.ts';
import { compileImagePattern } from './image-pattern.ts';
import { attempt, type Parameter } from './parameter.ts';

const notAllowed: Rule = {
  id: 'base/not-allowed',
  severity: 'medium',
  title: 'The image is built on a base that is not allowed',
  why: 'Whoever makes the base decides about most of the bytes of the image, and about when their faults are fixed. A list of bases keeps that with people you know.',
  advice: 'change the last FROM of the Dockerfile to an allowed base, and build again',
};

const unknown: Rule = {
  id: 'base/unknown',
  severity: 'low',
  title: 'The image does not say what it is built on',
  why: 'Builders differ: buildah writes the name and digest of the base into the image, docker buildx only when asked. Without them nobody can tell which images a fault of the base reaches.',
  advice:
    'build with `--annotation org.opencontainers.image.base.name=registry.example.com/base/debian:13` and `…base.digest=sha256:…` (buildah writes both by itself)',
};

interface AllowedBases {
  readonly written: readonly string[];
  readonly names: readonly ((canonicalName: string) => boolean)[];
  readonly digests: readonly string[];
}

export const base = defineFactsCheck({
  name: 'base',
  summary: 'Says what images may be built on.',
  example: "{ allowed: ['registry.example.com/base/**', 'docker.io/library/*'], rules: { unknown: warn } }",
  rules: [notAllowed, unknown],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    allowed: allowedBases(
      'Globs over the host[:port]/path of the base (`*` within a segment, `**` whole segments), or its digests (sha256:…). What is compared is what the image declares in org.opencontainers.image.base.name and .digest: a convention among colleagues, no proof against those who write something else there.',
    ),
  },
  requiresNothing: ({ allowed }) => (allowed.written.length === 0 ? 'list bases under allowed' : undefined),
  evaluate: ({ facts }, { allowed }) => judge(facts, allowed),
});

function allowedBases(description: string): Parameter<AllowedBases> {
  return {
    schema: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string' }, description },
    absent: { written: [], names: [], digests: [] },
    parse: (written, report) => {
      const entries = (Array.isArray(written) ? written : []).map(String);
      const compiled = entries.map((entry, index) =>
        attempt(
          () => (isDigest(entry) ? parseDigest(entry) : compileImagePattern(entry).matches),
          (path, message) => report([index, ...path], message),
        ),
      );
      return {
        written: entries,
        names: compiled.filter((entry) => typeof entry === 'function'),
        digests: compiled.filter((entry) => typeof entry === 'string'),
      };
    },
  };
}

/** A glob that begins like this would be a registry of that name with a port; no one has one. */
function isDigest(entry: string): boolean {
  return /^(?:sha256|sha384|sha512):/.test(entry);
}

function judge({ base: declared }: RunnableImageFacts, allowed: AllowedBases): readonly RawFinding[] {
  const { name, digest } = declared ?? {};
  if (name === undefined && digest === undefined) {
    const evidence = evidenceFor('name');
    return [findingOf(unknown, { message: 'the image does not declare its base', evidence })];
  }
  if (digest !== undefined && allowed.digests.includes(digest)) return [];
  if (name === undefined) {
    const evidence = evidenceFor('digest', digest);
    return [findingOf(notAllowed, { message: `the base ${printable(digest ?? '', 80)} is not allowed`, evidence })];
  }
  const evidence = evidenceFor('name', name);
  const canonical = canonicalOf(name);
  if (canonical === undefined) {
    const message = `the image declares the base ${printable(name, 120)}, which is no image reference`;
    return [findingOf(unknown, { message, evidence })];
  }
  if (allowed.names.some((matches) => matches(canonical))) return [];
  return [findingOf(notAllowed, { message: `the base ${printable(name, 120)} is not allowed`, evidence })];
}

function evidenceFor(part: 'name' | 'digest', value?: string): Evidence {
  const key = { kind: 'manifest', field: `org.opencontainers.image.base.${part}` } as const;
  return value === undefined ? key : { ...key, value: printable(value) };
}

function canonicalOf(name: string): string | undefined {
  try {
    return canonicalName(parseReference(name));
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}
