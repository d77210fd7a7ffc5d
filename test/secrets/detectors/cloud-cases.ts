// What the detectors of cloud find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, draw, encoded, letters, upper, url } from '../token-parts.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const akia = () => `AKIA${'T'}${draw(base32, 15)}`;
const serviceAccount = encoded(
  JSON.stringify({ type: 'service_account', project_id: 'p', private_key: base64(1_600) }),
);

/** For each detector of cloud. */
export const cloudCases: DetectorCases = {
  'aws-access-key-id': {
    finds: [akia(), `AKIAJ${draw(base32, 15)}`, `ASIA${'Y'}${draw(base32, 15)}`, `AWS_ACCESS_KEY_ID=«${akia()}»`],
    ignores: {
      'what the documentation shows': ['AKIA', 'IOSFODNN7EXAMPLE'].join(''),
      'inside a longer word': `X${akia()}`,
      'too long': `${akia()}A`,
      'digits that base32 lacks': `AKIA${'0189'.repeat(4)}`,
    },
  },
  'aws-secret-access-key': {
    finds: [
      `AWS_SECRET_ACCESS_KEY=«${base64(40)}»`,
      `aws_secret_access_key = «${base64(40)}»`,
      `"SecretAccessKey": "«${base64(40)}»"`,
      `--aws-secret-access-key «${base64(40)}»`,
    ],
    ignores: {
      'what the documentation shows': ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', '/bPxRfiCYEXAMPLEKEY'].join(''),
      'another name': `GIT_COMMIT=${base64(40)}`,
      'a variable': 'AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY',
      'too long': `AWS_SECRET_ACCESS_KEY=${base64(30)}A${base64(20)}`,
    },
  },
  'aws-session-token': {
    finds: [`IQoJb3JpZ2lu${base64(300)}`, `AWS_SESSION_TOKEN=«FwoGZXIvYXdz${base64(400)}»`],
    ignores: {
      'too short': `IQoJb3JpZ2lu${alnum(20)}`,
      'another header': `IQoJb3JpZ2ln${base64(300)}`,
      'inside a longer word': `a${'IQoJb3JpZ2lu'}${alnum(300)}`,
    },
  },
  'aws-bedrock-key': {
    finds: [`ABSKQmVkcm9ja0FQSUtleS${base64(110)}`],
    ignores: { 'too short': `ABSKQmVkcm9ja0FQSUtleS${alnum(20)}`, prose: 'bedrock-api-key-rotation' },
  },
  'google-api-key': {
    finds: [`AIza${url(35)}`],
    ignores: { 'too short': `AIza${url(20)}`, 'too long': `AIza${alnum(50)}`, crosses: `AIza${'x'.repeat(35)}` },
  },
  'google-oauth-client-secret': {
    finds: [`GOCSPX-${url(28)}`],
    ignores: { 'too short': `GOCSPX-${url(10)}`, crosses: `GOCSPX-${'x'.repeat(28)}` },
  },
  'google-oauth-token': {
    finds: [`ya29.${url(150)}`],
    ignores: { 'too short': `ya29.${url(20)}`, 'cut off': 'ya29.a0AfH6S...' },
  },
  'google-refresh-token': {
    finds: [`1//0${url(98)}`],
    ignores: { 'a path': '1//0/usr/share/doc', 'too short': `1//0${url(30)}` },
  },
  'google-service-account': {
    finds: [serviceAccount],
    ignores: {
      'no key in it': encoded(JSON.stringify({ type: 'service_account', project_id: base64(1_600) })),
      'too short': encoded(JSON.stringify({ type: 'service_account' })),
    },
  },
  'azure-storage-key': {
    finds: [`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«${base64(86)}==»;EndpointSuffix=core`],
    ignores: {
      'what the emulator has': [
        'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq',
        '/K1SZFPTOtr/KBHBeksoGMGw==',
      ].join(''),
      'too short': `AccountKey=${base64(40)}==`,
      'a blank': 'AccountKey=<your-key>',
    },
  },
  'azure-shared-access-key': {
    finds: [`Endpoint=sb://a.example.com/;SharedAccessKeyName=Root;SharedAccessKey=«${base64(43)}=»`],
    ignores: {
      'its name': 'SharedAccessKeyName=RootManageSharedAccessKey',
      'too short': `SharedAccessKey=${base64(20)}=`,
    },
  },
  'azure-shared-access-signature': {
    finds: [
      `https://a.example.com/c/b?sv=2022-11-02&se=2030-01-01&sr=b&sp=r&sig=«${alnum(41)}%2B%3D»`,
      `https://a.example.com/c/b?sig=«${alnum(43)}%3D»&sv=2022-11-02`,
    ],
    ignores: {
      'a short signature': 'https://a.example.com/?sv=1&sig=abc',
      'another parameter': `https://a.example.com/?q=1&sigma=${alnum(43)}%3D`,
    },
  },
  'azure-identifiable-key': {
    finds: [
      `${base64(76)}+ASt${base64(5)}A==`,
      `${base64(76)}ACDb${base64(5)}Q==`,
      `${alnum(44)}AzFu${alnum(5)}w==`,
      `${alnum(42)}AzSeA${alnum(5)}`,
      `${alnum(42)}+ACRB${alnum(5)}`,
      `${alnum(52)}JQQJ99${alnum(26)}`,
    ],
    ignores: {
      'the mark elsewhere': `${base64(40)}+ASt${base64(40)}==`,
      'the mark alone': 'APIM and ACDb',
      'one character': `${'A'.repeat(52)}JQQJ99${'A'.repeat(26)}`,
    },
  },
  'azure-client-secret': {
    finds: [`${letters(3)}8Q~${alnum(34)}`, `AZURE_CLIENT_SECRET=«${letters(3)}7Q~${alnum(31)}»`],
    ignores: { 'too short': `${letters(3)}8Q~${alnum(10)}`, 'no digit before': `${letters(4)}Q~${alnum(34)}` },
  },
  'alibaba-access-key-id': {
    finds: [`LTAI${alnum(20)}`],
    ignores: { 'too short': `LTAI${alnum(6)}`, 'one character': `LTAI${'a'.repeat(20)}` },
  },
  'tencent-secret-id': {
    finds: [`AKID${alnum(32)}`],
    ignores: { 'too short': `AKID${alnum(12)}`, 'too long': `AKID${alnum(60)}` },
  },
  'yandex-key': {
    finds: [`AQVN${url(36)}`, `y0_A${url(50)}`],
    ignores: { 'too short': `AQVN${url(12)}`, 'one character': `AQVN${'A'.repeat(36)}` },
  },
  'ibm-cloud-key': {
    finds: [`IBMCLOUD_API_KEY=«${url(44)}»`, `ic_api_key: «${url(44)}»`],
    ignores: { 'another name': `GENERIC_API_KEYS=${url(44)}`, 'too short': `IBMCLOUD_API_KEY=${upper(20)}` },
  },
};
