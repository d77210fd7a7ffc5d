// The answer to a review, as the API server wants it.
import type { UndecidedCause } from '../policy/undecided.ts';
import type { UseVerdict } from '../policy/verdict.ts';
import { auditAnnotations } from './audit-annotations.ts';
import type { Effects } from './effects.ts';
import { denialMessage, type MessageContext, warningTexts } from './message.ts';
import { reviewApiVersion } from './review.ts';

export interface AdmissionResponse {
  /** The same as the request's. */
  readonly uid: string;
  readonly allowed: boolean;
  /** Only when not allowed. */
  readonly status?: ResponseStatus;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

interface ResponseStatus {
  readonly code: number;
  readonly reason: 'Forbidden' | 'ServiceUnavailable' | 'BadRequest';
  readonly message: string;
}

/** The envelope around a response. A validating webhook never sends a patch. */
export interface AdmissionReview {
  readonly apiVersion: typeof reviewApiVersion;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

export function reviewOf(response: AdmissionResponse): AdmissionReview {
  return { apiVersion: reviewApiVersion, kind: 'AdmissionReview', response };
}

/** Causes after which asking again may give another answer. */
const passingCauses: ReadonlySet<UndecidedCause> = new Set(['unavailable', 'pending', 'internal']);
const passingRules: ReadonlySet<string> = new Set([...passingCauses].map((cause) => `undecided/${cause}`));

export function responseOf(effects: Effects, uses: readonly UseVerdict[], context: MessageContext): AdmissionResponse {
  const warnings = warningTexts(effects, context);
  return {
    uid: context.uid,
    allowed: effects.verdict !== 'deny',
    ...(effects.verdict === 'deny' ? { status: denialStatus(effects, context) } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
    auditAnnotations: auditAnnotations(effects.verdict, uses),
  };
}

/** 403 for a violation; 503 when nothing but passing trouble speaks against it; 400 when nothing but unreadable references does. */
function denialStatus(effects: Effects, context: MessageContext): ResponseStatus {
  const rules = effects.denies.map(({ finding }) => finding.rule);
  const message = denialMessage(effects, context);
  if (rules.every((rule) => passingRules.has(rule))) return { code: 503, reason: 'ServiceUnavailable', message };
  if (rules.every((rule) => rule === 'reference/invalid')) return { code: 400, reason: 'BadRequest', message };
  return { code: 403, reason: 'Forbidden', message };
}
