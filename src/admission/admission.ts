// Reviews in, answers out: finds what has to be judged, has it judged inside the deadline, and always answers.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Inspect } from '../inspection/inspection.ts';
import { decideSubject } from '../policy/decide.ts';
import type { PolicySet } from '../policy/policy.ts';
import type { UseVerdict, VerdictKind } from '../policy/verdict.ts';
import { findWorkloadKind } from '../workload/kinds.ts';
import type { Workload } from '../workload/use.ts';
import type { Circumstances } from './circumstances.ts';
import type { Cluster } from './cluster.ts';
import { standInsFor, tooManyUses } from './crowd.ts';
import { type Deadline, settleBy, settleWithin } from './deadline.ts';
import type { Disclosure } from './disclosure.ts';
import { verdictsInDoubt } from './doubt.ts';
import { effectsOf } from './effects.ts';
import { type AdmissionResponse, responseOf } from './response.ts';
import { type AdmissionRequest, apiVersionOf } from './review.ts';
import { reasonToSkip, type SkipReason } from './scope.ts';
import { traitsOf } from './set-traits.ts';
import { type ReviewSubject, subjectFromRequest } from './subject.ts';

export interface AdmissionDeps {
  /** What is in force now; a review is judged by one snapshot. */
  readonly policies: () => PolicySet;
  readonly inspect: Inspect;
  readonly cluster: Cluster;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly disclosure: Disclosure;
  /** Uses of one workload that are judged one by one. */
  readonly maxUses: number;
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

/** Answers one review, at the latest shortly after the deadline. Whatever goes wrong on the way becomes part of the answer. */
export type Admission = (request: AdmissionRequest, deadline: Deadline) => Promise<Answer>;

/** What judging may take once the deadline has passed and nothing is waited for any longer: far less than the budget keeps back. */
const maxGraceMs = 100;

export function createAdmission(deps: AdmissionDeps): Admission {
  return async (request, deadline) => {
    const set = deps.policies();
    const skipped = reasonToSkip(request);
    if (skipped !== undefined) return allowUnjudged(request, set, skipped);
    const subject = subjectFromRequest(request, traitsOf(set));
    if (subject === undefined) return refuseWithoutObject(request, set);
    if (subject.uses.length === 0) return allowUnjudged(request, set, subject.reason);
    return answerSubject(deps, { request, set, subject, faults: [] }, deadline);
  };
}

/** One review on its way through; `faults` collects what the log has to know. */
interface Question {
  readonly request: AdmissionRequest;
  readonly set: PolicySet;
  readonly subject: ReviewSubject;
  readonly faults: Fault[];
}

async function answerSubject(deps: AdmissionDeps, question: Question, deadline: Deadline): Promise<Answer> {
  const { set, subject, faults } = question;
  const { needsNamespaceLabels } = traitsOf(set);
  const namespaceLabels = needsNamespaceLabels ? await namespaceLabelsOf(deps, question, deadline) : undefined;
  const circumstances: Circumstances = {
    atMs: deps.now(),
    workload: subject.workload,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  };
  if (subject.uses.length > deps.maxUses) {
    const fault = tooManyUses(subject.uses.length, deps.maxUses);
    faults.push(fault);
    return answerWith(deps, question, verdictsInDoubt(set, standInsFor(subject.uses), circumstances, fault));
  }
  const inDoubt = (fault: Fault): readonly UseVerdict[] => {
    faults.push(fault);
    return verdictsInDoubt(set, subject.uses, circumstances, fault);
  };
  const late = (): readonly UseVerdict[] => inDoubt(new Fault('cancelled', 'the deadline passed before it was judged'));
  try {
    const verdicts = decide(deps, question, circumstances, deadline.signal);
    const graceMs = Math.min(maxGraceMs, deadline.budgetMs / 4);
    return answerWith(deps, question, await settleBy(verdicts, deadline.signal, graceMs, late));
  } catch (thrown) {
    return answerWith(deps, question, inDoubt(faultFromUnknown(thrown)));
  }
}

async function decide(
  { inspect, cluster }: AdmissionDeps,
  { set, subject: { workload, uses }, faults }: Question,
  { atMs, namespaceLabels }: Circumstances,
  signal: AbortSignal,
): Promise<readonly UseVerdict[]> {
  const { namespace } = workload;
  const clusterPlatforms = cluster.platforms();
  const verdict = await decideSubject(
    set,
    { workload, uses, keyring: cluster.keyringFor(workload, namespace) },
    {
      atMs,
      ...(namespace === undefined ? {} : { namespace }),
      ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
    },
    {
      inspect,
      onInternalFault: (fault) => faults.push(fault),
      ...(clusterPlatforms === undefined ? {} : { clusterPlatforms }),
    },
    signal,
  );
  return verdict.uses;
}

/**
 * Labels of the namespace. They may take half of the budget; when they cannot be had they are
 * unknown, which exempts nothing.
 */
async function namespaceLabelsOf(
  { cluster }: AdmissionDeps,
  { subject, faults }: Question,
  { signal, budgetMs }: Deadline,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { namespace } = subject.workload;
  if (namespace === undefined) return undefined;
  try {
    return await settleWithin(cluster.namespaceLabels(namespace, signal), budgetMs / 2, () => {
      throw new Fault('kubernetes/unavailable', 'the labels of the namespace did not come in time');
    });
  } catch (thrown) {
    faults.push(faultFromUnknown(thrown));
    return undefined;
  }
}

function answerWith({ disclosure }: AdmissionDeps, question: Question, uses: readonly UseVerdict[]): Answer {
  const { request, set, subject, faults } = question;
  const { workload } = subject;
  const { ruleWords, revisions } = traitsOf(set);
  const effects = effectsOf(uses, workload);
  const response = responseOf(effects, uses, {
    uid: request.uid,
    ...(workload.namespace === undefined ? {} : { namespace: workload.namespace }),
    disclosure,
    wordsOf: (rule) => ruleWords.get(rule),
  });
  const { verdict } = effects;
  return { response, decision: { request, kind: workload.kind, workload, verdict, uses, revisions, faults } };
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
