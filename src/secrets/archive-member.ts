// What is in an archive that lies inside a file, and why some of it cannot be had.

export interface ArchiveMember {
  /** As the archive has it; of a compressed file, the file's own name without its ending. */
  readonly name: string;
  /** Valid until the next member. */
  readonly bytes: Buffer;
}

/** Why an archive, or a part of it, was not opened. */
export const unreadReasons = ['unsupported', 'encrypted', 'damaged', 'too-deep', 'too-large', 'too-many'] as const;
export type UnreadReason = (typeof unreadReasons)[number];

/** Passed on from where an archive is read to where it was opened. */
export class UnreadArchive extends Error {
  readonly reason: UnreadReason;

  constructor(reason: UnreadReason) {
    super(`archive not opened: ${reason}`);
    this.reason = reason;
  }
}
