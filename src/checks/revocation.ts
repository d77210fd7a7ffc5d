// Where a leaked credential is revoked, as its detector knows.
import { detectors } from '../secrets/detectors.ts';

const revokeByDetector: ReadonlyMap<string, string> = new Map(detectors.map(({ id, revoke }) => [id, revoke]));

/** What follows "revoke it", with a space before it; empty where the provider's way is not known. */
export function revocationOf(detector: string): string {
  const where = revokeByDetector.get(detector);
  return where === undefined ? '' : ` ${where}`;
}
