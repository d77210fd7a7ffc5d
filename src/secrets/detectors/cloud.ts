// Credentials of the large clouds.
import type { Candidate, Certainty, PatternDetector } from '../detector.ts';
import { decodeBase64 } from '../encoded.ts';
import { assigned, standalone } from '../pattern.ts';
import { drawn } from '../proof.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const maxAccountNumber = 999_999_999_999;

/**
 * Since 2019 an access key id carries the account's number: 40 bits from the second on, of at most twelve decimal digits. Older ones begin
 * with I or J. What is neither may still be one of a kind not seen yet.
 */
function namesAccount({ secret }: Candidate): Certainty {
  const body = secret.slice(4);
  if (/^[IJ]/.test(body)) return 'certain';
  const bits = [...body.slice(0, 10)].reduce((sum, letter) => sum * 32n + BigInt(base32.indexOf(letter)), 0n);
  const account = (bits >> 9n) & 0xff_ffff_ffffn;
  return /^[Q-Z2-7]/.test(body) && account <= maxAccountNumber ? 'certain' : 'likely';
}

function carriesServiceAccount({ secret }: Candidate): Certainty | undefined {
  const text = decodeBase64(secret);
  return text?.includes('"private_key"') === true ? 'certain' : undefined;
}

/** Letters, digits and the signs that a secret of Entra may hold, for keywords made of what follows `Q~`. */
const entraNext = 'abcdefghijklmnopqrstuvwxyz0123456789_~.-';

