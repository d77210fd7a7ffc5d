// The verdict on a subject: match, judge references, read each image once, judge what was read; within one deadline.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import { oncePerObject } from '../base/once-per-object.ts';
import type { CheckInput, JudgeContext } from '../checks/check.ts';
import type { Keyring } from '../inspection/image-source.ts';
import type { Inspect, Inspection, PlatformInspection } from '../inspection/inspection.ts';
import type { Platform } from '../oci/platform.ts';
import { canonicalName, formatReference, type ImageReference, parseReference } from '../oci/reference.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import { contentRequestOf } from './content-request.ts';
import { inspectEach, type WantedImage } from './inspect-each.ts';
import { judgeInspection, judgeReference, judgeUnreadableReference, needsFacts, type Question } from './judge.ts';
import { type MatchQuestion, policyMatches } from './match-block.ts';
import type { Policy, PolicyException, PolicySet } from './policy.ts';
import type { RaisedFinding } from './raised-finding.ts';
import { bothPlatforms, type Destination, type Platforms } from './select-platforms.ts';
import { findingsOf, type JudgedUse, strongestVerdict, verdictOf, verdictOfUse } from './use-verdict.ts';
import type { SubjectVerdict } from './verdict.ts';

/** What is asked about: some uses of a workload, or a bare image. */
export interface Subject {
  /** Absent when a bare image is judged. */
  readonly workload?: Workload;
  /** Those to judge; an update leaves out what it does not change. */
  readonly uses: readonly ImageUse[];
  readonly keyring: Keyring;
  /**
   * The images lie on disk and the place they will be deployed from is not known: conditions on their names are unknown, and nothing is
   * asked of their references.
   */
  readonly isUnnamed?: boolean;
}

export interface DecideDependencies {
  readonly inspect: Inspect;
  /** What `platforms: cluster` stands for; all platforms where it is absent. */
  readonly clusterPlatforms?: readonly Platform[];
  /** Asked for by the caller: stands in the place of what policies say. */
  readonly onlyPlatforms?: readonly Platform[];
  /** Told of bugs that became findings, so that their cause reaches the log. */
  readonly onInternalFault?: (fault: Fault) => void;
}

/**
 * Judges every use. Never rejects: what goes wrong is a finding. An image that stands in several places is read once, and not at all when
 * its reference is denied or no policy asks for facts. When `signal` aborts, uses that are still waiting are undecided at once.
 */
export async function decideSubject(
  set: PolicySet,
  subject: Subject,
  context: JudgeContext,
  dependencies: DecideDependencies,
  signal: AbortSignal,
): Promise<SubjectVerdict> {
  const { workload } = subject;
  const inForce = rulesInForce(set, context, subject);
  const open = subject.uses.map((use) => openUse(use, inForce));
  const destination = destinationFrom(dependencies, workload);
  const inspections = await inspectEach(
    open.flatMap((use) => wantedImage(use, destination) ?? []),
    { inspect: dependencies.inspect, access: { keyring: subject.keyring, signal } },
  );
  const explained = withGaps(inspections, subject.keyring);
  const judged = open.map((use) => closeUse(use, explained, destination));
  if (dependencies.onInternalFault !== undefined) judged.forEach(tellInternalFaults(dependencies.onInternalFault));
  const uses = judged.map((use) => verdictOfUse(use, inForce.exceptions, workload));
  return {
    ...(workload === undefined ? {} : { workload }),
    verdict: strongestVerdict(uses.map(({ verdict }) => verdict)),
    uses,
  };
}

/** The policies and exceptions that may speak here and now. */
interface InForce {
  readonly policies: readonly Policy[];
  /** What policies are matched against that all uses share. */
  readonly place: Omit<MatchQuestion, 'use' | 'canonicalName'>;
  readonly exceptions: readonly PolicyException[];
  readonly context: JudgeContext;
  readonly workload: Workload | undefined;
  readonly isUnnamed: boolean;
}

/** An exception acts before its end, and in its own namespace if it has one; where the namespace is unknown, such a one does not act. */
function rulesInForce(set: PolicySet, context: JudgeContext, { workload, isUnnamed = false }: Subject): InForce {
  const namespace = context.namespace ?? workload?.namespace;
  const exceptions = set.exceptions.filter(
    (exception) =>
      exception.expiresMs > context.atMs && (exception.namespace === undefined || exception.namespace === namespace),
  );
  const known = namespace === undefined ? context : { ...context, namespace };
  return { policies: byName(set), place: placeOf(known, workload), exceptions, context: known, workload, isUnnamed };
}

/** Verdicts name policies in this order. */
const byName = oncePerObject(({ policies }: PolicySet): readonly Policy[] =>
  policies.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
);

function placeOf({ namespace, namespaceLabels }: JudgeContext, workload: Workload | undefined): InForce['place'] {
  const podLabels =
    workload === undefined
      ? undefined
      : [workload.podLabels, workload.formerPodLabels].filter((labels) => labels !== undefined);
  return { namespace, namespaceLabels, podLabels };
}

/** A use after its reference was judged. */
interface OpenUse {
  readonly use: ImageUse;
  readonly policies: readonly Policy[];
  readonly raised: readonly RaisedFinding[];
  /** Absent when the reference cannot be parsed. */
  readonly question?: Question;
  /** Those of the policies that have something left to ask, for which they need the image. */
  readonly asking: readonly Policy[];
}

