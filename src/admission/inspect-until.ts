// Inspection that ends with its signal, whatever it waits for: an image not read in time is a fault, and the others keep their facts.
import { Fault, faultFromUnknown } from '../base/fault.ts';
import type { Inspect, Inspection } from '../inspection/inspection.ts';

/** The same inspection, which settles as soon as the request's signal aborts, and never rejects. */
export function inspectUntil(inspect: Inspect): Inspect {
  return async (request) => {
    const { signal } = request.access;
    if (signal.aborted) return late;
    const { promise, resolve } = Promise.withResolvers<Inspection>();
    const onAbort = (): void => resolve(late);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([inspect(request), promise]);
    } catch (thrown) {
      return { kind: 'fault', fault: faultFromUnknown(thrown) };
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
}

const late: Inspection = {
  kind: 'fault',
  fault: new Fault('cancelled', 'the deadline passed before the image was read'),
};
