// Exit codes: what verdicts and faults mean to scripts, and which of several meanings wins.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { RuleId } from '../../src/checks/check.ts';
import { exitCodeOfFault, exitCodeOfVerdicts } from '../../src/cli/exit-code.ts';
import type { Finding, SubjectVerdict, UseVerdict } from '../../src/policy/verdict.ts';
import { useOf } from '../support/facts.ts';

interface Told {
  readonly rule: RuleId;
  readonly action?: Finding['action'];
  readonly waivedBy?: string;
}

function useWith(findings: readonly Told[], unjudged = false): UseVerdict {
  const told = findings.map(
    ({ rule, action = 'deny', waivedBy }): Finding => ({
      rule,
      action,
      severity: 'high',
      message: 'x',
      advice: 'x',
      fingerprint: 'x',
      policies: [{ name: 'a', action }],
      ...(waivedBy === undefined ? {} : { waivedBy }),
    }),
  );
  const actions = told.filter((finding) => finding.waivedBy === undefined).map(({ action }) => action);
  const verdict = actions.includes('deny') ? 'deny' : actions.includes('warn') ? 'warn' : 'allow';
  return { use: useOf(), platforms: [], verdict, unjudged, findings: told, policies: [] };
}

const subjectOf = (...uses: readonly UseVerdict[]): SubjectVerdict => ({ verdict: 'allow', uses });

const root: Told = { rule: 'user/root' };
const down: Told = { rule: 'undecided/unavailable' };

suite('verdicts', () => {
  const rows: readonly (readonly [claim: string, subjects: readonly SubjectVerdict[], code: number])[] = [
    ['of nothing are 0', [], 0],
    ['that allow are 0', [subjectOf(useWith([]))], 0],
    ['that warn are 0', [subjectOf(useWith([{ ...root, action: 'warn' }]))], 0],
    ['that deny are 1', [subjectOf(useWith([root]))], 1],
    ['that deny an image that contradicts itself are 1', [subjectOf(useWith([{ rule: 'integrity/digest' }]))], 1],
    ['that were waived are 0', [subjectOf(useWith([{ ...root, waivedBy: 'an exception' }]))], 0],
    ['for want of facts are 3', [subjectOf(useWith([down]))], 3],
    ['for a bug in a check are 3', [subjectOf(useWith([{ rule: 'undecided/internal' }]))], 3],
    ['for want of facts, beside a waived denial, are 3', [subjectOf(useWith([down, { ...root, waivedBy: 'e' }]))], 3],
    ['for want of facts, beside a warning, are 3', [subjectOf(useWith([down, { ...root, action: 'warn' }]))], 3],
    ['of which one denies are 1, whatever is undecided', [subjectOf(useWith([down])), subjectOf(useWith([root]))], 1],
    ['of which one use denies are 1', [subjectOf(useWith([]), useWith([down]), useWith([root]))], 1],
  ];
  for (const [claim, subjects, code] of rows) {
    test(claim, () => assert.equal(exitCodeOfVerdicts(subjects, { requirePolicy: false }), code));
  }

  test('that no policy gave are 1 where one is required, and 0 where none is', () => {
    const subjects = [subjectOf(useWith([]), useWith([], true))];
    assert.equal(exitCodeOfVerdicts(subjects, { requirePolicy: true }), 1);
    assert.equal(exitCodeOfVerdicts(subjects, { requirePolicy: false }), 0);
    assert.equal(exitCodeOfVerdicts([subjectOf(useWith([]))], { requirePolicy: true }), 0);
  });
});

suite('faults', () => {
  const rows: readonly (readonly [code: FaultCode, exitCode: number])[] = [
    ['usage', 2],
    ['document/invalid', 2],
    ['reference/invalid', 2],
    ['internal', 4],
    ['registry/unreachable', 3],
    ['registry/unauthorized', 3],
    ['integrity/digest', 3],
    ['image/pending', 3],
    ['limit', 3],
  ];
  for (const [code, exitCode] of rows) {
    test(`${code} is ${exitCode}`, () => assert.equal(exitCodeOfFault(new Fault(code, 'x')), exitCode));
  }
});
