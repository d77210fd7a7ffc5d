// Tokens and webhooks of chat services.
import type { PatternDetector } from '../detector.ts';
import { standalone } from '../pattern.ts';

export const chatDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'slack-token',
    title: 'Slack token',
    certainty: 'certain',
    keywords: ['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-'],
    pattern: standalone('(?<prefix>xox[bpares]-)(?:\\d-)?\\d{9,14}-[A-Za-z0-9-]{16,200}'),
    source: 'https://docs.slack.dev/authentication/tokens',
    revoke: 'with the Slack method auth.revoke, or on the page of the app',
  },
];
