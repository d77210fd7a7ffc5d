// What each policy finds in one use: a pure function of facts (or why there are none), policies, use and context.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { CheckInput, FactsCheckInput, RawFinding } from '../checks/check.ts';
import type { ImageFacts } from '../inspection/image-facts.ts';
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform, preferredOn, unknownPlatformPart } from '../oci/platform.ts';
import { weaker } from './actions.ts';
import { fingerprintOf, placeOf } from './fingerprint.ts';
import type { Action, Policy, PolicyCheck, UndecidedAction } from './policy.ts';
import type { RaisedFinding } from './raised-finding.ts';
import { meaningOfFault } from './undecided.ts';
import { statementOfFault } from './undecided-findings.ts';

/** One use with the policies that match it. */
export interface Question {
  readonly input: CheckInput;
  /** Normalised reference. */
  readonly image: string;
  readonly policies: readonly Policy[];
}

export type Platforms = 'all' | readonly Platform[];

/** Where the image is to run. */
export interface Destination {
  readonly platformsOf: (policy: Policy) => Platforms;
  /** Operating systems of the nodes; absent where they are not known. */
  readonly nodeSystems?: ReadonlySet<string>;
}

/** What can be found before anything is fetched. */
export function judgeReference(question: Question): readonly RaisedFinding[] {
  const { input, policies } = question;
  const raised: RaisedFinding[] = [];
  for (const policy of policies) {
    for (const check of policy.checks) {
      const { compiled } = check;
      if (compiled.needs !== 'reference' || !asks(check, input)) continue;
      raised.push(...raiseAll(askingOf(question, policy), check, () => compiled.evaluate(input)));
    }
  }
  return raised;
}

/** Whether a policy wants to know more than the reference tells. A use that none asks about is not fetched. */
export function needsFacts(policy: Policy, input: CheckInput): boolean {
  return policy.checks.some((check) => check.compiled.needs === 'surface' && asks(check, input));
}

/**
 * What each policy that needs facts finds in what was read, platform by platform.
 * @param asking those of the question's policies that need facts.
 */
export function judgeInspection(
  question: Question & { readonly asking: readonly Policy[] },
  inspection: Inspection,
  destination: Destination,
): readonly RaisedFinding[] {
  return question.asking.flatMap((policy) => {
    const asking = askingOf(question, policy, inspection.digest);
    if (inspection.kind === 'fault') return raiseFault(asking, inspection.fault);
    const platforms = selectPlatforms(inspection, policy, { ...destination, podSystem: question.input.workload?.os });
    if (platforms.length === 0) return raiseFault(asking, noPlatform(inspection.available));
    return platforms.flatMap((platform) =>
      judgePlatform(
        question.input,
        { ...asking, platform },
        { outcome: platform.outcome, available: inspection.available },
      ),
    );
  });
}

/**
 * Of what was read, what a policy judges: what nodes of its platforms would run, of the operating system that the pod asks for.
 * A single manifest is judged whatever its architecture, because a runtime does not compare it; but only as an image of a system that it can
 * come to run on, lest one that calls itself a Windows image be judged by the rules of Windows on Linux.
 */
export function selectPlatforms(
  { isIndex, platforms: read }: Inspection & { readonly kind: 'read' },
  policy: Policy,
  { platformsOf, nodeSystems, podSystem }: Destination & { readonly podSystem: string | undefined },
): readonly PlatformInspection[] {
  const platforms = platformsOf(policy);
  const runsOn = (system: string) => podSystem === undefined || system === podSystem;
  const fitting = read.filter(({ platform }) => platform === undefined || runsOn(platform.os));
  if (!isIndex) {
    const systems = platforms === 'all' ? nodeSystems : new Set(platforms.map(({ os }) => os));
    return fitting.filter(({ platform }) => platform === undefined || isAmong(platform.os, systems));
  }
  if (platforms === 'all') return fitting;
  const offered = fitting.flatMap((entry) =>
    entry.platform === undefined ? [] : [{ platform: entry.platform, entry }],
  );
  const chosen = new Set(platforms.flatMap((wanted) => preferredOn(wanted, offered).map(({ entry }) => entry)));
  return fitting.filter((entry) => entry.platform === undefined || chosen.has(entry));
}

function isAmong(system: string, systems: ReadonlySet<string> | undefined): boolean {
  return systems === undefined || system === unknownPlatformPart || systems.has(system);
}

/** One policy asking about one use, on one platform or as a whole. What only findings need is worked out when there are some. */
interface Asking {
  readonly policy: Policy;
  readonly image: string;
  readonly atMs: number;
  /** What the reference names itself. */
  readonly pinned?: Digest | undefined;
  /** What the reference resolved to. */
  readonly found?: Digest | undefined;
  readonly platform?: PlatformInspection;
}

function judgePlatform(
  use: CheckInput,
  asking: Asking,
  { outcome, available }: Pick<PlatformInspection, 'outcome'> & { readonly available: readonly Platform[] },
): readonly RaisedFinding[] {
  if (outcome.kind === 'fault') return raiseFault(asking, outcome.fault);
  const { facts } = outcome;
  if (facts.kind === 'artifact' && use.use.kind !== 'volume') {
    return raiseFault(asking, notAnImage(facts.artifactType));
  }
  const input: FactsCheckInput = { ...use, facts, available };
  const raised: RaisedFinding[] = [];
  for (const check of asking.policy.checks) {
    const { compiled } = check;
    if (compiled.needs !== 'surface' || !asks(check, input)) continue;
    raised.push(...raiseAll(asking, check, () => compiled.evaluate(input)));
  }
  return raised;
}

