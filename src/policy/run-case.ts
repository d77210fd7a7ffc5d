// Runs the cases of policies: the same decision as at every door, with facts from files in the place of a registry.
import { Fault, type FaultCode } from '../base/fault.ts';
import { parseStrictJson } from '../base/strict-json.ts';
import { contentSchema } from '../inspection/content-facts.ts';
import { factsSchema, type ImageFacts } from '../inspection/image-facts.ts';
import type { Inspect, Inspection } from '../inspection/inspection.ts';
import { digestOf } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import { field } from '../workload/fields.ts';
import { decideSubject } from './decide.ts';
import type { PolicySet } from './policy.ts';
import type { CaseImage, PolicyCase } from './policy-case.ts';
import type { UndecidedCause } from './undecided.ts';
import { type Finding, type SubjectVerdict, strengthOf } from './verdict.ts';

export interface CaseResult {
  readonly name: string;
  readonly source: string;
  readonly line: number;
  /** What came out otherwise than expected, a sentence each; empty when the case holds. */
  readonly differences: readonly string[];
  /** Absent when the facts could not be read. */
  readonly verdict?: SubjectVerdict;
}

export interface CaseMaterial {
  /** The policies that the case lies beside. */
  readonly set: PolicySet;
  /** The text of each file with facts, as `factsFilesOf` names it. */
  readonly facts: ReadonlyMap<string, string>;
}

/** Never rejects: a case whose facts cannot be read does not hold. */
export async function runCase(policyCase: PolicyCase, { set, facts }: CaseMaterial): Promise<CaseResult> {
  const { name, source, line, uses, workload, context, platforms } = policyCase;
  const told = { name, source, line };
  const images = readImages(policyCase.images, facts);
  if (images.differences.length > 0) return { ...told, differences: images.differences };
  const verdict = await decideSubject(
    { policies: set.policies, exceptions: [...set.exceptions, ...policyCase.exceptions] },
    { uses, keyring: { lookup: async () => [] }, ...(workload === undefined ? {} : { workload }) },
    context,
    { inspect: inspectFrom(images.inspections), ...(platforms === undefined ? {} : { clusterPlatforms: platforms }) },
    new AbortController().signal,
  );
  return { ...told, differences: differencesOf(policyCase, verdict), verdict };
}

type Inspections = ReadonlyMap<string | undefined, Inspection>;

function inspectFrom(inspections: Inspections): Inspect {
  const missing = new Fault('registry/not-found', 'the case has no facts for this image');
  return async ({ reference }) =>
    inspections.get(formatReference(reference)) ?? inspections.get(undefined) ?? { kind: 'fault', fault: missing };
}

function readImages(
  images: PolicyCase['images'],
  texts: ReadonlyMap<string, string>,
): { readonly inspections: Inspections; readonly differences: readonly string[] } {
  const differences: string[] = [];
  const inspections = new Map<string | undefined, Inspection>();
  for (const [name, image] of images) {
    const read = inspectionFrom(image, texts);
    if (typeof read === 'string') differences.push(read);
    else inspections.set(name, read);
  }
  return { inspections, differences };
}

/** What reading the image would have given, or why its facts cannot be used. */
function inspectionFrom(image: CaseImage, texts: ReadonlyMap<string, string>): Inspection | string {
  if (image.kind === 'fails') return { kind: 'fault', fault: faultOfRule(image.rule) };
  const all: ImageFacts[] = [];
  for (const file of image.files) {
    const facts = factsFrom(texts.get(file));
    if (facts === undefined) {
      return `${file} does not hold facts of schema ${factsSchema}, with content of schema ${contentSchema} if any`;
    }
    all.push(image.contentFails === undefined ? facts : withoutContent(facts));
  }
  const [first] = all;
  return {
    kind: 'read',
    digest: all.length === 1 && first !== undefined ? first.digest : digestOf(all.map(({ digest }) => digest).join()),
    isIndex: all.length > 1,
    available: all.flatMap((facts) => (facts.kind === 'image' ? facts.platform : [])),
    platforms: all.map((facts) => ({
      ...(facts.kind === 'image' ? { platform: facts.platform } : {}),
      digest: facts.digest,
      outcome: {
        kind: 'facts',
        facts,
        ...(image.contentFails === undefined ? {} : { contentFault: faultOfRule(image.contentFails) }),
      },
    })),
    grant: 'anonymous',
    credential: 'anonymous',
    cache: 'hit',
  };
}

