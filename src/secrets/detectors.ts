// Every detector, from the specific to the general: where two find the same text with equal certainty, the earlier one names it.
import type { Detector } from './detector.ts';
import { namedDetectors } from './detectors/by-name.ts';
import { chatDetectors } from './detectors/chat.ts';
import { cloudDetectors } from './detectors/cloud.ts';
import { keyDetectors } from './detectors/keys.ts';
import { packageRegistryDetectors } from './detectors/package-registries.ts';
import { paymentDetectors } from './detectors/payment.ts';
import { sourceHostingDetectors } from './detectors/source-hosting.ts';
import { urlDetectors } from './detectors/urls.ts';

export const detectors: readonly Detector[] = [
  ...sourceHostingDetectors,
  ...packageRegistryDetectors,
  ...cloudDetectors,
  ...chatDetectors,
  ...paymentDetectors,
  ...keyDetectors,
  ...urlDetectors,
  ...namedDetectors,
];
