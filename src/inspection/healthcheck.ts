// HEALTHCHECK as Docker runs it: present, switched off, or written down and without effect.
import type { HealthcheckConfig } from '../oci/image-config.ts';
import type { HealthcheckFact } from './image-facts.ts';

/** An empty `Test` inherits, and an image has nothing left to inherit from; an unknown first word is ignored by Docker with a warning. */
export function healthcheckFrom(healthcheck: HealthcheckConfig | undefined): HealthcheckFact {
  const [form, ...command] = healthcheck?.test ?? [];
  switch (form) {
    case undefined:
      return { kind: 'absent' };
    case 'NONE':
      return { kind: 'disabled' };
    case 'CMD':
    case 'CMD-SHELL':
      return (command[0] ?? '').trim() === '' ? { kind: 'empty' } : { kind: 'present', test: [form, ...command] };
    default:
      return { kind: 'empty' };
  }
}
