// The limits under which images on disk are opened unless the configuration says otherwise.
import { defaultArchiveLimits } from '../../src/files/archive-limits.ts';
import type { TargetLimits } from '../../src/files/target-source.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';

export const defaultTargetLimits: TargetLimits = { ...defaultDocumentLimits, ...defaultArchiveLimits };
