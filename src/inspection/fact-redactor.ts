// Everything that becomes a fact passes here: credentials are replaced, and what was found is kept as secret facts.
import { createHash } from 'node:crypto';
import type { Digest } from '../oci/digest.ts';
import type { SecretMatch } from '../secrets/detector.ts';
import { redact } from '../secrets/redact.ts';
import type { SecretFact, SecretPlace } from './image-facts.ts';

export interface FactRedactor {
  /** The text without its credentials; each is noted under its place. `name` is what the text is the value of. */
  clean(text: string, place: SecretPlace, name?: string): string;
  /** For fields that rules do not search (keys, paths): replaced all the same, and not reported. */
  strip(text: string): string;
  /** What was found so far, one per detector and place, in the order of finding. */
  found(): readonly SecretFact[];
}

/** @param configDigest goes into fingerprints, so that the same defect has the same one whenever and wherever it is read. */
export function createFactRedactor(configDigest: Digest): FactRedactor {
  const facts = new Map<string, SecretFact>();

  function note(match: SecretMatch, place: SecretPlace): void {
    const fingerprint = fingerprintOf(match.detector, configDigest, place);
    if (facts.has(fingerprint)) return;
    const { detector, title, certainty, publicPrefix } = match;
    facts.set(fingerprint, {
      detector,
      title,
      certainty,
      place,
      ...(publicPrefix === undefined ? {} : { publicPrefix }),
      fingerprint,
    });
  }

  return {
    clean(text, place, name) {
      const { text: redacted, matches } = redact(text, place.kind, name);
      for (const match of matches) note(match, withName(place, text, match));
      return redacted;
    },
    strip: (text) => redact(text, 'label').text,
    found: () => [...facts.values()],
  };
}

/** Over detector, config digest and place: nothing of the secret goes in. */
function fingerprintOf(detector: string, configDigest: Digest, place: SecretPlace): string {
  return createHash('sha256')
    .update(JSON.stringify([detector, configDigest, placeKey(place)]))
    .digest('hex')
    .slice(0, 32);
}

function placeKey(place: SecretPlace): readonly (string | number)[] {
  switch (place.kind) {
    case 'env':
      return ['env', place.name];
    case 'label':
      return ['label', place.key];
    case 'history':
      return ['history', place.history, place.name ?? ''];
    case 'command':
      return ['command', place.field];
    default:
      return place satisfies never;
  }
}

/** In history the variable that holds the secret is part of the text: the name right before its `=`. */
function withName(place: SecretPlace, text: string, match: SecretMatch): SecretPlace {
  if (place.kind !== 'history') return place;
  const before = text.slice(Math.max(0, match.start - 200), match.start);
  const name = /([A-Za-z_][\w.-]{0,120})=["']?$/.exec(before)?.[1];
  return name === undefined ? place : { ...place, name };
}
