// AdmissionReview v1 requests as checked values: strict about the envelope, liberal about everything else.
import { Fault } from '../base/fault.ts';
import { booleanField, field, isFieldBag, listField, textField } from '../workload/fields.ts';

export const reviewApiVersion = 'admission.k8s.io/v1';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
type Operation = (typeof operations)[number];

export interface AdmissionRequest {
  readonly uid: string;
  /** What the object was converted to for us: this decides how it is read. */
  readonly kind: GroupVersionKind;
  /** What the requester sent, where `matchPolicy: Equivalent` converted it: shown, never evaluated. */
  readonly requestKind?: GroupVersionKind;
  /** Empty for the object itself. */
  readonly subResource: string;
  /** Absent with `generateName`. */
  readonly name?: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly operation: Operation;
  readonly username: string;
  readonly groups: readonly string[];
  /** As sent: of any shape, null on DELETE. */
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly dryRun: boolean;
}

/** A uid is a UUID of 36 characters; what is much longer comes from no API server, and is echoed nowhere. */
const maxUidLength = 128;

/**
 * Reads the body of a review.
 * @throws Fault `document/invalid` when it is no JSON, no AdmissionReview v1, or has no usable `request`: then there is nothing to answer to.
 */
export function parseReview(body: string): AdmissionRequest {
  const review = parseJson(body);
  if (!isFieldBag(review)) throw invalid('the body is not a JSON object');
  if (textField(review, 'kind') !== 'AdmissionReview') throw invalid('kind is not AdmissionReview');
  if (textField(review, 'apiVersion') !== reviewApiVersion) throw invalid(`apiVersion is not ${reviewApiVersion}`);
  const request = field(review, 'request');
  if (!isFieldBag(request)) throw invalid('request is missing');
  const uid = textField(request, 'uid');
  if (uid === undefined || uid.length > maxUidLength) throw invalid('request.uid is missing or too long');
  return requestFrom(request, uid);
}

function requestFrom(request: unknown, uid: string): AdmissionRequest {
  const kind = groupVersionKind(field(request, 'kind'));
  if (kind === undefined) throw invalid('request.kind names no kind');
  const operation = operations.find((known) => known === field(request, 'operation'));
  if (operation === undefined) throw invalid(`request.operation is none of ${operations.join(', ')}`);
  const requestKind = groupVersionKind(field(request, 'requestKind'));
  const name = textField(request, 'name');
  const namespace = textField(request, 'namespace');
  const userInfo = field(request, 'userInfo');
  return {
    uid,
    kind,
    ...(requestKind === undefined ? {} : { requestKind }),
    subResource: textField(request, 'subResource') ?? '',
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    operation,
    username: textField(userInfo, 'username') ?? '',
    groups: listField(userInfo, 'groups').filter((group) => typeof group === 'string'),
    object: field(request, 'object') ?? null,
    oldObject: field(request, 'oldObject') ?? null,
    dryRun: booleanField(request, 'dryRun') === true,
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new Fault('document/invalid', 'the body is not JSON', { cause });
  }
}

function groupVersionKind(value: unknown): GroupVersionKind | undefined {
  const kind = textField(value, 'kind');
  if (kind === undefined) return undefined;
  return { group: textField(value, 'group') ?? '', version: textField(value, 'version') ?? '', kind };
}

function invalid(message: string): Fault {
  return new Fault('document/invalid', message);
}

/** `apps/v1`; `v1` for the core group. */
export function apiVersionOf({ group, version }: GroupVersionKind): string {
  return group === '' ? version : `${group}/${version}`;
}