function openUse(use: ImageUse, inForce: InForce): OpenUse {
  const { context } = inForce;
  const reference = referenceOf(use.image);
  if (reference.kind === 'fault') {
    const policies = matchingPolicies(use, inForce, undefined);
    const raised = judgeUnreadableReference(policies, { image: use.image, atMs: context.atMs }, reference.fault);
    return { use, policies, raised, asking: [] };
  }
  const { isUnnamed } = inForce;
  const policies = matchingPolicies(use, inForce, isUnnamed ? undefined : canonicalName(reference.value));
  const question = questionOf(use, reference.value, inForce, policies);
  const raised = isUnnamed ? [] : judgeReference(question);
  const findings = findingsOf({ reference: reference.value, raised, platforms: [] }, inForce.exceptions);
  const isDenied = verdictOf(findings, inForce.workload) === 'deny';
  const asking = isDenied ? [] : policies.filter((policy) => needsFacts(policy, question.input));
  return { use, policies, raised, question, asking };
}

function referenceOf(
  image: string,
): { readonly kind: 'reference'; readonly value: ImageReference } | { readonly kind: 'fault'; readonly fault: Fault } {
  try {
    return { kind: 'reference', value: parseReference(image) };
  } catch (thrown) {
    return { kind: 'fault', fault: faultFromUnknown(thrown) };
  }
}

function matchingPolicies(
  { kind }: ImageUse,
  { policies, place }: InForce,
  name: string | undefined,
): readonly Policy[] {
  const question = { ...place, use: kind, canonicalName: name };
  return policies.filter((policy) => policyMatches(policy, question));
}

function questionOf(
  use: ImageUse,
  reference: ImageReference,
  { context, workload }: InForce,
  policies: readonly Policy[],
): Question {
  const input: CheckInput = {
    reference,
    image: use.image,
    use,
    ...(workload === undefined ? {} : { workload }),
    context,
  };
  return { input, image: formatReference(reference), policies };
}

function destinationFrom(
  { onlyPlatforms, clusterPlatforms }: DecideDependencies,
  workload: Workload | undefined,
): Destination {
  const platformsOf = ({ platforms }: Policy): Platforms =>
    onlyPlatforms ?? (platforms === 'cluster' ? (clusterPlatforms ?? 'all') : platforms);
  const nodeSystems = clusterPlatforms === undefined ? undefined : new Set(clusterPlatforms.map(({ os }) => os));
  return { platformsOf, nodeSystems, podSystem: workload?.os };
}

/** Undefined when no policy asks for more than the reference. */
function wantedImage({ question, asking }: OpenUse, destination: Destination): WantedImage | undefined {
  if (question === undefined || asking.length === 0) return undefined;
  const { image: name, input } = question;
  const platforms = asking.map(destination.platformsOf).reduce(bothPlatforms);
  const wanted = { name, reference: input.reference, platforms };
  const content = contentRequestOf(asking, input, destination);
  return content === undefined ? wanted : { ...wanted, content };
}

/**
 * Whoever is refused the image, a platform or a layer learns which credential was named in vain. That is theirs alone: faults may be shared
 * with others who ask.
 */
function withGaps(inspections: ReadonlyMap<string, Inspection>, { gaps }: Keyring): ReadonlyMap<string, Inspection> {
  const named = gaps?.() ?? [];
  if (named.length === 0) return inspections;
  const explain = (fault: Fault): Fault => {
    if (fault.code !== 'registry/unauthorized') return fault;
    return new Fault(fault.code, [fault.message, ...named].join('; '), { cause: fault });
  };
  return new Map([...inspections].map(([image, inspection]) => [image, withFaults(inspection, explain)]));
}

function withFaults(inspection: Inspection, change: (fault: Fault) => Fault): Inspection {
  if (inspection.kind === 'fault') return { ...inspection, fault: change(inspection.fault) };
  const platforms = inspection.platforms.map((platform): PlatformInspection => {
    const { outcome } = platform;
    if (outcome.kind === 'fault') return { ...platform, outcome: { kind: 'fault', fault: change(outcome.fault) } };
    if (outcome.contentFault === undefined) return platform;
    return { ...platform, outcome: { ...outcome, contentFault: change(outcome.contentFault) } };
  });
  return { ...inspection, platforms };
}

function closeUse(
  { use, policies, raised, question, asking }: OpenUse,
  inspections: ReadonlyMap<string, Inspection>,
  destination: Destination,
): JudgedUse {
  if (question === undefined) return { use, policies, raised, platforms: [] };
  const { input, image } = question;
  const inspection = asking.length > 0 ? inspections.get(image) : undefined;
  if (inspection === undefined) return { use, reference: input.reference, policies, raised, platforms: [] };
  const found = judgeInspection({ ...question, asking }, inspection, destination);
  return {
    use,
    reference: input.reference,
    policies,
    raised: [...raised, ...found.raised],
    inspection,
    platforms: found.platforms,
  };
}

function tellInternalFaults(tell: (fault: Fault) => void): (use: JudgedUse) => void {
  return ({ raised }) => {
    if (raised.length === 0) return;
    const faults = new Set(raised.flatMap(({ fault }) => (fault?.code === 'internal' ? [fault] : [])));
    for (const fault of faults) tell(fault);
  };
}
