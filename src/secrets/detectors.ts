// Every detector, from the specific to the general: where two find the same text with equal certainty, the earlier one names it.
import type { Detector } from './detector.ts';
import { aiDetectors } from './detectors/ai.ts';
import { businessDetectors } from './detectors/business.ts';
import { namedDetectors } from './detectors/by-name.ts';
import { cloudDetectors } from './detectors/cloud.ts';
import { deliveryDetectors } from './detectors/delivery.ts';
import { hostingDetectors } from './detectors/hosting.ts';
import { keyDetectors } from './detectors/keys.ts';
import { loginFileDetectors } from './detectors/login-files.ts';
import { loginDetectors } from './detectors/logins.ts';
import { messagingDetectors } from './detectors/messaging.ts';
import { observabilityDetectors } from './detectors/observability.ts';
import { packageRegistryDetectors } from './detectors/package-registries.ts';
import { paymentDetectors } from './detectors/payment.ts';
import { sourceHostingDetectors } from './detectors/source-hosting.ts';

export const detectors: readonly Detector[] = [
  ...sourceHostingDetectors,
  ...packageRegistryDetectors,
  ...cloudDetectors,
  ...hostingDetectors,
  ...aiDetectors,
  ...messagingDetectors,
  ...paymentDetectors,
  ...observabilityDetectors,
  ...deliveryDetectors,
  ...businessDetectors,
  ...keyDetectors,
  ...loginDetectors,
  ...loginFileDetectors,
  ...namedDetectors,
];
