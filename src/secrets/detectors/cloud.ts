// Credentials of clouds and hosting platforms.
import type { PatternDetector } from '../detector.ts';
import { assigned, standalone } from '../pattern.ts';

export const cloudDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'aws-access-key-id',
    title: 'AWS access key id',
    certainty: 'certain',
    keywords: ['AKIA', 'ASIA'],
    pattern: standalone('(?<prefix>AKIA|ASIA)[A-Z2-7]{16}'),
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html',
    revoke: 'with `aws iam delete-access-key`',
  },
  {
    by: 'pattern',
    id: 'aws-secret-access-key',
    title: 'AWS secret access key',
    certainty: 'certain',
    keywords: ['secretaccesskey', 'secret_access_key', 'aws_secret_key', 'awssecretkey'],
    pattern: assigned('secret_?(?:access_?)?key', '[A-Za-z0-9/+]{40}'),
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
    revoke: 'with `aws iam delete-access-key` for the key id that it belongs to',
  },
  {
    by: 'pattern',
    id: 'google-api-key',
    title: 'Google API key',
    certainty: 'certain',
    keywords: ['AIza'],
    pattern: standalone('(?<prefix>AIza)[A-Za-z0-9_-]{35}'),
    source: 'https://docs.cloud.google.com/docs/authentication/api-keys',
    revoke: 'in the Google Cloud console under APIs and services, Credentials',
  },
];
