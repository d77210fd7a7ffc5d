// What the detectors of hosting find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, braced, hex, letters, lower, url, uuid } from '../token-parts.ts';

/** For each detector of hosting. */
export const hostingCases: DetectorCases = {
  'digitalocean-token': {
    finds: ['dop_v1_', 'doo_v1_', 'dor_v1_'].map((prefix) => prefix + hex(64)),
    ignores: { 'too short': `dop_v1_${hex(32)}`, 'another version': `dop_v2_${hex(64)}` },
  },
  'heroku-token': {
    finds: [`HRKU-AA${url(58)}`, `HRKU-${uuid()}`],
    ignores: { 'too short': `HRKU-AA${url(10)}`, prose: 'HRKU-tokens are long' },
  },
  'heroku-key': {
    finds: [`HEROKU_API_KEY=«${uuid()}»`],
    ignores: { 'no key': `HEROKU_APP_ID=${uuid()}`, 'a variable': 'HEROKU_API_KEY=$HEROKU_API_KEY' },
  },
  'cloudflare-token': {
    finds: [`cfut_${url(48)}`, `cfk_${url(48)}`],
    ignores: {
      'too short': `cfut_${url(20)}`,
      'a name': 'cfat_some_name_that_is_long_but_is_not_drawn_at_all_it_is'.slice(0, 30),
    },
  },
  'cloudflare-key': {
    finds: [`CLOUDFLARE_API_TOKEN=«${url(40)}»`, `CF_API_KEY=«${hex(37)}»`],
    ignores: { 'an identifier': `CLOUDFLARE_ZONE_ID=${hex(32)}`, 'another company': `SCF_API_KEY=${hex(32)}` },
  },
  'cloudflare-origin-ca-key': {
    finds: [`v1.0-${hex(24)}-${hex(146)}`],
    ignores: { 'a version': 'v1.0-beta', 'too short': `v1.0-${hex(24)}-${hex(40)}` },
  },
  'fly-token': {
    finds: [`fm2_${base64(200)}==`, `fo1_${url(43)}`],
    ignores: { 'too short': `fo1_${url(20)}`, 'one character': `fo1_${'a'.repeat(43)}` },
  },
  'netlify-token': {
    finds: [`nfp_${alnum(36)}`],
    ignores: { 'too short': `nfp_${alnum(20)}`, 'one character': `nfp_${'a'.repeat(36)}` },
  },
  'vercel-token': {
    finds: [`vcp_${alnum(56)}`, `vercel_blob_rw_${alnum(16)}_${alnum(30)}`],
    ignores: { 'too short': `vcp_${alnum(20)}`, 'a name': 'vercel_blob_rw_token' },
  },
  'vercel-named-token': {
    finds: [`VERCEL_TOKEN=«${alnum(24)}»`],
    ignores: { 'an identifier': `VERCEL_PROJECT_ID=${alnum(24)}`, 'a blank': 'VERCEL_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxx' },
  },
  'render-key': {
    finds: [`rnd_${alnum(32)}`],
    ignores: { 'too short': `rnd_${alnum(12)}`, 'a name': 'rnd_seed_for_the_generator' },
  },
  'scaleway-key': {
    finds: [`SCW_SECRET_KEY=«${uuid()}»`],
    ignores: {
      'an identifier': `SCW_DEFAULT_PROJECT_ID=${uuid()}`,
      'a variable': `SCW_SECRET_KEY=${braced('SCW_SECRET_KEY')}`,
    },
  },
  'hetzner-token': {
    finds: [`HCLOUD_TOKEN=«${alnum(64)}»`],
    ignores: { 'too short': `HCLOUD_TOKEN=${alnum(20)}`, 'another name': `CHECKSUM=${alnum(64)}` },
  },
  'linode-token': {
    finds: [`LINODE_TOKEN=«${hex(64)}»`],
    ignores: { 'too short': `LINODE_TOKEN=${hex(20)}`, 'a checksum': `LINODE_SHA256=${hex(64)}` },
  },
  'planetscale-token': {
    finds: [`pscale_tkn_${url(43)}`, `pscale_pw_${url(43)}`],
    ignores: { 'too short': `pscale_tkn_${url(12)}`, 'another kind': `pscale_abc_${url(43)}` },
  },
  'supabase-token': {
    finds: [`sbp_${hex(40)}`, `sb_secret_${url(22)}_${alnum(8)}`],
    ignores: { 'the public key': `sb_publishable_${url(22)}_${alnum(8)}`, 'too short': `sbp_${hex(20)}` },
  },
  'neon-key': {
    finds: [`napi_${lower(64)}`, `npg_${letters(4)}7${alnum(7)}`],
    ignores: {
      'a function of Node': 'napi_create_function',
      'a constant of Node': 'napi_configurable',
      'a word': 'npg_abcdefghijkl',
    },
  },
  'aiven-password': {
    finds: [`AVNS_${url(19)}`],
    ignores: { 'too short': `AVNS_${url(6)}`, 'too long': `AVNS_${alnum(40)}` },
  },
  'cockroachdb-key': {
    finds: [`CCDB1_${alnum(22)}_${alnum(40)}`],
    ignores: { 'no second part': `CCDB1_${alnum(22)}`, 'another version': `CCDB2_${alnum(22)}_${alnum(40)}` },
  },
  'databricks-token': {
    finds: [`dapi${hex(32)}`, `dapi${hex(32)}-2`],
    ignores: { 'too short': `dapi${hex(20)}`, 'not hexadecimal': `dapi${'g'.repeat(32)}` },
  },
  'elastic-cloud-key': {
    finds: [`essu_${base64(80)}==`],
    ignores: { 'too short': `essu_${alnum(20)}`, 'a name': 'essu_cluster' },
  },
  'confluent-secret': {
    finds: [`CONFLUENT_CLOUD_API_SECRET=«${base64(64)}»`],
    ignores: { 'too short': `CONFLUENT_CLOUD_API_SECRET=${alnum(20)}`, 'another name': `CONFLUENT_ID=${base64(64)}` },
  },
  'prefect-key': {
    finds: [`pnu_${alnum(36)}`],
    ignores: { 'too short': `pnu_${alnum(20)}`, 'one character': `pnu_${'a'.repeat(36)}` },
  },
  'dbt-token': {
    finds: [`dbtc_${url(40)}`, `dbtu_${url(40)}`],
    ignores: { 'too short': `dbtc_${url(20)}`, 'one character': `dbtc_${'a'.repeat(40)}` },
  },
};
