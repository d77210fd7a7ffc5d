// The door of the webhook as an express app, which listens to nothing.
import type { Express, Request, Response } from 'express';
import type { Admission } from '../admission/admission.ts';
import { budgetFromUrl, type Deadline, startDeadline } from '../admission/deadline.ts';
import { reviewOf } from '../admission/response.ts';
import { parseReview } from '../admission/review.ts';
import { Fault } from '../base/fault.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createBareApp, type Refusal, refuse, refuseMethod, sendJson } from './bare-app.ts';
import { countValues } from './count-values.ts';
import { recordDecision } from './decision-record.ts';
import { createIntake, type Place } from './intake.ts';
import { type Body, readBody } from './read-body.ts';
import type { ServerLimits } from './server-limits.ts';

export interface AppDeps {
  readonly admission: Admission;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: ServerLimits;
}

/** `POST /validate` takes AdmissionReviews; every verdict is a 200. */
export function createApp(deps: AppDeps): Express {
  const intake = createIntake(deps.limits);
  return createBareApp(deps.log, (app) => {
    app.post('/validate', async (request, response) => {
      const startedAt = performance.now();
      if (!isJson(request)) return refuse(response, notJson);
      const place = intake.enter();
      if (place === undefined) return refuse(response, shed);
      const deadline = startDeadline(budgetFromUrl(request.url));
      response.on('close', () => {
        if (!response.writableFinished) deadline.abandon();
      });
      try {
        await validate(deps, { request, response, place, deadline, startedAt });
      } finally {
        deadline.end();
        place.leave();
      }
    });
    app.all('/validate', refuseMethod('POST'));
  });
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly place: Place;
  readonly deadline: Deadline;
  readonly startedAt: number;
}

async function validate(deps: AppDeps, exchange: Exchange): Promise<void> {
  const { request, response, place, deadline, startedAt } = exchange;
  const maxBytes = deps.limits.maxReviewBytes;
  const body = await readBody(request, { maxBytes, place, signal: deadline.signal });
  if (body.kind !== 'text') return refuse(response, refusalOfBody[body.kind]);
  const refusal = refusalOfValues(body.text, deps.limits, place);
  if (refusal !== undefined) return refuse(response, refusal);
  const review = readReview(body.text);
  if (review instanceof Fault) return refuse(response, { status: 400, message: review.message });
  const { response: answer, decision } = await deps.admission(review, deadline);
  if (!response.destroyed) sendJson(response, reviewOf(answer));
  recordDecision(deps, decision, performance.now() - startedAt);
}

/** Shorter bodies are not counted, and nearly all are shorter: counting costs a fifth of parsing, which takes a few milliseconds at worst. */
const uncountedLength = 64 * 1024;

/** What one value takes in memory once it is parsed: an empty object and the place that refers to it. */
const bytesPerValue = 64;

function refusalOfValues(text: string, { maxReviewValues }: ServerLimits, place: Place): Refusal | undefined {
  if (text.length <= uncountedLength) return undefined;
  const values = countValues(text, maxReviewValues);
  if (values > maxReviewValues) return tooManyValues;
  return place.book(values * bytesPerValue) ? undefined : shed;
}

function readReview(text: string): ReturnType<typeof parseReview> | Fault {
  try {
    return parseReview(text);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
}

/** The API server sends a shed review again by itself, within its own deadline. */
const shed: Refusal = { status: 429, message: 'too many reviews at one time', headers: { 'Retry-After': '1' } };

const tooManyValues: Refusal = { status: 413, message: 'the review holds more values than any the API server sends' };

const refusalOfBody: Readonly<Record<Exclude<Body['kind'], 'text'>, Refusal>> = {
  'too-large': { status: 413, message: 'the review is larger than any the API server sends' },
  'no-room': shed,
  incomplete: { status: 408, message: 'the review did not come in time', headers: { Connection: 'close' } },
};

const notJson: Refusal = { status: 415, message: 'a review is sent as application/json, without content encoding' };

function isJson({ headers }: Request): boolean {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding'] ?? 'identity';
  return /^\s*application\/json\s*(?:;|$)/i.test(type) && encoding.toLowerCase() === 'identity';
}
