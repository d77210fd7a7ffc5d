// One policy document to one compiled policy; every mistake in it is told with its place.
import { createValidator, type FieldPath, type SourceDocument } from '../base/document.ts';
import type { Check } from '../checks/check.ts';
import { checks } from '../checks/checks.ts';
import { attempt, platformList } from '../checks/parameter.ts';
import { detectorRevision } from '../inspection/detector-revision.ts';
import { field, integerField, listField, textField } from '../workload/fields.ts';
import { actionField, compileRuleActions, compileUndecided } from './actions.ts';
import { type Compiled, createDraft, type DocumentDraft, soundParts } from './document-draft.ts';
import { parseInstant } from './instant.ts';
import { findLaterFields } from './later-fields.ts';
import { compileMatchBlock } from './match-block.ts';
import type { Action, MatchBlock, Policy, PolicyCheck } from './policy.ts';
import { revisionOf } from './revision.ts';
import { policySchema } from './schema.ts';

const validate = createValidator(policySchema);

/** The policy, or every reason why there is none. */
export function compilePolicy(document: SourceDocument): Compiled<Policy> {
  const draft = createDraft(document, validate, findLaterFields(document.value));
  const action = actionField(field(document.value, 'spec'), 'action') ?? 'deny';
  const policy = readPolicy(draft, action);
  const problems = draft.problems();
  return problems.length > 0 ? { problems } : { value: policy, problems };
}

function readPolicy(draft: DocumentDraft, action: Action): Policy {
  const { document } = draft;
  const spec = soundParts(draft, ['spec']);
  const enforceFrom = textField(spec, 'enforceFrom');
  const enforceFromMs =
    enforceFrom === undefined
      ? undefined
      : attempt(() => parseInstant(enforceFrom), below(draft, ['spec', 'enforceFrom']));
  const detectors = readDetectors(draft, spec);
  const match = readBlock(draft, ['spec', 'match']);
  const exclude = listField(field(document.value, 'spec'), 'exclude').map((_, index) =>
    readBlock(draft, ['spec', 'exclude', index]),
  );
  return {
    name: textField(field(document.value, 'metadata'), 'name') ?? '',
    description: textField(spec, 'description') ?? '',
    source: document.source,
    at: document.at(['metadata', 'name']),
    revision: revisionOf(document.value),
    match,
    exclude,
    action,
    ...(enforceFromMs === undefined ? {} : { enforceFromMs }),
    ...(detectors === undefined ? {} : { detectors }),
    platforms: readPlatforms(draft, spec),
    undecided: compileUndecided(field(spec, 'undecided'), action),
    checks: readChecks(draft, action),
    selectsByObjectLabels: match.objectSelector !== undefined,
  };
}

function below(draft: DocumentDraft, prefix: FieldPath) {
  return (path: FieldPath, message: string) => draft.report([...prefix, ...path], message);
}

function readBlock(draft: DocumentDraft, path: FieldPath): MatchBlock {
  return compileMatchBlock(soundParts(draft, path), below(draft, path));
}

function readDetectors(draft: DocumentDraft, spec: Readonly<Record<string, unknown>>): number | undefined {
  const detectors = integerField(spec, 'detectors');
  if (detectors !== undefined && detectors > detectorRevision) {
    const message = `is ${detectors}, and the detectors of this version have revision ${detectorRevision}`;
    draft.report(['spec', 'detectors'], message);
  }
  return detectors;
}

const platformsParameter = platformList('');

function readPlatforms(draft: DocumentDraft, spec: Readonly<Record<string, unknown>>): Policy['platforms'] {
  const written = field(spec, 'platforms');
  if (written === 'all') return 'all';
  if (typeof written === 'string' && written !== 'cluster') {
    const message = `${JSON.stringify(written)} is not allowed; allowed are cluster, all, or a list such as [linux/amd64]`;
    draft.report(['spec', 'platforms'], message);
  }
  if (!Array.isArray(written)) return 'cluster';
  return platformsParameter.parse(written, below(draft, ['spec', 'platforms']));
}

function readChecks(draft: DocumentDraft, policyAction: Action): readonly PolicyCheck[] {
  return checks.flatMap((check) => {
    const path = ['spec', 'checks', check.name];
    const written = field(field(field(draft.document.value, 'spec'), 'checks'), check.name);
    return written === undefined ? [] : readCheck(draft, { check, path, policyAction });
  });
}

function readCheck(
  draft: DocumentDraft,
  { check, path, policyAction }: { readonly check: Check; readonly path: FieldPath; readonly policyAction: Action },
): PolicyCheck {
  const wasBroken = draft.isBroken(path);
  const parameters = soundParts(draft, path);
  const only = check.uses.filter((use) => listField(parameters, 'uses').includes(use));
  return {
    check,
    compiled: check.compile(parameters, (steps, message) => {
      // What is missing cannot be told while what is there cannot be read.
      if (steps.length === 0 && (wasBroken || draft.isBroken(path))) return;
      draft.report([...path, ...steps], message);
    }),
    uses: new Set(only.length === 0 ? check.uses : only),
    actionOf: compileRuleActions(parameters, policyAction),
  };
}
