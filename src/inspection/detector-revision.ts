// The revision of everything that looks for something in images.

/** Facts of an older one still decide, and say so; they are read again when there is time. */
export const detectorRevision = 1;
