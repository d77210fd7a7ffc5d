// The images of the story: one application built well, and the same with one mistake each, as people make them.
import type { BuildOptions } from '../../support/built-images.ts';
import { goodContainerfile } from '../../support/built-images.ts';

export interface StoryImage {
  readonly containerfile: string;
  readonly options: BuildOptions;
}

/** Assembled here, so that a scan of this repository finds nothing: no such token was ever issued. */
export const tokenParts = ['Zx9', 'kQ2vT', '7mWb4', 'Rj8nLsP'] as const;
const token = ['glpat', '-', ...tokenParts].join('');

const options: BuildOptions = { format: 'docker', layers: 'single' };

function onGood(...instructions: readonly string[]): string {
  return ['FROM localhost/good', ...instructions, ''].join('\n');
}

/** By name, in the order in which they have to be built. Its layers are one an instruction where the message names one. */
export const storyImages = {
  good: { containerfile: goodContainerfile, options },
  // Twenty mebibytes that compress to nothing less: compilers, sources, package caches.
  fat: {
    containerfile: onGood('USER 0', 'RUN head -c 20971520 /dev/urandom > /toolchain', 'USER 10001:10001'),
    options: { ...options, layers: 'layers' },
  },
  root: { containerfile: goodContainerfile.replace(/^USER .*\n/m, ''), options },
  healthless: { containerfile: onGood('HEALTHCHECK NONE'), options },
  leaking: {
    containerfile: onGood('ARG NPM_TOKEN', 'RUN true', `ENV REGISTRY_TOKEN=${token}`),
    options: { ...options, layers: 'layers', buildArguments: { NPM_TOKEN: token } },
  },
  careless: {
    containerfile: onGood('USER app', 'HEALTHCHECK NONE', 'EXPOSE 22 80', 'ENTRYPOINT []', 'CMD exec app'),
    options: { ...options, format: 'oci' },
  },
} as const satisfies Readonly<Record<string, StoryImage>>;

export type StoryImageName = keyof typeof storyImages;
