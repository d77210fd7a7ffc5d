// What the detectors of business find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, digits, hex, json, lower, url, uuid } from '../token-parts.ts';

/** For each detector of business. */
export const businessCases: DetectorCases = {
  'atlassian-token': {
    finds: [`ATATT3${'xFfG'}${url(175)}=${'0A1B2C3D'}`],
    ignores: { 'no checksum': `ATATT3${url(180)}`, 'cut off': 'ATATT3...' },
  },
  'asana-token': {
    finds: [`ASANA_ACCESS_TOKEN=«1/${digits(16)}:${hex(32)}»`, `ASANA_PAT=«2/${digits(16)}/${digits(16)}:${hex(32)}»`],
    ignores: { 'no context': `1/${digits(16)}:${hex(32)}`, 'an identifier': `ASANA_WORKSPACE=${digits(16)}` },
  },
  'linear-key': {
    finds: [`lin_api_${alnum(40)}`, `lin_oauth_${hex(64)}`],
    ignores: { 'too short': `lin_api_${alnum(20)}`, crosses: `lin_api_${'x'.repeat(40)}` },
  },
  'notion-token': {
    finds: [`ntn_${digits(11)}${alnum(35)}`],
    ignores: { 'no number': `ntn_${'abc'.repeat(15)}`, 'too short': `ntn_${digits(11)}${alnum(10)}` },
  },
  'notion-legacy-token': {
    finds: [`NOTION_TOKEN=«secret_${alnum(43)}»`],
    ignores: { 'no context': `secret_${alnum(43)}`, 'too short': `NOTION_TOKEN=secret_${alnum(20)}` },
  },
  'figma-token': {
    finds: [`figd_${url(40)}`],
    ignores: { 'too short': `figd_${url(20)}`, 'another kind': `figz_${url(40)}` },
  },
  'postman-key': {
    finds: [`PMAK-${hex(24)}-${hex(34)}`],
    ignores: { 'no second part': `PMAK-${hex(24)}`, 'too short': `PMAK-${hex(12)}-${hex(34)}` },
  },
  'airtable-token': {
    finds: [`pat${alnum(14)}.${hex(64)}`],
    ignores: { 'no second part': `pat${alnum(14)}`, 'a field': 'pattern.source.length' },
  },
  'hubspot-token': {
    finds: [`pat-na1-${uuid()}`, `pat-eu1-${uuid()}`],
    ignores: { 'another place': `pat-xx1-${uuid()}`, 'too short': 'pat-na1-1234' },
  },
  'dropbox-token': {
    finds: [`sl.B${url(140)}`, `sl.u.A${url(900)}`],
    ignores: { 'a file': 'sl.bashrc', 'one character': `sl.B${'a'.repeat(140)}` },
  },
  'okta-token': {
    finds: [`OKTA_API_TOKEN=«00${url(40)}»`, `Authorization: SSWS «00${url(40)}»`],
    ignores: { 'no context': `00${url(40)}`, 'a variable': 'OKTA_API_TOKEN=$TOKEN' },
  },
  'contentful-token': {
    finds: [`CFPAT-${url(43)}`],
    ignores: { 'too short': `CFPAT-${url(20)}`, crosses: `CFPAT-${'x'.repeat(43)}` },
  },
  'mapbox-secret-token': {
    finds: [`sk.${json({ u: 'somebody', a: `ck${lower(23)}`, n: 'x'.repeat(3), t: 1_700_000_000 })}.${url(22)}`],
    ignores: {
      'the public token': `pk.${json({ u: 'somebody', a: `ck${lower(23)}` })}.${url(22)}`,
      'no JSON': `sk.eyJ${alnum(70)}.${url(22)}`,
    },
  },
  'algolia-key': {
    finds: [`ALGOLIA_ADMIN_API_KEY=«${hex(32)}»`, `ALGOLIA_API_KEY=«${hex(32)}»`],
    ignores: { 'the search key': `ALGOLIA_SEARCH_KEY=${hex(32)}`, 'a variable': 'ALGOLIA_API_KEY=$KEY' },
  },
  'typeform-token': {
    finds: [`tfp_${url(44)}`],
    ignores: { 'too short': `tfp_${url(20)}`, 'one character': `tfp_${'a'.repeat(44)}` },
  },
  'salesforce-token': {
    finds: [`00D${alnum(12)}!${alnum(100)}`],
    ignores: { 'the organization': `00D${alnum(12)}`, 'too short': `00D${alnum(12)}!${alnum(20)}` },
  },
  'facebook-token': {
    finds: [`EAAG${alnum(190)}`],
    ignores: { 'too short': `EAAG${alnum(40)}`, 'one character': `EAAG${'A'.repeat(190)}` },
  },
  'twitter-bearer-token': {
    finds: [`${'A'.repeat(22)}${alnum(40)}%2B${alnum(40)}`],
    ignores: { 'zeros in base64': 'A'.repeat(120), 'too short': `${'A'.repeat(22)}${alnum(20)}` },
  },
  'apify-token': {
    finds: [`apify_api_${alnum(36)}`],
    ignores: { 'too short': `apify_api_${alnum(12)}`, 'a name': 'apify_api_client_for_everything_and_more_of_it' },
  },
  'readme-key': {
    finds: [`rdme_${lower(70)}`],
    ignores: { 'too short': `rdme_${lower(30)}`, 'a name': 'rdme_configuration' },
  },
  'frameio-token': {
    finds: [`fio-u-${url(64)}`],
    ignores: { 'too short': `fio-u-${url(30)}`, 'another kind': `fio-x-${url(64)}` },
  },
  'clerk-key': {
    finds: [`SVIX_TOKEN=«testsk_${alnum(32)}»`],
    ignores: { 'the public key': `CLERK_PUBLISHABLE_KEY=pk_live_${alnum(40)}`, 'a variable': 'CLERK_SECRET_KEY=$KEY' },
  },
  'adobe-client-secret': {
    finds: [`p8e-${url(32)}`],
    ignores: { 'too short': `p8e-${url(12)}`, 'one character': `p8e-${'a'.repeat(32)}` },
  },
};