export const cloudDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'aws-access-key-id',
    title: 'AWS access key id',
    certainty: 'certain',
    keywords: ['AKIA', 'ASIA'],
    // In the address of a signed request the id comes with a date, and is no more than a name.
    pattern: standalone('(?<prefix>AKIA|ASIA)[A-Z2-7]{16}(?!(?:%2F|/)20\\d{6}(?:%2F|/))'),
    proof: namesAccount,
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html',
    revoke: 'with `aws iam delete-access-key`',
  },
  {
    by: 'pattern',
    id: 'aws-secret-access-key',
    title: 'AWS secret access key',
    certainty: 'certain',
    keywords: ['secretaccesskey', 'secret_access_key', 'aws_secret_key', 'awssecretkey', 'secret-access-key'],
    pattern: assigned('(?:secret[_-]?access[_-]?key|aws[_-]?secret[_-]?key)', '[A-Za-z0-9/+]{40}'),
    // Forty letters alone are the name of a type.
    proof: (candidate) => (/[0-9/+]/.test(candidate.secret) ? drawn(3.6)(candidate) : undefined),
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html',
    revoke: 'with `aws iam delete-access-key` for the key id that it belongs to',
  },
  {
    by: 'pattern',
    id: 'aws-session-token',
    title: 'AWS session token',
    certainty: 'certain',
    // What the encoded header of a token of the Security Token Service begins with.
    keywords: ['FwoGZXIvYXdz', 'IQoJb3JpZ2lu', 'FQoGZXIvYXdz'],
    pattern: standalone('(?:FwoGZXIvYXdz|IQoJb3JpZ2lu|FQoGZXIvYXdz)[A-Za-z0-9/+%]{100,2000}={0,2}'),
    reach: { before: 0, after: 2100 },
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html',
    revoke: 'by revoking the sessions of the role; it expires by itself within 36 hours',
  },
  {
    by: 'pattern',
    id: 'aws-bedrock-key',
    title: 'Amazon Bedrock API key',
    certainty: 'certain',
    keywords: ['ABSKQmVkcm9ja0FQSUtleS', 'bedrock-api-key-'],
    pattern: standalone(
      '(?:ABSKQmVkcm9ja0FQSUtleS[A-Za-z0-9+/]{80,300}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{80,2000}={0,2})',
    ),
    reach: { before: 0, after: 2100 },
    source: 'https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html',
    revoke: 'in IAM under Security credentials of the user that it was made for',
  },
  {
    by: 'pattern',
    id: 'google-api-key',
    title: 'Google API key',
    certainty: 'certain',
    keywords: ['AIza'],
    pattern: standalone('(?<prefix>AIza)[A-Za-z0-9_-]{35}'),
    proof: drawn(3.5),
    source: 'https://docs.cloud.google.com/docs/authentication/api-keys',
    revoke: 'in the Google Cloud console under APIs and services, Credentials',
  },
  {
    by: 'pattern',
    id: 'google-oauth-client-secret',
    title: 'Google OAuth client secret',
    certainty: 'certain',
    keywords: ['GOCSPX-'],
    pattern: standalone('(?<prefix>GOCSPX-)[A-Za-z0-9_-]{28}'),
    source: 'https://developers.google.com/identity/protocols/oauth2',
    revoke: 'in the Google Cloud console under APIs and services, Credentials',
  },
  {
    by: 'pattern',
    id: 'google-oauth-token',
    title: 'Google OAuth access token',
    certainty: 'certain',
    keywords: ['ya29.'],
    pattern: standalone('(?<prefix>ya29\\.)[A-Za-z0-9_-]{60,1000}'),
    reach: { before: 0, after: 1100 },
    source: 'https://developers.google.com/identity/protocols/oauth2',
    revoke: 'at https://myaccount.google.com/connections; it expires by itself within an hour',
  },
  {
    by: 'pattern',
    id: 'google-refresh-token',
    title: 'Google OAuth refresh token',
    certainty: 'certain',
    keywords: ['1//0'],
    pattern: standalone('(?<prefix>1//0)[A-Za-z0-9_-]{60,120}'),
    proof: drawn(4),
    source: 'https://developers.google.com/identity/protocols/oauth2',
    revoke: 'at https://myaccount.google.com/connections',
  },
  {
    by: 'pattern',
    id: 'google-service-account',
    title: 'Google service account key',
    certainty: 'certain',
    // base64 of `{"type": "service_account"`, in the three ways in which it is laid out.
    keywords: ['eyJ0eXBlIjoic2VydmljZV9hY2Nv', 'eyJ0eXBlIjogInNlcnZpY2VfYWNj', 'ewogICJ0eXBlIjogInNlcnZpY2Vf'],
    pattern: standalone(
      '(?:eyJ0eXBlIjoic2VydmljZV9hY2Nv|eyJ0eXBlIjogInNlcnZpY2VfYWNj|ewogICJ0eXBlIjogInNlcnZpY2Vf)[A-Za-z0-9+/\\r\\n]{1000,6000}={0,2}',
    ),
    reach: { before: 0, after: 6200 },
    proof: carriesServiceAccount,
    source: 'https://docs.cloud.google.com/iam/docs/keys-create-delete',
    revoke: 'with `gcloud iam service-accounts keys delete`',
  },
  {
    by: 'pattern',
    id: 'azure-storage-key',
    title: 'Azure storage account key',
    certainty: 'certain',
    keywords: ['AccountKey=', 'account_key', 'accountkey', 'storage_key'],
    pattern: assigned('(?:account_?key|storage_?key)', '[A-Za-z0-9+/]{86}=='),
    source: 'https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage',
    revoke: 'with `az storage account keys renew`',
  },
  {
    by: 'pattern',
    id: 'azure-shared-access-key',
    title: 'Azure shared access key',
    certainty: 'certain',
    keywords: ['SharedAccessKey='],
    pattern: assigned('shared_?access_?key', '[A-Za-z0-9+/]{43}='),
    source: 'https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas',
    revoke: 'in the Azure portal under Shared access policies, by regenerating the key',
  },
  {
    by: 'pattern',
    id: 'azure-shared-access-signature',
    title: 'Azure shared access signature',
    certainty: 'certain',
    keywords: ['&sig=', '?sig=', ';sig='],
    pattern: /[?&](?:amp;)?sig=(?<secret>[A-Za-z0-9%+/]{43,60}(?:=|%3[dD]))(?![A-Za-z0-9])/dg,
    source: 'https://learn.microsoft.com/en-us/azure/storage/common/storage-sas-overview',
    revoke: 'by renewing the key or the stored access policy that signed it',
  },
  {
    by: 'pattern',
    id: 'azure-identifiable-key',
    title: 'Azure service key',
    certainty: 'certain',
    // Fixed signatures that Azure puts at a fixed place of its newer keys, one for each service.
    keywords: [
      'APIM',
      'ACDb',
      '+ABa',
      '+AMC',
      '+ASt',
      'AIoT',
      '+ASb',
      '+AEh',
      '+ARm',
      'AzFu',
      'AzSe',
      '+ACR',
      'AzCa',
      'JQQJ99',
    ],
    pattern: standalone(
      '(?:' +
        [
          '[A-Za-z0-9+/]{76}(?:APIM|ACDb|\\+(?:ABa|AMC|ASt))[A-Za-z0-9+/]{5}[AQgw]==',
          '[A-Za-z0-9+/]{33}(?:AIoT|\\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9+/]{5}=',
          '[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{5}[AQgw]==',
          '[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}',
          '[A-Za-z0-9+/]{42}\\+ACR[A-D][A-Za-z0-9+/]{5}',
          '[A-Za-z0-9]{33}AzCa[A-P][A-Za-z0-9]{5}=',
          '[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}',
        ].join('|') +
        ')',
    ),
    proof: drawn(4),
    source: 'https://learn.microsoft.com/en-us/purview/sit-defn-azure-storage-account-key',
    revoke: 'in the Azure portal under Keys of the service, by regenerating the key',
  },
  {
    by: 'pattern',
    id: 'azure-client-secret',
    title: 'Microsoft Entra client secret',
    certainty: 'certain',
    keywords: [...'0123456789'].flatMap((digit) => [...entraNext].map((next) => `${digit}Q~${next}`)),
    pattern: /(?<![A-Za-z0-9_~.-])(?<secret>[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34})(?![A-Za-z0-9_~.-])/dg,
    proof: drawn(3.8),
    source: 'https://learn.microsoft.com/en-us/purview/sit-defn-client-secret-api-key',
    revoke: 'in the Entra admin center under Certificates and secrets of the app',
  },
  {
    by: 'pattern',
    id: 'alibaba-access-key-id',
    title: 'Alibaba Cloud access key id',
    certainty: 'certain',
    keywords: ['LTAI'],
    pattern: standalone('(?<prefix>LTAI)[A-Za-z0-9]{12,20}'),
    proof: drawn(3.2),
    source: 'https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair',
    revoke: 'in the RAM console under AccessKey',
  },
  {
    by: 'pattern',
    id: 'tencent-secret-id',
    title: 'Tencent Cloud secret id',
    certainty: 'certain',
    keywords: ['AKID'],
    pattern: standalone('(?<prefix>AKID)[A-Za-z0-9]{32}'),
    proof: drawn(3.6),
    source: 'https://www.tencentcloud.com/document/product/598/32675',
    revoke: 'in the CAM console under API keys',
  },
  {
    by: 'pattern',
    id: 'yandex-key',
    title: 'Yandex Cloud key',
    certainty: 'certain',
    keywords: ['AQVN', 'y0_A'],
    pattern: standalone('(?<prefix>AQVN|y0_A)[A-Za-z0-9_-]{34,60}'),
    proof: drawn(3.8),
    source: 'https://yandex.cloud/en/docs/iam/concepts/authorization/',
    revoke: 'with `yc iam api-key delete`',
  },
  {
    by: 'pattern',
    id: 'ibm-cloud-key',
    title: 'IBM Cloud API key',
    certainty: 'certain',
    keywords: ['ibmcloud', 'ibm_cloud', 'bluemix', 'ic_api_key', 'watson'],
    pattern: assigned('(?:ibm_?cloud|ibm|bluemix|ic|watson)[a-z_-]{0,20}api_?key', '[A-Za-z0-9_-]{44}'),
    proof: drawn(4),
    source: 'https://cloud.ibm.com/docs/account?topic=account-userapikey',
    revoke: 'with `ibmcloud iam api-key-delete`',
  },
];
