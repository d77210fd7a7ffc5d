// Which uses a policy is about: blocks of conditions, compiled once, and asked with what is known of a use.

import { Fault } from '../base/fault.ts';
import { compileGlob } from '../base/glob.ts';
import { compileImagePattern } from '../checks/image-pattern.ts';
import { attempt, type Report } from '../checks/parameter.ts';
import { field, listField } from '../workload/fields.ts';
import { type UseKind, useKinds } from '../workload/use.ts';
import { compileLabelSelector, labelSelectorSchema } from './label-selector.ts';
import type { LabelSelector, MatchBlock, Policy } from './policy.ts';

const conditions = {
  namespaces: {
    type: 'array',
    minItems: 1,
    items: { type: 'string' },
    description: 'Globs over the namespace.',
  },
  namespaceSelector: labelSelectorSchema,
  images: {
    type: 'array',
    minItems: 1,
    items: { type: 'string' },
    description:
      'Globs over host[:port]/path, never tag or digest: `*` within a segment, `**` whole segments. Docker Hub is docker.io.',
  },
  uses: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: { type: 'string', enum: [...useKinds] },
    description: 'Kinds of places that name an image.',
  },
} as const;

export const matchSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ...conditions,
    objectSelector: {
      ...labelSelectorSchema,
      description: 'Labels of the pod template (of the Pod for a Pod), old or new.',
    },
  },
  description: 'What the policy is about; all given parts must hold. Leave it away to match everything.',
} as const;

export const excludeSchema = {
  type: 'array',
  minItems: 1,
  items: { type: 'object', additionalProperties: false, minProperties: 1, properties: conditions },
  description: 'What the policy is not about: any one block excludes, and inside one all parts must hold.',
} as const;

/** Compiles a block that fits its schema; reports bad globs and selectors. */
export function compileMatchBlock(written: unknown, report: Report): MatchBlock {
  const namespaces = globsOf(written, 'namespaces', report, compileNamespaceGlob);
  const images = globsOf(written, 'images', report, (text) => compileImagePattern(text).matches);
  const namespaceSelector = selectorOf(written, 'namespaceSelector', report);
  const objectSelector = selectorOf(written, 'objectSelector', report);
  const uses = useKinds.filter((kind) => listField(written, 'uses').includes(kind));
  return {
    ...(namespaces === undefined ? {} : { namespaces }),
    ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
    ...(objectSelector === undefined ? {} : { objectSelector }),
    ...(images === undefined ? {} : { images }),
    ...(uses.length === 0 ? {} : { uses: new Set(uses) }),
  };
}

function globsOf(
  written: unknown,
  name: string,
  report: Report,
  compile: (text: string) => (text: string) => boolean,
): ((text: string) => boolean) | undefined {
  if (field(written, name) === undefined) return undefined;
  const globs = listField(written, name).flatMap((text, index) => {
    const glob = attempt(
      () => compile(String(text)),
      (path, message) => report([name, index, ...path], message),
    );
    return glob ?? [];
  });
  return (text) => globs.some((glob) => glob(text));
}

function selectorOf(written: unknown, name: string, report: Report): LabelSelector | undefined {
  const selector = field(written, name);
  if (selector === undefined) return undefined;
  return compileLabelSelector(selector, (path, message) => report([name, ...path], message));
}

function compileNamespaceGlob(pattern: string): (namespace: string) => boolean {
  if (!/^[a-z0-9*-]+$/.test(pattern)) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(pattern)} matches no namespace: those have lower-case letters, digits and -`,
    );
  }
  return compileGlob(pattern);
}

type Labels = Readonly<Record<string, string>>;

/** What is known of a use when policies are matched. What is unknown is absent. */
export interface MatchQuestion {
  readonly use: UseKind;
  /** Unknown when the reference cannot be parsed. */
  readonly canonicalName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly namespaceLabels?: Labels | undefined;
  /** Of the pod template, in its old and new state; unknown when there is no object. */
  readonly podLabels?: readonly Labels[] | undefined;
}

/** A part whose answer is unknown holds in `match` and does not hold in `exclude`: not knowing never takes a policy away. */
export function policyMatches(policy: Policy, question: MatchQuestion): boolean {
  return (
    blockHolds(policy.match, question, true) && !policy.exclude.some((block) => blockHolds(block, question, false))
  );
}

function blockHolds(block: MatchBlock, question: MatchQuestion, whenUnknown: boolean): boolean {
  const { namespaces, namespaceSelector, objectSelector, images, uses } = block;
  const { namespace, namespaceLabels, podLabels, canonicalName, use } = question;
  return (
    (namespaces === undefined || (namespace === undefined ? whenUnknown : namespaces(namespace))) &&
    (namespaceSelector === undefined ||
      (namespaceLabels === undefined ? whenUnknown : namespaceSelector.matches(namespaceLabels))) &&
    (objectSelector === undefined ||
      (podLabels === undefined ? whenUnknown : podLabels.some((labels) => objectSelector.matches(labels)))) &&
    (images === undefined || (canonicalName === undefined ? whenUnknown : images(canonicalName))) &&
    (uses === undefined || uses.has(use))
  );
}
