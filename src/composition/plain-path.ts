// One spelling for the directories that distributions have merged into /usr, so that what archives and package databases write agrees.

const merged = /^(?:bin|sbin|lib|lib32|lib64|libx32)\//;

/** `bin/sh` and `usr/bin/sh` are one file on merged systems; where they are two, both are of the system all the same. */
export function plainPath(path: string): string {
  return merged.test(path) ? `usr/${path}` : path;
}
