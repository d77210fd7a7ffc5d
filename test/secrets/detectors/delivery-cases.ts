// What the detectors of delivery find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, digits, draw, hex, json, upper, url, uuid } from '../token-parts.ts';

const dashed = (...lengths: readonly number[]) => lengths.map((length) => upper(length)).join('-');

/** For each detector of delivery. */
export const deliveryCases: DetectorCases = {
  'vault-token': {
    finds: [`hvs.${url(24)}`, `hvs.CAESI${url(90)}`, `hvb.${url(120)}`],
    ignores: { 'too short': `hvs.${url(10)}`, crosses: `hvs.${'x'.repeat(24)}`, 'a field': 'hvs.configuration' },
  },
  'vault-legacy-token': {
    finds: [`VAULT_TOKEN=«s.${alnum(24)}»`, `X-Vault-Token: «s.${alnum(24)}»`],
    ignores: { 'an address': 'VAULT_ADDR=https://vault.example.com', 'a variable': 'VAULT_TOKEN=$VAULT_TOKEN' },
  },
  'terraform-token': {
    finds: [`${alnum(14)}.atlasv1.${url(67)}`],
    ignores: { 'too short': `${alnum(14)}.atlasv1.${url(20)}`, 'the middle alone': '.atlasv1.' },
  },
  'consul-token': {
    finds: [`CONSUL_HTTP_TOKEN=«${uuid()}»`, `NOMAD_TOKEN=«${uuid()}»`],
    ignores: { 'an identifier': `CONSUL_NODE_ID=${uuid()}`, 'a variable': 'CONSUL_HTTP_TOKEN=$TOKEN' },
  },
  'pulumi-token': {
    finds: [`pul-${hex(40)}`],
    ignores: { 'too short': `pul-${hex(20)}`, 'a name': 'pul-requests' },
  },
  'doppler-token': {
    finds: [`dp.pt.${alnum(43)}`, `dp.st.dev.${alnum(43)}`, `dp.ct.${alnum(43)}`],
    ignores: { 'too short': `dp.pt.${alnum(20)}`, 'another kind': `dp.xx.${alnum(43)}` },
  },
  'onepassword-service-account-token': {
    finds: [
      `ops_${json({ signInAddress: 'a.example.com', userAuth: { method: 'SRPg-4096' }, email: alnum(60), secretKey: `A3-${alnum(40)}` })}`,
    ],
    ignores: {
      'no key inside': `ops_${json({ signInAddress: 'a.example.com', email: alnum(200) })}`,
      'no JSON': `ops_eyJ${alnum(250)}`,
    },
  },
  'onepassword-secret-key': {
    finds: [`A3-${dashed(6, 6, 5, 5, 5, 5)}`],
    ignores: { 'a size': 'A3-LANDSCAPE', 'too short': `A3-${dashed(6, 6, 5)}` },
  },
  'bitwarden-access-token': {
    finds: [`BWS_ACCESS_TOKEN=«0.${uuid()}.${alnum(30)}:${base64(22)}==»`],
    ignores: { 'no key': `BWS_ACCESS_TOKEN=0.${uuid()}.${alnum(30)}`, 'a number': 'RATIO=0.5' },
  },
  'infisical-token': {
    finds: [`INFISICAL_TOKEN=«st.${hex(24)}.${hex(32)}.${hex(32)}»`],
    ignores: {
      'two parts': `INFISICAL_TOKEN=st.${hex(24)}.${hex(32)}`,
      'no context': `st.${hex(24)}.${hex(32)}.${hex(32)}`,
    },
  },
  'tailscale-key': {
    finds: [`tskey-auth-${alnum(11)}CNTRL-${alnum(32)}`, `tskey-api-${alnum(11)}CNTRL-${alnum(32)}`],
    ignores: { 'another kind': `tskey-some-${alnum(11)}CNTRL-${alnum(32)}`, blank: 'tskey-auth-...' },
  },
  'ngrok-token': {
    finds: [`NGROK_AUTHTOKEN=«2${alnum(26)}_${alnum(21)}»`],
    ignores: { 'no context': `2${alnum(26)}_${alnum(21)}`, 'too short': `NGROK_AUTHTOKEN=2${alnum(10)}_${alnum(10)}` },
  },
  'snyk-token': {
    finds: [`SNYK_TOKEN=«${uuid()}»`],
    ignores: { 'an identifier': `SNYK_ORG_ID=${uuid()}`, 'a variable': 'SNYK_TOKEN=$SNYK_TOKEN' },
  },
  'sonar-token': {
    finds: [`sqp_${hex(40)}`, `sqa_${hex(40)}`, `squ_${hex(40)}`],
    ignores: { 'too short': `sqp_${hex(20)}`, 'another kind': `sqz_${hex(40)}` },
  },
  'circleci-token': {
    finds: [`CCIPAT_${alnum(22)}_${hex(40)}`, `CCIPRJ_${alnum(22)}_${hex(40)}`],
    ignores: { 'no second part': `CCIPAT_${alnum(22)}`, 'another kind': `CCIXXX_${alnum(22)}_${hex(40)}` },
  },
  'buildkite-token': {
    finds: [`bkua_${hex(40)}`],
    ignores: { 'too short': `bkua_${hex(20)}`, 'another kind': `bkzz_${hex(40)}` },
  },
  'jenkins-token': {
    finds: [`JENKINS_API_TOKEN=«11${hex(32)}»`],
    ignores: { 'another name': `JENKINS_HASH=11${hex(32)}`, 'too short': `JENKINS_API_TOKEN=11${hex(20)}` },
  },
  'codecov-token': {
    finds: [`CODECOV_TOKEN=«${uuid()}»`],
    ignores: { 'a variable': 'CODECOV_TOKEN=$CODECOV_TOKEN', 'another name': `CODECOV_BUILD=${uuid()}` },
  },
  'harness-token': {
    finds: [`pat.${url(22)}.${hex(24)}.${alnum(20)}`],
    ignores: { 'a field': 'pat.pattern.source', 'three parts': `pat.${url(22)}.${hex(24)}` },
  },
  'octopus-key': {
    finds: [`OCTOPUS_API_KEY=«API-${upper(26)}»`],
    ignores: { 'no context': `API-${upper(26)}`, 'a variable': 'OCTOPUS_API_KEY=$KEY' },
  },
  'launchdarkly-key': {
    finds: [`LAUNCHDARKLY_SDK_KEY=«sdk-${uuid()}»`, `LD_API_TOKEN=«api-${uuid()}»`],
    ignores: { 'no context': `sdk-${uuid()}`, 'the client side': `LAUNCHDARKLY_CLIENT_ID=${hex(24)}` },
  },
  'infracost-key': {
    finds: [`ico-${alnum(32)}`],
    ignores: { 'a class': 'ico-arrow-right', 'one character': `ico-${'a'.repeat(32)}` },
  },
  'openshift-token': {
    finds: [`sha256~${url(43)}`],
    ignores: {
      'a digest': `sha256:${hex(64)}`,
      'too short': `sha256~${url(digits(1).length + 9)}`,
      'too long': `sha256~${draw('abc', 60)}`,
    },
  },
};
