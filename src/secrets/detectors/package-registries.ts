// Tokens of package registries, and the files that keep them.
import { crc32Base62 } from '../checksum.ts';
import type { PatternDetector } from '../detector.ts';
import { standalone } from '../pattern.ts';

export const packageRegistryDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'npm-token',
    title: 'npm access token',
    certainty: 'certain',
    keywords: ['npm_'],
    pattern: standalone('(?<prefix>npm_)[A-Za-z0-9]{36}'),
    proof: ({ secret }) => (crc32Base62(secret.slice(4, -6), 6) === secret.slice(-6) ? 'certain' : 'likely'),
    source: 'npm documentation: about access tokens',
    revoke: 'with `npm token revoke`, or under Access Tokens of the account',
  },
  {
    by: 'pattern',
    id: 'docker-hub-token',
    title: 'Docker Hub access token',
    certainty: 'certain',
    keywords: ['dckr_pat_', 'dckr_oat_'],
    pattern: standalone('(?<prefix>dckr_[po]at_)[A-Za-z0-9_-]{27,64}'),
    source: 'https://docs.docker.com/security/access-tokens/',
    revoke: 'at https://app.docker.com/settings/personal-access-tokens',
  },
];
