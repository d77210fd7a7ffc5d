// What of a finding may be told to whoever asked: all of it, or only what every reader of the rules knows anyway.
import type { Finding } from '../policy/verdict.ts';
import type { PlacedFinding } from './effects.ts';

/** `own-credentials` tells details only when the requester's own credentials, or anyone's, opened the image. */
export type Disclosure = 'own-credentials' | 'full';

/** The general words of a rule. */
export interface RuleWords {
  readonly title: string;
  readonly advice: string;
}

export interface Telling {
  readonly disclosure: Disclosure;
  readonly wordsOf: (rule: string) => RuleWords | undefined;
}

/** A finding in words, not yet safe to print. */
export interface ToldFinding {
  /** `rule: what is wrong`, without place. */
  readonly problem: string;
  /** How to fix it; may be empty. */
  readonly advice: string;
}

export function tellFinding(placed: PlacedFinding, telling: Telling): ToldFinding {
  const { finding } = placed;
  if (!isWithheld(placed, telling.disclosure)) {
    return { problem: `${finding.rule}: ${finding.message}${platformsOf(finding)}`, advice: finding.advice };
  }
  const words = telling.wordsOf(finding.rule);
  const layer = layerOf(finding);
  const place = layer === undefined ? '' : ` (layer ${layer + 1})`;
  const problem = `${finding.rule}: ${asClause(words?.title ?? 'this rule failed')}${place}`;
  return { problem, advice: words?.advice ?? '' };
}

/**
 * Only the service's own credentials opened the image, so that the requester has not shown that they may read it.
 * What comes from their own manifest they know, and why facts are missing or contradict themselves names no content.
 */
export function isWithheld({ finding, use }: PlacedFinding, disclosure: Disclosure): boolean {
  if (disclosure === 'full' || use.grant !== 'service') return false;
  return finding.evidence?.kind !== 'source' && !/^(?:undecided|integrity|reference)\//.test(finding.rule);
}

/** A title begins with a capital letter, which after a colon only an abbreviation keeps. */
function asClause(title: string): string {
  return /^[A-Z][a-z ]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function platformsOf(finding: Finding): string {
  return finding.platforms === undefined || finding.platforms.length === 0 ? '' : ` (${finding.platforms.join(', ')})`;
}

function layerOf({ evidence }: Finding): number | undefined {
  switch (evidence?.kind) {
    case 'layer':
      return evidence.index;
    case 'file':
      return evidence.addedBy.index;
    case 'history':
      return evidence.layer;
    default:
      return undefined;
  }
}
