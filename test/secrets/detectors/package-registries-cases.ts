// What the detectors of package registries find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, braced, draw, encoded, hex, lower, url, uuid, withChecksum62 } from '../token-parts.ts';

const npm = () => `npm_${withChecksum62()}`;
const pypi = 'AgEIcHlwaS5vcmc';
const login = () => encoded(`deploy:${alnum(20)}`);

/** For each detector of package registries. */
export const packageRegistryCases: DetectorCases = {
  'npm-token': {
    finds: [npm(), `//registry.example.com/:_authToken=«${npm()}»`, `export NPM_TOKEN='«${npm()}»'`],
    ignores: {
      'a character short': `npm_${alnum(35)}`,
      'a setting of npm': 'npm_config_registry_and_a_long_name_of_a_setting',
      crosses: `npm_${'x'.repeat(36)}`,
      'a longer name': `my_npm_${alnum(12)}_${alnum(24)}`,
    },
  },
  'pypi-token': {
    finds: [`pypi-${pypi}${url(150)}`],
    ignores: { 'no macaroon': `pypi-${url(150)}`, 'too short': `pypi-${pypi}${url(20)}` },
  },
  'rubygems-token': {
    finds: [`rubygems_${hex(48)}`],
    ignores: { 'too short': `rubygems_${hex(40)}`, 'a name': 'rubygems_update_and_everything_that_belongs_to_it_all' },
  },
  'cargo-token': {
    finds: [`cio${alnum(32)}`],
    ignores: {
      'too short': `cio${alnum(20)}`,
      'one character': `cio${'a'.repeat(32)}`,
      'inside a word': `pre${'cio'}${alnum(32)}`,
    },
  },
  'nuget-key': {
    finds: [`oy2${draw('abcdefghijklmnopqrstuvwxyz234567', 43)}`],
    ignores: { 'too short': `oy2${draw('abcdefghijklmnopqrstuvwxyz', 30)}`, capitals: `oy2${'ABCDE'.repeat(9)}` },
  },
  'clojars-token': {
    finds: [`CLOJARS_${hex(60)}`],
    ignores: { 'too short': `CLOJARS_${hex(40)}`, 'a name': 'CLOJARS_PASSWORD' },
  },
  'packagist-token': {
    finds: [`packagist_out_${hex(68)}`],
    ignores: { 'too short': `packagist_out_${hex(40)}`, 'a name': 'packagist_repository_url' },
  },
  'docker-hub-token': {
    finds: [`dckr_pat_${url(27)}`, `dckr_oat_${url(32)}`],
    ignores: { 'too short': `dckr_pat_${url(12)}`, crosses: `dckr_pat_${'x'.repeat(27)}` },
  },
  'artifactory-key': {
    finds: [`AKCp${alnum(69)}`],
    ignores: { 'too short': `AKCp${alnum(40)}`, 'too long': `AKCp${alnum(90)}` },
  },
  'artifactory-reference-token': {
    finds: [`cmVmdGtuOj${alnum(54)}`],
    ignores: { 'too short': `cmVmdGtuOj${alnum(30)}`, 'inside other base64': `${alnum(9)}cmVmdGtuOj${alnum(54)}` },
  },
  'npmrc-auth-token': {
    finds: [`//registry.example.com/:_authToken=«${uuid()}»`, `//registry.example.com/:_authToken = "«${alnum(40)}»"`],
    ignores: {
      'a variable': `//registry.example.com/:_authToken=${braced('NPM_TOKEN')}`,
      nothing: '//registry.example.com/:_authToken=',
    },
  },
  'npmrc-login': {
    finds: [`_auth=«${login()}»`, `//registry.example.com/:_auth = «${login()}»`],
    ignores: {
      'not a login': `_auth=${encoded('nothing with a colon in it')}`,
      'a variable': `_auth=${braced('AUTH')}`,
      'another name': 'use_auth=basic',
    },
  },
  'npmrc-password': {
    finds: [`//registry.example.com/:_password=«${encoded(alnum(12))}»`],
    ignores: {
      'a variable': `//registry.example.com/:_password=${braced('PASSWORD')}`,
      'a blank': '//registry.example.com/:_password=changeme',
    },
  },
  'docker-config-login': {
    finds: [
      `{"auths":{"registry.example.com":{"auth":"«${login()}»"}}}`,
      `{\\"auths\\":{\\"registry.example.com\\":{\\"auth\\":\\"«${login()}»\\"}}}`,
    ],
    ignores: {
      'no login inside': `{"auths":{"registry.example.com":{"auth":"${base64(24)}"}}}`,
      'an example inside': `{"auths":{"registry.example.com":{"auth":"${encoded('username:password')}"}}}`,
      'a blank inside': `{"auths":{"registry.example.com":{"auth":"${encoded('deploy:<your-token>')}"}}}`,
      'a switch': '{"auth": "disabled"}',
    },
  },
  'docker-config-token': {
    finds: [`{"auths":{"registry.example.com":{"identitytoken":"«${uuid()}»"}}}`],
    ignores: { none: '{"identitytoken": ""}', 'a blank': '{"identitytoken": "xxxxxxxxxxxxxxxxxxxx"}' },
  },
  'maven-password': {
    finds: [`<server><id>a</id><password>«${lower(10)}7»</password></server>`],
    ignores: {
      'a property': `<password>${braced('env.DEPLOY_PASSWORD')}</password>`,
      'encrypted in place': `<password>{${base64(43)}=}</password>`,
      'a blank': '<password>changeme</password>',
    },
  },
};
