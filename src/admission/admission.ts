// Reviews in, answers out: finds what has to be judged, has it judged inside the deadline, and always answers.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Keyring } from '../inspection/image-source.ts';
import type { Inspect } from '../inspection/inspection.ts';
import type { Platform } from '../oci/platform.ts';
import type { PolicySet } from '../policy/policy.ts';
import type { SubjectVerdict, UseVerdict, VerdictKind } from '../policy/verdict.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import type { ImageUse, Workload } from '../workload/use.ts';
import type { Cluster } from './cluster.ts';
import { type Deadline, settleBy, settleWithin } from './deadline.ts';
import type { Disclosure } from './disclosure.ts';
import { verdictsInDoubt } from './doubt.ts';
import { effectsOf } from './effects.ts';
import { inspectUntil } from './inspect-until.ts';
import { type AdmissionResponse, responseOf } from './response.ts';
import { type AdmissionRequest, apiVersionOf } from './review.ts';
import { reasonToSkip, type SkipReason } from './scope.ts';
import { traitsOf } from './set-traits.ts';
import { type ReviewSubject, subjectFromRequest } from './subject.ts';

/** What is known about the place and the instant of a question. */
export interface Circumstances {
  readonly atMs: number;
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

/** Judges some uses of a workload by a set of policies: `decideSubject`. */
export type Decide = (
  set: PolicySet,
  subject: { readonly workload: Workload; readonly uses: readonly ImageUse[]; readonly keyring: Keyring },
  context: Circumstances,
  deps: { readonly inspect: Inspect; readonly clusterPlatforms: readonly Platform[] | undefined },
  signal: AbortSignal,
) => Promise<SubjectVerdict>;

export interface AdmissionDeps {
  /** What is in force now; a review is judged by one snapshot. */
  readonly policies: () => PolicySet;
  readonly decide: Decide;
  readonly inspect: Inspect;
  readonly cluster: Cluster;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly disclosure: Disclosure;
}

/** What was decided, for the log and the metrics. */
export interface Decision {
  readonly request: AdmissionRequest;
  /** The kind of workload, or `other`: a bounded set. */
  readonly kind: string;
  /** Absent when the request was not looked into. */
  readonly workload?: Workload;
  readonly verdict: VerdictKind;
  /** Why nothing was judged. */
  readonly skipped?: SkipReason;
  readonly uses: readonly UseVerdict[];
  /** `name@sha256:…` of each policy in force, by name. */
  readonly revisions: ReadonlyMap<string, string>;
  /** What went wrong on the way, for the log alone. */
  readonly faults: readonly Fault[];
}

export interface Answer {
  readonly response: AdmissionResponse;
  readonly decision: Decision;
}

/** Answers one review; never throws, and never later than shortly after the deadline. */
export type Admission = (request: AdmissionRequest, deadline: Deadline) => Promise<Answer>;

/** What is left for judging without a signal's help, once the deadline has passed: far less than what the budget keeps back. */
const maxGraceMs = 100;

export function createAdmission(deps: AdmissionDeps): Admission {
  return async (request, deadline) => {
    const set = deps.policies();
    const skipped = reasonToSkip(request);
    if (skipped !== undefined) return allowUnjudged(request, set, skipped);
    const subject = subjectFromRequest(request, traitsOf(set));
    if (subject === undefined) return refuseWithoutObject(request, set);
    if (subject.uses.length === 0) {
      return allowUnjudged(request, set, subject.workload.uses.length === 0 ? 'no-images' : 'unchanged');
    }
    const question: Question = { request, set, subject, faults: [] };
    try {
      return answerWith(deps, question, await judge(deps, question, deadline));
    } catch (thrown) {
      return answerWith(deps, question, inDoubt(question, faultFromUnknown(thrown)));
    }
  };
}

/** One review on its way through; `faults` collects what the log has to know. */
interface Question {
  readonly request: AdmissionRequest;
  readonly set: PolicySet;
  readonly subject: ReviewSubject;
  readonly faults: Fault[];
}

async function judge(deps: AdmissionDeps, question: Question, deadline: Deadline): Promise<readonly UseVerdict[]> {
  const { set, subject } = question;
  const { namespace } = subject.workload;
  const { signal, budgetMs } = deadline;
  const namespaceLabels = await namespaceLabelsOf(deps, question, deadline);
  const deciding = deps.decide(
    set,
    { ...subject, keyring: deps.cluster.keyringFor(subject.workload, namespace) },
    {
      atMs: deps.now(),
      ...(namespace === undefined ? {} : { namespace }),
      ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    },
    { inspect: inspectUntil(deps.inspect), clusterPlatforms: deps.cluster.platforms() },
    signal,
  );
  const verdicts = deciding.then(({ uses }) => uses);
  return settleBy(verdicts, signal, Math.min(maxGraceMs, budgetMs / 4), () =>
    inDoubt(question, new Fault('cancelled', 'the deadline passed before the uses were judged')),
  );
}

/**
 * Labels of the namespace, if any policy asks for them. They may take half of the budget; when they cannot be had they are
 * unknown, which exempts nothing.
 */
async function namespaceLabelsOf(
  deps: AdmissionDeps,
  { set, subject, faults }: Question,
  { signal, budgetMs }: Deadline,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { namespace } = subject.workload;
  if (namespace === undefined || !traitsOf(set).needsNamespaceLabels) return undefined;
  try {
    return await settleWithin(deps.cluster.namespaceLabels(namespace, signal), budgetMs / 2, () => {
      throw new Fault('kubernetes/unavailable', 'the labels of the namespace did not come in time');
    });
  } catch (thrown) {
    faults.push(faultFromUnknown(thrown));
    return undefined;
  }
}

function inDoubt(question: Question, fault: Fault): readonly UseVerdict[] {
  question.faults.push(fault);
  return verdictsInDoubt(question.subject.uses, fault, () => question.set.policies);
}

function answerWith(deps: AdmissionDeps, question: Question, uses: readonly UseVerdict[]): Answer {
  const { request, set, subject, faults } = question;
  const { ruleWords, revisions } = traitsOf(set);
  const { namespace } = subject.workload;
  const effects = effectsOf(uses, subject.workload);
  const response = responseOf(effects, uses, {
    uid: request.uid,
    ...(namespace === undefined ? {} : { namespace }),
    disclosure: deps.disclosure,
    wordsOf: (rule) => ruleWords.get(rule),
  });
  return {
    response,
    decision: {
      request,
      kind: subject.workload.kind,
      workload: subject.workload,
      verdict: effects.verdict,
      uses,
      revisions,
      faults,
    },
  };
}

function allowUnjudged(request: AdmissionRequest, set: PolicySet, skipped: SkipReason): Answer {
  return {
    response: { uid: request.uid, allowed: true },
    decision: { ...nothingJudged(request, set), verdict: 'allow', skipped },
  };
}

function refuseWithoutObject(request: AdmissionRequest, set: PolicySet): Answer {
  const message = `a review of ${request.operation} needs an object`;
  return {
    response: { uid: request.uid, allowed: false, status: { code: 400, reason: 'BadRequest', message } },
    decision: { ...nothingJudged(request, set), verdict: 'deny' },
  };
}

function nothingJudged(request: AdmissionRequest, set: PolicySet): Omit<Decision, 'verdict'> {
  const kind = findWorkloadKind(apiVersionOf(request.kind), request.kind.kind)?.kind ?? 'other';
  return { request, kind, uses: [], revisions: traitsOf(set).revisions, faults: [] };
}
