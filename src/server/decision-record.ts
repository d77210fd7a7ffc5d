// What remains of a decision: a line of the log, and the numbers.

import type { Decision } from '../admission/admission.ts';
import { printable } from '../base/printable.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Findings of one use that are told. */
const maxFindings = 50;

/** Uses told in one line: few pods have as many, and collectors of logs cut lines that are too long. */
const maxUsesInLine = 16;

type UseDecision = Decision['uses'][number];

/** Writes down a decision. A dry run is told in the log and counted as a request; its findings are not counted. */
export function recordDecision(
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
  decision: Decision,
  durationMs: number,
): void {
  const { request, kind, verdict, uses, faults } = decision;
  metrics.admission({ operation: request.operation, kind, verdict }, durationMs);
  for (const fault of faults) {
    const level = fault.code === 'internal' ? 'error' : 'warn';
    log[level]({ uid: request.uid, err: fault }, 'a review met trouble on its way');
  }
  const about = aboutRequest(decision, durationMs);
  if (uses.length === 0) recordUnjudged(log, about, decision);
  for (let told = 0; told < uses.length; told += maxUsesInLine) {
    log.info({ ...about, ...aboutUses(uses.slice(told, told + maxUsesInLine), decision) }, 'decision');
  }
  if (!request.dryRun) for (const use of uses) countFindings(metrics, use);
}

/** Requests that can name no image are of no interest, unless someone looks for them. */
function recordUnjudged(log: Log, about: LogFields, { skipped }: Decision): void {
  const fields = { ...about, skipped };
  if (skipped === 'operation' || skipped === 'subresource' || skipped === 'kind') log.debug(fields, 'decision');
  else log.info(fields, 'decision');
}

function aboutRequest({ request, workload, verdict }: Decision, durationMs: number): LogFields {
  const { kind, requestKind } = request;
  const isConverted = requestKind !== undefined && requestKind.kind + requestKind.version !== kind.kind + kind.version;
  return {
    uid: request.uid,
    operation: request.operation,
    kind: kind.kind,
    requestKind: isConverted ? `${requestKind.group}/${requestKind.version} ${requestKind.kind}` : undefined,
    subResource: request.subResource === '' ? undefined : request.subResource,
    namespace: bounded(request.namespace),
    name: bounded(request.name ?? workload?.name),
    generateName: bounded(workload?.generateName),
    user: bounded(request.username),
    dryRun: request.dryRun ? true : undefined,
    durationMs: Math.round(durationMs * 1000) / 1000,
    verdict,
  };
}

function aboutUses(uses: readonly UseDecision[], { revisions }: Decision): LogFields {
  const policies = new Set(uses.flatMap((use) => use.policies));
  return { policies: [...policies].map((name) => revisions.get(name) ?? name), uses: uses.map(aboutUse) };
}

function aboutUse(use: UseDecision): LogFields {
  return {
    path: use.use.path,
    container: bounded(use.use.name),
    image: use.image ?? bounded(use.use.image),
    digest: use.digest,
    verdict: use.verdict,
    unjudged: use.unjudged ? true : undefined,
    rules: use.findings.map(({ rule }) => rule),
    findings: use.findings.length === 0 ? undefined : use.findings.slice(0, maxFindings).map(aboutFinding),
    policies: use.policies,
    cache: use.cache,
    grant: use.grant,
    credential: use.credential,
    staleSince: use.staleSince,
  };
}

/** Whoever reaches the port may write anything here. */
function bounded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : printable(text);
}

function aboutFinding({
  rule,
  action,
  message,
  evidence,
  fingerprint,
  waivedBy,
}: UseDecision['findings'][number]): LogFields {
  return { rule, action, message, evidence, fingerprint, waivedBy };
}

function countFindings(metrics: Metrics, use: UseDecision): void {
  for (const { rule, action, waivedBy } of use.findings) if (waivedBy === undefined) metrics.finding(rule, action);
}
