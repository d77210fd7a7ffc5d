// Tokens of the places where source code lies.
import { crc32Base62 } from '../checksum.ts';
import type { Candidate, Certainty, PatternDetector } from '../detector.ts';
import { anywhere, standalone } from '../pattern.ts';

/** The last six characters are the checksum of the thirty before them; what fails it was made up or damaged. */
function checksumAtEnd({ secret, groups }: Candidate): Certainty {
  const body = secret.slice(groups['prefix']?.length ?? 0);
  return crc32Base62(body.slice(0, -6), 6) === body.slice(-6) ? 'certain' : 'likely';
}

export const sourceHostingDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'github-token',
    title: 'GitHub token',
    certainty: 'certain',
    keywords: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    pattern: anywhere('(?<prefix>gh[pousr]_)[A-Za-z0-9]{36}'),
    proof: checksumAtEnd,
    source:
      'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github',
    revoke: 'at https://github.com/settings/tokens, or by the owner of the app that made it',
  },
  {
    by: 'pattern',
    id: 'github-fine-grained-token',
    title: 'GitHub fine-grained access token',
    certainty: 'certain',
    keywords: ['github_pat_'],
    pattern: anywhere('(?<prefix>github_pat_)[A-Za-z0-9]{22}_[A-Za-z0-9]{59}'),
    source:
      'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens',
    revoke: 'at https://github.com/settings/personal-access-tokens',
  },
  {
    by: 'pattern',
    id: 'gitlab-token',
    title: 'GitLab token',
    certainty: 'certain',
    keywords: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'gloas-', 'glsoat-', 'glagent-', 'glft-', 'glimt-'],
    pattern: standalone('(?<prefix>gl(?:pat|dt|rt|cbt|ptt|oas|soat|agent|ft|imt)-)[A-Za-z0-9_-]{20,300}'),
    source: 'https://docs.gitlab.com/security/tokens/',
    revoke: 'in GitLab under Access tokens of the user, project or group',
  },
];