function asks({ uses, check }: PolicyCheck, { use, workload }: CheckInput): boolean {
  return uses.has(use.kind) && (check.asksJobs || workload?.runsToCompletion !== true);
}

/** A check that throws is undecided, and only that check. */
function raiseAll(asking: Asking, check: PolicyCheck, evaluate: () => readonly RawFinding[]): readonly RaisedFinding[] {
  try {
    return evaluate().flatMap((raw) => raise(asking, check, raw));
  } catch (cause) {
    const fault = new Fault('internal', `the check ${check.check.name} failed in itself on this image`, { cause });
    return raiseFault(asking, fault);
  }
}

function raise(asking: Asking, check: PolicyCheck, raw: RawFinding): readonly RaisedFinding[] {
  const action = weaker(check.actionOf(raw.rule, raw.atMost), actionInForce(asking));
  if (action === 'ignore') return [];
  const { rule, message, advice, evidence } = raw;
  const layer = layerOf(raw, factsOf(asking));
  const fingerprint = raw.fingerprint ?? fingerprintOf(rule, bytesOf(asking, layer), placeOf(evidence));
  return [raised(asking, { action, statement: { rule, message, advice, evidence }, fingerprint, layer })];
}

function raised(
  { policy, pinned, found: resolved, platform }: Asking,
  {
    layer,
    ...found
  }: Pick<RaisedFinding, 'action' | 'statement' | 'fingerprint' | 'fault'> & { readonly layer: string | undefined },
): RaisedFinding {
  const digests = new Set([pinned, resolved, platform?.digest].filter((digest) => digest !== undefined));
  return {
    policy: policy.name,
    ...found,
    digests: [...digests],
    ...(platform?.platform === undefined ? {} : { platform: formatPlatform(platform.platform) }),
    ...(layer === undefined ? {} : { layer }),
  };
}

function raiseFault(asking: Asking, fault: Fault): readonly RaisedFinding[] {
  const statement = statementOfFault(fault);
  const action = actionOfFault(asking, fault);
  if (action === 'ignore') return [];
  const fingerprint = fingerprintOf(statement.rule, asking.image, fault.code === 'internal' ? fault.message : '');
  return [raised(asking, { action, statement, fingerprint, fault, layer: undefined })];
}

/** The policy's action; until `enforceFrom`, deny acts as warn. */
function actionInForce({ policy, atMs }: Asking): Action {
  const isInForce = policy.enforceFromMs === undefined || atMs >= policy.enforceFromMs;
  return isInForce ? policy.action : weaker(policy.action, 'warn');
}

function actionOfFault(asking: Asking, fault: Fault): UndecidedAction | 'ignore' {
  const cap = actionInForce(asking);
  const meaning = meaningOfFault(fault);
  switch (meaning.kind) {
    // Neither `rules` nor the action of a check reach it.
    case 'integrity':
      return cap;
    case 'undecided':
      return weaker(asking.policy.undecided[meaning.cause], cap);
    case 'reference': {
      const check = asking.policy.checks.find(({ check: { name } }) => name === 'reference');
      return weaker(check?.actionOf('reference/invalid') ?? cap, cap);
    }
    default:
      return meaning satisfies never;
  }
}

/**
 * A reference that cannot be parsed, under every policy that matches the use. An image that is not filled in yet is only warned about:
 * what fills it in makes an object that is judged again.
 */
export function judgeUnreadableReference(
  policies: readonly Policy[],
  { image, atMs }: { readonly image: string; readonly atMs: number },
  fault: Fault,
): readonly RaisedFinding[] {
  const raised = policies.flatMap((policy) => raiseFault({ policy, image, atMs }, fault));
  if (image.trim() !== '') return raised;
  return raised.map((finding) => ({
    ...finding,
    action: weaker(finding.action, 'warn'),
    statement: {
      ...finding.statement,
      message: 'no image is named yet',
      advice: 'nothing to do if something fills it in later; what it fills in is judged then',
    },
  }));
}

function askingOf({ input, image }: Question, policy: Policy, found?: Digest): Asking {
  return { policy, image, atMs: input.context.atMs, pinned: input.reference.digest, found };
}

function factsOf({ platform }: Asking): ImageFacts | undefined {
  return platform?.outcome.kind === 'facts' ? platform.outcome.facts : undefined;
}

function bytesOf(asking: Asking, layer: string | undefined): string {
  if (layer !== undefined) return layer;
  const facts = factsOf(asking);
  if (facts === undefined) return asking.image;
  return facts.kind === 'image' ? facts.configDigest : facts.digest;
}

/** The digest of the layer that a finding points at, where it points at one. */
function layerOf({ evidence }: RawFinding, facts: ImageFacts | undefined): string | undefined {
  if (evidence.kind === 'layer') return evidence.digest;
  if (evidence.kind !== 'history' || evidence.layer === undefined) return undefined;
  return facts?.layers[evidence.layer]?.digest;
}

function noPlatform(available: readonly Platform[]): Fault {
  const offered = available.slice(0, 6).map(formatPlatform).join(', ');
  const message = `the image does not exist for any platform that is asked for${offered === '' ? '' : `; it exists for ${offered}`}`;
  return new Fault('image/no-platform', message);
}

function notAnImage(artifactType: string): Fault {
  return new Fault(
    'image/not-an-image',
    `it is an artifact of type ${printable(artifactType, 80)}, which cannot be run`,
  );
}
