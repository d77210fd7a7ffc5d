// Reads what the command line prints as JSON: as much of it as tests ask for.
import assert from 'node:assert/strict';
import type { Ended } from './command-line.ts';

export interface ToldLayer {
  readonly index: number;
  readonly instruction?: string;
}

export interface ToldEvidence {
  readonly kind: string;
  readonly path?: string;
  readonly line?: number;
  readonly detector?: string;
  readonly state?: string;
  readonly addedBy?: ToldLayer;
  readonly hiddenBy?: ToldLayer;
}

export interface ToldFinding {
  readonly rule: string;
  readonly severity: string;
  readonly action: string;
  readonly policies: readonly { readonly name: string; readonly action: string }[];
  readonly message: string;
  readonly advice: string;
  readonly evidence?: ToldEvidence;
  readonly waivedBy?: string;
}

export interface ToldSubject {
  readonly target: string;
  readonly source?: { readonly file: string; readonly line: number };
  readonly resource?: { readonly kind: string; readonly namespace?: string; readonly name?: string };
  readonly use?: { readonly kind: string; readonly path: string; readonly name: string };
  readonly image: string;
  readonly digest?: string;
  readonly verdict: 'allow' | 'warn' | 'deny';
  readonly unjudged: boolean;
  readonly coverage?: { readonly layers: number; readonly read: number };
  readonly findings: readonly ToldFinding[];
}

export interface ToldReport {
  readonly verdict: string;
  readonly summary: {
    readonly subjects: number;
    readonly deny: number;
    readonly warn: number;
    readonly unjudged: number;
  };
  readonly subjects: readonly ToldSubject[];
}

export interface ToldShare {
  readonly category: string;
  readonly bytes: number;
}

export interface ToldContent {
  readonly plainBytes: number;
  readonly tree: { readonly bytes: number; readonly wastedBytes: number };
  readonly composition: {
    readonly bytes: number;
    readonly categories: readonly ToldShare[];
    readonly leftovers: readonly {
      readonly category: string;
      readonly name: string;
      readonly evidence: string;
      readonly bytes: number;
      readonly layers: readonly number[];
    }[];
  };
}

export interface ToldSavings {
  readonly bytes: number;
  readonly categories: readonly ToldShare[];
}

export interface ToldInspection {
  readonly digest: string;
  readonly platforms: readonly {
    readonly facts: {
      readonly compressedSize: number;
      readonly layers: readonly {
        readonly digest: string;
        readonly diffId?: string;
        readonly size: number;
        readonly history?: number;
      }[];
      readonly history: readonly { readonly keyword: string }[];
      readonly content?: ToldContent;
    };
    readonly savings?: ToldSavings;
  }[];
}

export function reportOf({ stdout, stderr }: Ended): ToldReport {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

export function inspectionOf({ stdout, stderr }: Ended): ToldInspection {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout);
}

/** `user/root deny`, each once, in the order told. */
export function rulesOf({ findings }: ToldSubject): readonly string[] {
  return [...new Set(findings.map(({ rule, action }) => `${rule} ${action}`))];
}