function withoutContent(facts: ImageFacts): ImageFacts {
  if (facts.kind === 'artifact') return facts;
  const { content: _, ...surface } = facts;
  return surface;
}

function factsFrom(text: string | undefined): ImageFacts | undefined {
  if (text === undefined) return undefined;
  try {
    const facts: unknown = parseStrictJson(text, { freeForm: () => true });
    return isImageFacts(facts) ? facts : undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

/** Facts of a file are written by this program; the schema number says whether by a version that writes what this one reads. */
function isImageFacts(value: unknown): value is ImageFacts {
  const kind = field(value, 'kind');
  return (
    field(value, 'schema') === factsSchema &&
    (kind === 'image' || kind === 'artifact') &&
    (field(value, 'content') === undefined || field(field(value, 'content'), 'schema') === contentSchema) &&
    typeof field(value, 'digest') === 'string' &&
    Array.isArray(field(value, 'layers'))
  );
}

const codeByCause: Readonly<Record<UndecidedCause, FaultCode>> = {
  unavailable: 'registry/unreachable',
  unauthorized: 'registry/unauthorized',
  'not-found': 'registry/not-found',
  pending: 'image/pending',
  unsupported: 'image/unsupported',
  limit: 'limit',
  'not-an-image': 'image/not-an-image',
  internal: 'internal',
};

function faultOfRule(rule: string): Fault {
  const codes = new Map<string, FaultCode>(
    Object.entries(codeByCause).map(([cause, code]) => [`undecided/${cause}`, code] as const),
  );
  for (const code of integrityCodes) codes.set(code, code);
  return new Fault(codes.get(rule) ?? 'internal', `the case says ${rule}`);
}

const integrityCodes = [
  'integrity/digest',
  'integrity/size',
  'integrity/diff-id',
  'integrity/ambiguous',
  'integrity/media-type',
  'integrity/schema1',
] as const satisfies readonly FaultCode[];

function differencesOf({ expected }: PolicyCase, verdict: SubjectVerdict): readonly string[] {
  const findings = verdict.uses.flatMap((use) => use.findings);
  const counted = findings.filter(({ waivedBy }) => waivedBy === undefined);
  const waived = findings.filter(({ waivedBy }) => waivedBy !== undefined);
  return [
    ...(verdict.verdict === expected.verdict
      ? []
      : [`expected the verdict ${expected.verdict}, and it is ${verdict.verdict}`]),
    ...(expected.rules === undefined ? [] : differencesOfRules(expected.rules, counted)),
    ...differencesOfRules(new Map(expected.waived.map((rule) => [rule, undefined])), waived).map(
      (text) => `waived: ${text}`,
    ),
  ];
}

function differencesOfRules(
  expected: ReadonlyMap<string, string | undefined>,
  findings: readonly Finding[],
): readonly string[] {
  const weakestFirst = findings.toSorted((a, b) => strengthOf[a.action] - strengthOf[b.action]);
  const found = new Map(weakestFirst.map((finding) => [finding.rule, finding] as const));
  const unexpected = [...found.values()]
    .filter(({ rule }) => !expected.has(rule))
    .map(({ rule, action, message }) => `${rule} (${action}) was not expected: ${message}`);
  const others = [...expected].flatMap(([rule, action]) => {
    const finding = weakestFirst.findLast((one) => one.rule === rule);
    if (finding === undefined) return [`${rule} was expected, and nothing fails it`];
    if (action === undefined || finding.action === action) return [];
    return [`${rule} was expected to ${action}, and it is ${finding.action}`];
  });
  return [...unexpected, ...others];
}
