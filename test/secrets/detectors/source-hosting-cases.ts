// What the detectors of source hosting find and leave alone.
import { crc32 } from 'node:zlib';
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, braced, draw, hex, url, withChecksum62 } from '../token-parts.ts';

const routable = (prefix: string) => {
  const body = `${prefix}${url(40)}.01`;
  return body + crc32(body).toString(36).padStart(7, '0');
};

/** For each detector of source hosting. */
export const sourceHostingCases: DetectorCases = {
  'github-token': {
    finds: [
      ...['ghp_', 'gho_', 'ghu_', 'ghs_'].map((prefix) => prefix + withChecksum62()),
      `"token":"«${`ghp_${withChecksum62()}`}»"`,
      `Basic\\n«${`ghp_${withChecksum62()}`}»`,
      `https://«${`ghp_${withChecksum62()}`}»@example.net/`,
      `ghx«${`ghp_${withChecksum62()}`}»`,
    ],
    ignores: {
      'a character short': `ghp_${alnum(35)}`,
      crosses: `ghp_${'x'.repeat(36)}`,
      'one character over and over': `ghp_${'A'.repeat(36)}`,
      'what the documentation shows': ['gh', 'p_16C7e42F292c6912E7710c838347Ae178B4a'].join(''),
      'another prefix': `ghq_${withChecksum62()}`,
    },
  },
  'github-refresh-token': {
    finds: [`ghr_${alnum(76)}`],
    ignores: { 'too short': `ghr_${alnum(60)}`, crosses: `ghr_${'x'.repeat(76)}` },
  },
  'github-fine-grained-token': {
    finds: [`github_pat_${alnum(22)}_${alnum(59)}`],
    ignores: { 'no second part': `github_pat_${alnum(82)}`, prose: 'github_pat_ is how the new tokens begin' },
  },
  'gitlab-routable-token': {
    finds: [routable('glpat-'), routable('glrt-')],
    ignores: { 'no checksum': `glpat-${url(40)}`, 'an unknown prefix': routable('glxat-') },
  },
  'gitlab-token': {
    finds: ['glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glsoat-'].map((prefix) => prefix + url(20)),
    ignores: {
      'too short': `glpat-${url(12)}`,
      crosses: `glpat-${'x'.repeat(20)}`,
      'a name': 'myglpat-aaaaabbbbbaaaaabbbbb',
    },
  },
  'gitlab-runner-registration-token': {
    finds: [`GR1348941${url(20)}`],
    ignores: { 'too short': `GR1348941${url(12)}`, 'another number': `GR1348942${url(20)}` },
  },
  'bitbucket-app-password': {
    finds: [`ATBB${alnum(24)}${draw('0123456789ABCDEF', 8)}`],
    ignores: { 'no checksum': `ATBB${alnum(24)}${'xyzxyzxy'}`, 'part of a longer word': `zATBB${alnum(24)}01234567` },
  },
  'bitbucket-access-token': {
    finds: [`ATCTT3${'xGfG0'}${url(170)}=${'0A1B2C3D'}`],
    ignores: { 'no checksum': `ATCTT3${url(175)}`, 'too short': `ATCTT3${url(50)}=0A1B2C3D` },
  },
  'azure-devops-token': {
    finds: [`${alnum(76)}AZDO${alnum(4)}`],
    ignores: { 'the mark elsewhere': `${alnum(40)}AZDO${alnum(40)}`, 'the mark alone': 'AZDO1234' },
  },
  'sourcegraph-token': {
    finds: [`sgp_${hex(40)}`, `sgp_${hex(16)}_${hex(40)}`],
    ignores: { 'too short': `sgp_${hex(30)}`, 'not hexadecimal': `sgp_${'g'.repeat(40)}` },
  },
  'gitea-token': {
    finds: [`GITEA_TOKEN=«${hex(40)}»`, `"forgejo_access_token": "«${hex(40)}»"`],
    ignores: { 'a commit': `GITEA_COMMIT=${hex(40)}`, 'a blank': `GITEA_TOKEN=${braced('GITEA_TOKEN')}` },
  },
};
