// How old an image may be, by the date its builder wrote.
import { oncePerObject } from '../base/once-per-object.ts';
import type { RunnableImageFacts } from '../inspection/image-facts.ts';
import { useKinds } from '../workload/use.ts';
import { type Evidence, findingOf, type Rule } from './check.ts';
import { defineImageCheck } from './define-check.ts';
import { duration, flag } from './parameter.ts';

const dayMs = 86_400_000;

const tooOld: Rule = {
  id: 'age/too-old',
  severity: 'low',
  title: 'The image was built too long ago',
  why: 'An image does not age by itself, but what is found in its packages does: without a rebuild no fix of the base image or of a library reaches it.',
  advice:
    'rebuild from the current base image (`docker build --pull`), and rebuild on a schedule even when the source does not change',
};

export const age = defineImageCheck({
  name: 'age',
  summary: 'Requires that images are rebuilt now and then.',
  example: '{ max: 180d }',
  rules: [tooOld],
  uses: useKinds,
  asksJobs: true,
  parameters: {
    max: duration('Longest time since the image was built, such as 180d; equal passes, a date in the future is age 0.'),
    acceptUnknown: flag(
      'Whether an image passes that does not say when it was built. Reproducible builds (ko, jib, Bazel, SOURCE_DATE_EPOCH) write a placeholder from before 1980, which counts as not saying.',
      true,
    ),
  },
  requiresNothing: ({ max }) => (max === undefined ? 'set max' : undefined),
  evaluate: ({ facts, context }, { max = Number.POSITIVE_INFINITY, acceptUnknown }) => {
    const createdMs = createdMsOf(facts);
    if (Number.isNaN(createdMs)) {
      if (acceptUnknown) return [];
      const message = 'the image does not say when it was built, so its age is unknown';
      const advice =
        'let the builder write the real date: set SOURCE_DATE_EPOCH to the time of the commit instead of 0, or drop the option that removes timestamps';
      return [findingOf(tooOld, { message, advice, evidence: evidenceOf(facts) })];
    }
    const ageMs = Math.max(0, context.atMs - createdMs);
    if (ageMs <= max) return [];
    const message = `the image was built ${days(ageMs)} ago (${facts.created?.slice(0, 10) ?? ''}), longer than the ${days(max)} allowed`;
    return [findingOf(tooOld, { message, evidence: evidenceOf(facts) })];
  },
});

/** Milliseconds since the epoch; NaN where the image does not say. */
const createdMsOf = oncePerObject(({ created }: RunnableImageFacts) =>
  created === undefined ? Number.NaN : Date.parse(created),
);

function evidenceOf({ created }: RunnableImageFacts): Evidence {
  return { kind: 'manifest', field: 'created', ...(created === undefined ? {} : { value: created }) };
}

/** Whole days, or hours below two days; rounded up, so that what is over a limit is also seen to be. */
function days(milliseconds: number): string {
  return milliseconds >= 2 * dayMs
    ? `${Math.ceil(milliseconds / dayMs)} days`
    : `${Math.ceil(milliseconds / 3_600_000)} hours`;
}
