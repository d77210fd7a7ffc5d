// Platforms as index entries and image configs name them.

/** Normalised: lower case, `x86_64` is `amd64`, `aarch64` is `arm64` without variant, 32-bit arm always has a variant. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}
