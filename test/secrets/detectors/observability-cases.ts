// What the detectors of observability find and leave alone.
import { crc32 } from 'node:zlib';
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, braced, hex, json, lower, upper, url, uuid } from '../token-parts.ts';

function grafana(): string {
  const body = `glsa_${alnum(32)}`;
  const reversed = crc32(body).toString(16).padStart(8, '0').match(/../g)?.reverse().join('');
  return `${body}_${reversed}`;
}

/** For each detector of observability. */
export const observabilityCases: DetectorCases = {
  'sentry-organization-token': {
    finds: [`sntrys_${json({ iat: 1_700_000_000, url: 'https://sentry.example.com', org: 'acme' })}_${base64(43)}`],
    ignores: {
      'no JSON inside': `sntrys_eyJ${alnum(80)}_${base64(43)}`,
      'no second part': `sntrys_${json({ iat: 1, url: 'x'.repeat(60) })}`,
    },
  },
  'sentry-user-token': {
    finds: [`sntryu_${hex(64)}`],
    ignores: {
      'too short': `sntryu_${hex(20)}`,
      'an address for errors': `https://${hex(32)}@o1.ingest.sentry.example.com/1`,
    },
  },
  'newrelic-key': {
    finds: [`NRAK-${upper(27)}`, `NRII-${url(32)}`],
    ignores: { 'too short': `NRAK-${upper(10)}`, 'the browser key': `NRJS-${hex(19)}` },
  },
  'newrelic-license-key': {
    finds: [`${hex(32)}FFFFNRAL`, `eu01xx${hex(26)}FFFFNRAL`],
    ignores: { 'the end alone': 'FFFFNRAL', 'not hexadecimal': `${'g'.repeat(32)}FFFFNRAL` },
  },
  'datadog-api-key': {
    finds: [`DD_API_KEY=«${hex(32)}»`, `datadog_api_key: "«${hex(32)}»"`],
    ignores: {
      'another name': `ADD_API_KEYS=${hex(32)}`,
      'the site': 'DD_SITE=datadoghq.eu',
      'a variable': `DD_API_KEY=${braced('DD_API_KEY')}`,
    },
  },
  'datadog-application-key': {
    finds: [`DD_APP_KEY=«${hex(40)}»`, `DATADOG_APPLICATION_KEY=«${hex(40)}»`],
    ignores: { 'a commit': `DD_GIT_COMMIT_SHA=${hex(40)}`, 'a variable': 'DD_APP_KEY=$DD_APP_KEY' },
  },
  'grafana-service-account-token': {
    finds: [grafana()],
    ignores: { 'no checksum': `glsa_${alnum(32)}`, 'too short': `glsa_${alnum(12)}_${hex(8)}` },
  },
  'grafana-cloud-token': {
    finds: [`glc_${json({ o: '1', n: 'a-policy-name', k: alnum(24), m: { r: 'eu' } })}`],
    ignores: { 'no JSON inside': `glc_eyJ${alnum(80)}`, 'other JSON': `glc_${json({ a: 1, b: 'x'.repeat(60) })}` },
  },
  'grafana-api-key': {
    finds: [json({ k: alnum(32), n: 'a-name', id: 1 })],
    ignores: { 'other JSON': json({ k: alnum(32), n: 'a-name-that-is-long' }), 'no JSON': `eyJrIjoi${alnum(70)}` },
  },
  'honeycomb-key': {
    finds: [`hcaik_${lower(58)}`],
    ignores: { 'too short': `hcaik_${lower(20)}`, 'another kind': `hcqik_${lower(58)}` },
  },
  'dynatrace-token': {
    finds: [`dt0c01.${upper(24)}.${upper(64)}`],
    ignores: { 'the public part': `dt0c01.${upper(24)}`, 'too short': `dt0c01.${upper(24)}.${upper(20)}` },
  },
  'pagerduty-key': {
    finds: [`PAGERDUTY_API_KEY=«u+${alnum(18)}»`, `PAGERDUTY_INTEGRATION_KEY=«${hex(32)}»`],
    ignores: { 'another name': `PAGERDUTY_SERVICE=${hex(32)}`, 'a word': 'PAGERDUTY_API_KEY=aaaaaaaaaaaaaaaaaaaa' },
  },
  'opsgenie-key': {
    finds: [`OPSGENIE_API_KEY=«${uuid()}»`],
    ignores: { 'an identifier': `OPSGENIE_TEAM_ID=${uuid()}`, 'a variable': 'OPSGENIE_API_KEY=$KEY' },
  },
  'rollbar-token': {
    finds: [`ROLLBAR_ACCESS_TOKEN=«${hex(32)}»`],
    ignores: { 'another name': `ROLLBAR_REVISION=${hex(32)}`, 'a variable': 'ROLLBAR_ACCESS_TOKEN=$TOKEN' },
  },
  'splunk-hec-token': {
    finds: [`SPLUNK_HEC_TOKEN=«${uuid()}»`],
    ignores: { 'an identifier': `SPLUNK_INSTANCE=${uuid()}`, 'a variable': 'SPLUNK_HEC_TOKEN=$TOKEN' },
  },
  'posthog-key': {
    finds: [`phx_${alnum(43)}`],
    ignores: { 'the public key': `phc_${alnum(43)}`, 'one character': `phx_${'a'.repeat(43)}` },
  },
};
