// When something was built, as far as what is written can be believed.

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** Reproducible builds write the year 1, 1970, or the first day of zip files in 1980. */
const firstRealYearMs = Date.UTC(1981, 0, 1);

/** The RFC 3339 instant as written; undefined for none, for what is no instant, and for placeholders. */
export function createdFrom(created: string | undefined): string | undefined {
  if (created === undefined || !rfc3339.test(created)) return undefined;
  return Date.parse(created) >= firstRealYearMs ? created : undefined;
}
