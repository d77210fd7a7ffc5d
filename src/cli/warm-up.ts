// Reads images before anybody asks for them, when the service starts, so that what many others are built on is known.
import type { Keyring } from '../inspection/image-source.ts';
import type { Inspect, PlatformSelection } from '../inspection/inspection.ts';
import type { KnownBases } from '../inspection/known-bases.ts';
import { formatReference, type ImageReference } from '../oci/reference.ts';
import type { Log } from '../telemetry/log.ts';

export interface WarmUpDeps {
  readonly inspect: Inspect;
  /** What was read is a base of whatever begins with its layers. */
  readonly bases: KnownBases;
  /** The service's own credentials: no workload asks. */
  readonly keyring: Keyring;
  readonly platforms: PlatformSelection;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
}

/** One image after the other: nobody waits for them, and reviews go first. What cannot be read is told, and is read when it is asked for. */
export async function warmUp(references: readonly ImageReference[], deps: WarmUpDeps): Promise<void> {
  const { inspect, bases, keyring, platforms, log, signal } = deps;
  for (const reference of references) {
    if (signal.aborted) return;
    const inspection = await inspect({
      reference,
      platforms,
      access: { keyring, signal },
      content: { wanted: () => true, tenant: 'warm-up', priority: 'background' },
    });
    const image = formatReference(reference);
    for (const { outcome } of inspection.kind === 'read' ? inspection.platforms : []) {
      if (outcome.kind === 'facts' && outcome.facts.kind === 'image') bases.add(image, outcome.facts);
    }
    const faults =
      inspection.kind === 'fault'
        ? [inspection.fault]
        : inspection.platforms.flatMap(({ outcome }) =>
            outcome.kind === 'fault' ? [outcome.fault] : (outcome.contentFault ?? []),
          );
    for (const fault of signal.aborted ? [] : faults) {
      log.warn({ image, code: fault.code, reason: fault.message }, 'an image of the warm-up could not be read');
    }
    if (faults.length === 0) log.info({ image, digest: inspection.digest }, 'an image of the warm-up was read');
  }
}
