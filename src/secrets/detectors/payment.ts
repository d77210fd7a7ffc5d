// Keys of payment services.
import type { PatternDetector } from '../detector.ts';
import { standalone } from '../pattern.ts';

export const paymentDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'stripe-live-key',
    title: 'Stripe live key',
    certainty: 'certain',
    keywords: ['sk_live_', 'rk_live_'],
    pattern: standalone('(?<prefix>[sr]k_live_)[A-Za-z0-9]{24,247}'),
    source: 'https://docs.stripe.com/keys',
    revoke: 'at https://dashboard.stripe.com/apikeys by rolling the key',
  },
];
