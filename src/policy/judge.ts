// What each policy finds in one use: a pure function of facts (or why there are none), policies, use and context.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import type { CheckInput, ContentQuestion, FactsCheckInput, RawFinding, ReadImageFacts } from '../checks/check.ts';
import type { ImageFacts, RunnableImageFacts } from '../inspection/image-facts.ts';
import type { Inspection, PlatformInspection } from '../inspection/inspection.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { stronger, weaker } from './actions.ts';
import { askedChecks } from './asked-checks.ts';
import { fingerprintOf, placeOf } from './fingerprint.ts';
import type { Action, Policy, PolicyCheck, RuleAction, UndecidedAction } from './policy.ts';
import type { RaisedFinding } from './raised-finding.ts';
import { type Destination, selectPlatforms } from './select-platforms.ts';
import { meaningOfFault } from './undecided.ts';
import { statementOfFault } from './undecided-findings.ts';

/** One use with the policies that match it. */
export interface Question {
  readonly input: CheckInput;
  /** Normalised reference. */
  readonly image: string;
  readonly policies: readonly Policy[];
}

/** What can be found before anything is fetched. */
export function judgeReference(question: Question): readonly RaisedFinding[] {
  const { input, policies } = question;
  const raised: RaisedFinding[] = [];
  for (const policy of policies) {
    for (const check of askedChecks(policy, input).ofReference) {
      const { compiled } = check;
      if (compiled.needs === 'reference') {
        raised.push(...raiseFound(askingOf(question, policy), check, compiled.evaluate, input));
      }
    }
  }
  return raised;
}

/** Whether a policy wants to know more than the reference tells. A use that none asks about is not fetched. */
export function needsFacts(policy: Policy, input: CheckInput): boolean {
  return askedChecks(policy, input).ofFacts.length > 0;
}

/** Whether a check has something to look for in the layers of this image. A check that throws is told of by judging. */
export function wantsContent({ compiled }: PolicyCheck, question: ContentQuestion): boolean {
  try {
    return compiled.needs === 'content' && compiled.wants(question);
  } catch {
    return false;
  }
}

interface JudgedInspection {
  readonly raised: readonly RaisedFinding[];
  /** Those that at least one policy judges, in the order in which they were read. */
  readonly platforms: readonly PlatformInspection[];
}

/**
 * What each policy that needs facts finds in what was read, platform by platform.
 * @param asking those of the question's policies that need facts.
 */
export function judgeInspection(
  question: Question & { readonly asking: readonly Policy[] },
  inspection: Inspection,
  destination: Destination,
): JudgedInspection {
  const { input } = question;
  if (inspection.kind === 'fault') {
    const { fault, digest } = inspection;
    return {
      raised: question.asking.flatMap((policy) => raiseFault(askingOf(question, policy, digest), fault)),
      platforms: [],
    };
  }
  const { digest, available } = inspection;
  const selected = question.asking.map((policy) => selectPlatforms(inspection, policy, destination));
  const raised = question.asking.flatMap((policy, index) => {
    const asking = askingOf(question, policy, digest);
    const platforms = selected[index] ?? [];
    if (platforms.length === 0) return raiseFault(asking, noPlatform(available));
    return platforms.flatMap((platform) => judgePlatform(input, { ...asking, platform }, available));
  });
  const platforms = inspection.platforms.filter((platform) => selected.some((judged) => judged.includes(platform)));
  return { raised, platforms };
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
  asking: Asking & { readonly platform: PlatformInspection },
  available: readonly Platform[],
): readonly RaisedFinding[] {
  const { outcome } = asking.platform;
  if (outcome.kind === 'fault') return raiseFault(asking, outcome.fault);
  const { facts } = outcome;
  if (facts.kind === 'artifact' && use.use.kind !== 'volume') {
    return raiseFault(asking, notAnImage(facts.artifactType));
  }
  const input: FactsCheckInput = { ...use, facts, available };
  const raised: RaisedFinding[] = [];
  const unread: PolicyCheck[] = [];
  for (const check of askedChecks(asking.policy, use).ofFacts) {
    const { compiled } = check;
    if (compiled.needs === 'reference') continue;
    raised.push(...raiseFound(asking, check, compiled.evaluate, input));
    if (compiled.needs !== 'content' || facts.kind === 'artifact') continue;
    const evaluateContent = (): readonly RawFinding[] => {
      if (!compiled.wants({ facts, use: use.use })) return [];
      if (isRead(facts)) return compiled.evaluateContent({ ...input, facts });
      unread.push(check);
      return [];
    };
    raised.push(...raiseFound(asking, check, evaluateContent, input));
  }
  return unread.length === 0 ? raised : [...raised, ...raiseUnread(asking, unread, outcome.contentFault ?? notRead())];
}

