// Every group of detectors that go by look, with its cases.
import type { Detector } from '../../src/secrets/detector.ts';
import { aiDetectors } from '../../src/secrets/detectors/ai.ts';
import { businessDetectors } from '../../src/secrets/detectors/business.ts';
import { cloudDetectors } from '../../src/secrets/detectors/cloud.ts';
import { deliveryDetectors } from '../../src/secrets/detectors/delivery.ts';
import { hostingDetectors } from '../../src/secrets/detectors/hosting.ts';
import { keyDetectors } from '../../src/secrets/detectors/keys.ts';
import { loginDetectors } from '../../src/secrets/detectors/logins.ts';
import { messagingDetectors } from '../../src/secrets/detectors/messaging.ts';
import { observabilityDetectors } from '../../src/secrets/detectors/observability.ts';
import { packageRegistryDetectors } from '../../src/secrets/detectors/package-registries.ts';
import { paymentDetectors } from '../../src/secrets/detectors/payment.ts';
import { sourceHostingDetectors } from '../../src/secrets/detectors/source-hosting.ts';
import type { DetectorCases } from './detector-cases.ts';
import { aiCases } from './detectors/ai-cases.ts';
import { businessCases } from './detectors/business-cases.ts';
import { cloudCases } from './detectors/cloud-cases.ts';
import { deliveryCases } from './detectors/delivery-cases.ts';
import { hostingCases } from './detectors/hosting-cases.ts';
import { keyCases } from './detectors/keys-cases.ts';
import { loginCases } from './detectors/logins-cases.ts';
import { messagingCases } from './detectors/messaging-cases.ts';
import { observabilityCases } from './detectors/observability-cases.ts';
import { packageRegistryCases } from './detectors/package-registries-cases.ts';
import { paymentCases } from './detectors/payment-cases.ts';
import { sourceHostingCases } from './detectors/source-hosting-cases.ts';

export interface DetectorGroup {
  readonly detectors: readonly Detector[];
  readonly cases: DetectorCases;
}

export const detectorGroups: Readonly<Record<string, DetectorGroup>> = {
  ai: { detectors: aiDetectors, cases: aiCases },
  business: { detectors: businessDetectors, cases: businessCases },
  cloud: { detectors: cloudDetectors, cases: cloudCases },
  delivery: { detectors: deliveryDetectors, cases: deliveryCases },
  hosting: { detectors: hostingDetectors, cases: hostingCases },
  keys: { detectors: keyDetectors, cases: keyCases },
  logins: { detectors: loginDetectors, cases: loginCases },
  messaging: { detectors: messagingDetectors, cases: messagingCases },
  observability: { detectors: observabilityDetectors, cases: observabilityCases },
  'package registries': { detectors: packageRegistryDetectors, cases: packageRegistryCases },
  payment: { detectors: paymentDetectors, cases: paymentCases },
  'source hosting': { detectors: sourceHostingDetectors, cases: sourceHostingCases },
};
