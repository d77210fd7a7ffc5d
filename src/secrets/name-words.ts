// Splits the name of a variable, key or option into its words.

/** Longer names are cut: what they promise stands in the last words. */
const maxNameLength = 200;

/** `dbRootPassword`, `DB_ROOT_PASSWORD` and `--db-root-password` all give `db root password`; digits at the end of a word are dropped. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(-maxNameLength)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '');
}