function isRead(facts: RunnableImageFacts): facts is ReadImageFacts {
  return facts.content !== undefined;
}

/**
 * That the layers could not be read, told once; what follows is at most what could have followed from the checks that wanted them,
 * so that a check that only warns holds nothing up.
 */
function raiseUnread(asking: Asking, checks: readonly PolicyCheck[], fault: Fault): readonly RaisedFinding[] {
  const most = checks.flatMap(({ check, actionOf }) => check.rules.map(({ id }) => actionOf(id)));
  return raiseFault(asking, fault, most);
}

/** For doors that did not even try. */
function notRead(): Fault {
  return new Fault('image/pending', 'the layers of the image are not read yet');
}

/** What comes of one check, which is nothing for most. One that throws is undecided, and only that check. */
function raiseFound<Input>(
  asking: Asking,
  check: PolicyCheck,
  evaluate: (input: Input) => readonly RawFinding[],
  input: Input,
): readonly RaisedFinding[] {
  let found: readonly RawFinding[];
  try {
    found = evaluate(input);
  } catch (cause) {
    const message = `the check ${check.check.name} failed in itself on this image`;
    return raiseFault(asking, new Fault('internal', message, { cause }));
  }
  return found.length === 0 ? nothing : found.flatMap((raw) => raise(asking, check, raw));
}

const nothing: readonly RaisedFinding[] = [];

function raise(asking: Asking, check: PolicyCheck, raw: RawFinding): readonly RaisedFinding[] {
  const action = weaker(check.actionOf(raw.rule, raw.atMost), actionInForce(asking));
  if (action === 'ignore') return [];
  const { rule, message, advice, evidence } = raw;
  const paths = raw.paths ?? (evidence.kind === 'file' ? [evidence.path] : undefined);
  const layer = layerOf(raw, factsOf(asking));
  const fingerprint = raw.fingerprint ?? fingerprintOf(rule, bytesOf(asking, layer), placeOf(evidence));
  const statement = { rule, message, advice, evidence };
  return [{ ...raised(asking, { action, statement, fingerprint, layer }), ...(paths === undefined ? {} : { paths }) }];
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

/** @param caps what could have followed, where that is less than the policy's action; integrity is not capped by it. */
function raiseFault(asking: Asking, fault: Fault, caps?: readonly RuleAction[]): readonly RaisedFinding[] {
  const statement = statementOfFault(fault);
  const action = actionOfFault(asking, fault, caps);
  if (action === 'ignore') return [];
  const fingerprint = fingerprintOf(statement.rule, asking.image, fault.code === 'internal' ? fault.message : '');
  return [raised(asking, { action, statement, fingerprint, fault, layer: undefined })];
}

/** The policy's action; until `enforceFrom`, deny acts as warn. */
function actionInForce({ policy, atMs }: Asking): Action {
  const isInForce = policy.enforceFromMs === undefined || atMs >= policy.enforceFromMs;
  return isInForce ? policy.action : weaker(policy.action, 'warn');
}

function actionOfFault(
  asking: Asking,
  fault: Fault,
  caps: readonly RuleAction[] = ['deny'],
): UndecidedAction | 'ignore' {
  const cap = actionInForce(asking);
  const meaning = meaningOfFault(fault);
  switch (meaning.kind) {
    // Neither `rules` nor the action of a check reach it.
    case 'integrity':
      return cap;
    case 'undecided':
      return weaker<UndecidedAction | 'ignore'>(
        weaker(asking.policy.undecided[meaning.cause], cap),
        caps.reduce(stronger, 'ignore'),
      );
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
  if (evidence.kind === 'file') return evidence.addedBy.layer;
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
