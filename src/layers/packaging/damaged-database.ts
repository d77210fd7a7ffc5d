// What readers of database files throw at bytes that are no such database, or a damaged one.

/** It goes no further than the reader of the document, which says that the document is unreadable. */
export class DamagedDatabase extends Error {}
